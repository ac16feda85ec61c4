"""What runs confirmed is expected to stand: what that is for each row, and drafting it again where it does not."""

"""What belongs together, and what it is called: a section and its class, an account and its school, labels."""

"""Many rows at once, and what of them is read anew."""

"""The district: its records, how they are made up, and what happens to them between two pulls."""

"""The vendor's tool between Canvas and Focus: the screen where teachers associate, and nightly passback."""

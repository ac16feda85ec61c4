"""What is wrong with the settings, and what a page says instead of its rows then."""

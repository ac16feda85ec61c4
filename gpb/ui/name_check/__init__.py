"""The Name check page."""

"""The History page: runs, and what happened to one row."""

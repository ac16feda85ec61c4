"""The Review page: what will change, and drafts to decide about."""

"""The kinds of change: what each is, and how each is read, compared, sent and verified."""

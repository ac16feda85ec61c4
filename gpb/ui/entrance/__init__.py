"""Who may come in: sign-in, and the guard before every request."""

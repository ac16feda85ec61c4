"""Many rows at once: given to one statement as a table, and kept in memory until they change."""

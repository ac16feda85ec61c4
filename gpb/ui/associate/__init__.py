"""The Associate page: filters, the grid, courses, bulk edits, spreadsheets."""

"""The Audit page: findings, why a section loses grades, accepted findings, reports."""

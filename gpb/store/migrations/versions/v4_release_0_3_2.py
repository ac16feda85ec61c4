"""Version 4: what release 0.3.2 keeps besides."""

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Add its columns and tables."""

"""Version 7: what release 0.6 keeps besides."""

import sqlalchemy as sa
from alembic import op

revision = "7"
down_revision = "6"


def upgrade() -> None:
    """Add its tables and columns."""
    for part in (_held_drafts,):
        part()


def _held_drafts() -> None:
    """Drafts that somebody holds back from the sync."""
    op.create_table(
        "held_drafts",
        sa.Column("scope", sa.Text, primary_key=True),
        *(sa.Column(name, sa.BigInteger, primary_key=True) for name in ("group_id", "section_id")),
        sa.Column("category_id", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("person", "held_at")),
    )

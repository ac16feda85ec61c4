"""Version 5: what release 0.4 keeps besides."""

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Add its tables."""
    _term_choices()


def _term_choices() -> None:
    op.create_table(
        "term_choices",
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("term_id", sa.BigInteger),
        sa.Column("term", sa.Text),
        sa.Column("reason", sa.Text),
        sa.Column("current", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Text, nullable=False),
    )

"""Version 9: whether Canvas has failed to tell of a change, so that every Refresh reads everything."""

import sqlalchemy as sa
from alembic import op

revision = "9"
down_revision = "8"


def upgrade() -> None:
    """Add its table."""
    op.create_table(
        "missed_changes",
        sa.Column("source", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("sentence", "noted_at")),
    )

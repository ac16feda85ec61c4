"""Version 4: what release 0.3.2 keeps besides."""

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Add its columns and tables."""
    # Undo takes back what was edited in this browser; edits of older releases belong to none.
    op.add_column("draft_edits", sa.Column("session", sa.Text, nullable=False, server_default=""))
    _runs_accepted_and_closed()


def _runs_accepted_and_closed() -> None:
    for name in ("accepted", "closed_by", "closed_at"):
        op.add_column("runs", sa.Column(name, sa.Text))

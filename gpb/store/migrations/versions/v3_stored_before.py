"""Version 3: what Canvas stored before a write, so that undo can bring it back whole."""

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Add a column; writes of before have nothing in it."""
    op.add_column("operations", sa.Column("stored", sa.Text))

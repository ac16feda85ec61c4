"""Version 10: which drafts a small change has touched, so that other processes read just these anew."""

import sqlalchemy as sa
from alembic import op

revision = "10"
down_revision = "9"


def upgrade() -> None:
    """Add its table."""
    op.create_table(
        "draft_changes",
        sa.Column("scope", sa.Text, primary_key=True),
        *(sa.Column(name, sa.BigInteger, primary_key=True) for name in ("number", "group_id", "section_id")),
    )

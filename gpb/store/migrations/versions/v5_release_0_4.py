"""Version 5: what release 0.4 keeps besides."""

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """Add its tables."""
    _term_choices()
    _first_contacts()


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


def _first_contacts() -> None:
    """How people have found out, or confirmed, how their Canvas keeps associations."""
    op.create_table(
        "first_contacts",
        sa.Column("contact_id", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, unique=True),
        sa.Column("canvas", sa.Text, nullable=False, index=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("scope", "kind", "state", "person", "began_at")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("place", "stored_before", "stored_after", "steps")),
        *(sa.Column(name, sa.Text) for name in ("run_id", "shape", "answer", "answered_by", "answered_at")),
    )

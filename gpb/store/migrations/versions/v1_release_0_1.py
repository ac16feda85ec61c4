"""Version 1: the tables of release 0.1."""

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    _drafts()
    _runs()
    op.create_table(
        "leases",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
    )


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("group_id", sa.BigInteger, primary_key=True),
        sa.Column("section_id", sa.BigInteger, primary_key=True),
        sa.Column("category_id", sa.Text),
        sa.Column("category", sa.Text),
        sa.Column("baseline", sa.Text),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("edited_at", sa.Text, nullable=False),
    )
    op.create_table(
        "draft_edits",
        sa.Column("edit_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("scope", sa.Text, nullable=False, index=True),
        sa.Column("batch", sa.Text, nullable=False, index=True),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("edited_at", sa.Text, nullable=False),
        sa.Column("group_id", sa.BigInteger, nullable=False),
        sa.Column("section_id", sa.BigInteger, nullable=False),
        sa.Column("before", sa.Text),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, nullable=False, index=True),
        sa.Column("term", sa.Text, nullable=False),
        sa.Column("snapshot_id", sa.Text, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("undo_of", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("started_at", sa.Text, nullable=False),
        sa.Column("ended_at", sa.Text),
    )
    op.create_table(
        "operations",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), primary_key=True),
        sa.Column("group_id", sa.BigInteger, primary_key=True),
        sa.Column("course_id", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("sent", sa.Text),
        sa.Column("echo", sa.Text),
        sa.Column("changed_at", sa.Text),
    )
    op.create_table(
        "operation_rows",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), primary_key=True),
        sa.Column("group_id", sa.BigInteger, primary_key=True),
        sa.Column("section_id", sa.BigInteger, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
    )

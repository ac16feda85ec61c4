"""Version 6: what release 0.5 keeps besides."""

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Add its tables and columns."""
    for part in (_where_drafts_come_from, _decisions, _decision_changes, _skipped):
        part()


def _where_drafts_come_from() -> None:
    """Drafts that are there already were made by hand, or nobody can tell."""
    for name in ("source", "reason"):
        op.add_column("drafts", sa.Column(name, sa.Text, nullable=False, server_default=""))


def _decisions() -> None:
    """What people have decided for patterns, and the rules of the district."""
    texts = ("source", "key", "kind", "group_name", "titles", "scope", "scope_value", "person", "made_at", "evidence")
    op.create_table(
        "decisions",
        sa.Column("decision_id", sa.Integer, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("title", sa.Text),
        sa.Column("is_on", sa.Integer, nullable=False),
    )
    op.create_index("ix_decisions_key", "decisions", ["source", "key"], unique=True)


def _decision_changes() -> None:
    texts = ("source", "batch", "what", "label", "person", "session", "changed_at", "after")
    op.create_table(
        "decision_changes",
        sa.Column("change_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("decision_id", sa.Integer, sa.ForeignKey("decisions.decision_id"), nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("before", sa.Text),
    )
    for column in ("decision_id", "batch"):
        op.create_index(f"ix_decision_changes_{column}", "decision_changes", [column])
    op.create_index("ix_decision_changes_source", "decision_changes", ["source", "change_id"])


def _skipped() -> None:
    """Patterns that a person wants to see no more in a term."""
    op.create_table(
        "skipped",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("scope", "person", "pattern")),
        sa.Column("skipped_at", sa.Text, nullable=False),
    )

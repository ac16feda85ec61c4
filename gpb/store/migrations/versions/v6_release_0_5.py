"""Version 6: what release 0.5 keeps besides."""

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """Add its tables and columns."""
    for part in (_where_drafts_come_from, _decisions, _decision_changes, _skipped, _operations, _operation_rows):
        part()


def _operations() -> None:
    """An operation writes any kind of target in any system; up to now all were associations of a group in Canvas."""
    for name in ("ix_operations_state", "ix_operations_settled_no"):
        op.drop_index(name, "operations")
    texts = ("sent", "echo", "changed_at", "stored")
    numbers = ("intended_no", "settled_no")
    op.create_table(
        "operations_of_any_kind",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), primary_key=True),
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("kind", "target_id")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("system", "state")),
        *(sa.Column(name, sa.Text) for name in texts),
        *(sa.Column(name, sa.BigInteger) for name in numbers),
    )
    kept = ", ".join(("state", *texts, *numbers))
    op.execute(
        f"INSERT INTO operations_of_any_kind (run_id, kind, target_id, system, {kept}) "
        f"SELECT run_id, 'association', CAST(group_id AS TEXT), 'Canvas', {kept} FROM operations"
    )
    op.drop_table("operations")
    op.rename_table("operations_of_any_kind", "operations")
    op.create_index("ix_operations_state", "operations", ["state", "run_id"])
    op.create_index("ix_operations_settled_no", "operations", ["settled_no"])


def _operation_rows() -> None:
    op.create_table(
        "rows_of_any_kind",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), primary_key=True),
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("kind", "target_id")),
        *(sa.Column(name, sa.BigInteger, primary_key=True) for name in ("group_id", "section_id")),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("reason", sa.Text),
    )
    kept = "group_id, section_id, position, outcome, reason"
    op.execute(
        f"INSERT INTO rows_of_any_kind (run_id, kind, target_id, {kept}) "
        f"SELECT run_id, 'association', CAST(group_id AS TEXT), {kept} FROM operation_rows"
    )
    op.drop_table("operation_rows")
    op.rename_table("rows_of_any_kind", "operation_rows")


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

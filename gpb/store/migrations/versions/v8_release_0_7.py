"""Version 8: what release 0.7 keeps besides, and what makes it quick in a large district."""

import sqlalchemy as sa
from alembic import op

revision = "8"
down_revision = "7"


def upgrade() -> None:
    """Add its tables and columns."""
    for part in (_draft_versions, _run_contents, _last_edit_of_a_session, _runs_of_a_row, _abbreviations):
        part()


def _draft_versions() -> None:
    """How often the drafts of a term have changed: one row tells that nothing has to be read again."""
    op.create_table(
        "draft_versions",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
    )


def _run_contents() -> None:
    """Plans are long, and whoever lists runs had to read past them."""
    op.create_table(
        "run_contents",
        sa.Column("run_id", sa.Text, sa.ForeignKey("runs.run_id"), primary_key=True),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("accepted", sa.Text),
    )
    op.execute("INSERT INTO run_contents (run_id, plan, accepted) SELECT run_id, plan, accepted FROM runs")
    for name in ("plan", "accepted"):
        op.drop_column("runs", name)


def _last_edit_of_a_session() -> None:
    op.drop_index("ix_draft_edits_person", "draft_edits")
    op.create_index("ix_draft_edits_person", "draft_edits", ["scope", "person", "session", "edit_id"])


def _runs_of_a_row() -> None:
    op.create_index("ix_operation_rows_row", "operation_rows", ["group_id", "section_id"])


def _abbreviations() -> None:
    """What a district's people have said that words in names are short for."""
    op.create_table(
        "abbreviations",
        *(sa.Column(name, sa.Text, primary_key=True) for name in ("source", "short")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("long", "person", "changed_at")),
    )

"""Version 4: what release 0.3.2 keeps besides."""

import json

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Add its columns and tables."""
    _drafts()
    _indexes()
    _runs_accepted_and_closed()


def _runs_accepted_and_closed() -> None:
    for name in ("accepted", "closed_by", "closed_at"):
        op.add_column("runs", sa.Column(name, sa.Text))


def _drafts() -> None:
    """What an edit left of a row: what the next edit found there, after the last one the draft as it is."""
    op.add_column("draft_edits", sa.Column("after", sa.Text))
    # Undo takes back what was edited in this browser; edits of older releases belong to none.
    op.add_column("draft_edits", sa.Column("session", sa.Text, nullable=False, server_default=""))
    connection = op.get_bind()
    columns = "scope, group_id, section_id, category_id, category, baseline, person, edited_at"
    drafts = connection.execute(sa.text(f"SELECT {columns} FROM drafts")).mappings()
    found = {(row["scope"], row["group_id"], row["section_id"]): json.dumps(dict(row)) for row in drafts}
    edits = sa.text("SELECT edit_id, scope, group_id, section_id, before FROM draft_edits ORDER BY edit_id DESC")
    left = []
    for edit_id, *row, before in connection.execute(edits).all():
        left.append({"edit": edit_id, "left": found.get(tuple(row))})
        found[tuple(row)] = before
    if left:
        connection.execute(sa.text("UPDATE draft_edits SET after = :left WHERE edit_id = :edit"), left)


def _indexes() -> None:
    op.drop_index("ix_draft_edits_scope", "draft_edits")
    op.create_index("ix_draft_edits_row", "draft_edits", ["scope", "group_id", "section_id"])
    op.create_index("ix_draft_edits_person", "draft_edits", ["scope", "person", "edit_id"])
    op.create_index("ix_operations_state", "operations", ["state", "run_id"])
    op.drop_index("ix_exceptions_scope", "exceptions")
    op.create_index("ix_exceptions_key", "exceptions", ["scope", "key"])

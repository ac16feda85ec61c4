"""Version 4: what release 0.3.2 keeps besides."""

import json
import uuid

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Add its columns and tables."""
    _drafts()
    _indexes()
    _runs_accepted_and_closed()
    _order()
    _shape_evidence()


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


def _order() -> None:
    """The store's own order. What ended before is numbered by the clock, for nothing else is known of it."""
    op.create_table(
        "sequence",
        sa.Column("store_id", sa.Text, primary_key=True),
        sa.Column("last", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "snapshots",
        sa.Column("snapshot_id", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False, index=True),
        sa.Column("scope", sa.Text, nullable=False, index=True),
        sa.Column("source", sa.Text, nullable=False, index=True),
        sa.Column("term_setting", sa.Text, nullable=False),
        sa.Column("term_id", sa.Text, nullable=False),
        sa.Column("sis_term_id", sa.Text),
        sa.Column("after_run", sa.Text),
        sa.Column("includes", sa.BigInteger, nullable=False),
        sa.Column("read_until", sa.BigInteger, nullable=False),
    )
    op.add_column("runs", sa.Column("began_no", sa.BigInteger))
    op.add_column("runs", sa.Column("held_no", sa.BigInteger))
    op.add_column("operations", sa.Column("intended_no", sa.BigInteger))
    op.add_column("operations", sa.Column("settled_no", sa.BigInteger))
    op.create_index("ix_operations_settled_no", "operations", ["settled_no"])
    connection = op.get_bind()
    operations = sa.table("operations", *map(sa.column, ("run_id", "group_id", "state", "changed_at", "settled_no")))
    runs = sa.table("runs", *map(sa.column, ("run_id", "started_at", "began_no", "held_no")))
    started = connection.execute(sa.select(runs.c.started_at, runs.c.run_id)).all()
    is_over = operations.c.state.not_in(("planned", "intended"))
    ended = connection.execute(
        sa.select(operations.c.changed_at, operations.c.run_id, operations.c.group_id).where(is_over)
    ).all()
    events = sorted([*started, *ended], key=lambda event: (event[0] or "", event[1], len(event)))
    for number, (_, run_id, *group) in enumerate(events, start=1):
        if group:
            same = (operations.c.run_id == run_id) & (operations.c.group_id == group[0])
            connection.execute(sa.update(operations).where(same).values(settled_no=number))
        else:
            connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(began_no=number, held_no=number))
    store = sa.table("sequence", sa.column("store_id"), sa.column("last"))
    connection.execute(sa.insert(store).values(store_id=uuid.uuid4().hex, last=len(events)))


def _shape_evidence() -> None:
    op.create_table(
        "shape_evidence",
        sa.Column("canvas", sa.Text, primary_key=True),
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("form_key", sa.Text, primary_key=True),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("settled", sa.Integer, nullable=False),
        sa.Column("settled_seen", sa.Text, nullable=False),
        sa.Column("read_at", sa.Text, nullable=False),
    )

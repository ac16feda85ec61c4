"""The tables of what people decide, choose and hold back, and what a Refresh goes by; see ``database``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from gpb.store.database import metadata

decisions = Table(
    "decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),  # Canvas and account
    Column("key", Text, nullable=False),  # what tells it from others: a hash, for an index takes no long list of titles
    Column("kind", Text, nullable=False),  # decision, rule
    Column("group_name", Text, nullable=False),  # normalised
    Column("titles", Text, nullable=False),  # JSON, sorted; empty: any set that has the title
    Column("title", Text),  # null: stays unassociated
    Column("scope", Text, nullable=False),  # district, level, school, course
    Column("scope_value", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("made_at", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("is_on", Integer, nullable=False),  # 0 or 1
)
Index("ix_decisions_key", decisions.c.source, decisions.c.key, unique=True)

decision_changes = Table(
    "decision_changes",
    metadata,
    Column("change_id", Integer, primary_key=True, autoincrement=True),
    Column("decision_id", Integer, ForeignKey("decisions.decision_id"), nullable=False, index=True),
    Column("source", Text, nullable=False),
    Column("batch", Text, nullable=False, index=True),  # empty: it is taken back no more
    Column("what", Text, nullable=False),  # decided, imported, turned on, turned off, undone
    Column("label", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("before", Text),  # JSON of the decision before it, null: there was none
    Column("after", Text, nullable=False),  # JSON of the decision that it left
)
Index("ix_decision_changes_source", decision_changes.c.source, decision_changes.c.change_id)

skipped = Table(
    "skipped",
    metadata,
    Column("scope", Text, primary_key=True),  # Canvas, account, term
    Column("person", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),
    Column("skipped_at", Text, nullable=False),
)

held_drafts = Table(
    "held_drafts",
    metadata,
    Column("scope", Text, primary_key=True),  # Canvas, account, term
    Column("group_id", BigInteger, primary_key=True),
    Column("section_id", BigInteger, primary_key=True),
    Column("category_id", Text),  # what was drafted when it was held back; null: the association shall go
    Column("person", Text, nullable=False),
    Column("held_at", Text, nullable=False),
)

abbreviations = Table(
    "abbreviations",
    metadata,
    Column("source", Text, primary_key=True),  # Canvas and account
    Column("short", Text, primary_key=True),  # as the word stands in a name that was taken apart
    Column("long", Text, nullable=False),  # empty: it is no abbreviation here, whatever the program's table says
    Column("person", Text, nullable=False),
    Column("changed_at", Text, nullable=False),
)

term_choices = Table(
    "term_choices",
    metadata,
    Column("source", Text, primary_key=True),  # Canvas and account
    Column("term_id", BigInteger),  # null: none was chosen yet
    Column("term", Text),
    Column("reason", Text),  # why it is used
    Column("current", Text, nullable=False),  # JSON: the terms that were current when Canvas was last read
    Column("changed_at", Text, nullable=False),
)

missed_changes = Table(
    "missed_changes",
    metadata,
    Column("source", Text, primary_key=True),  # Canvas and account
    *(Column(name, Text, nullable=False) for name in ("sentence", "noted_at")),
)

"""Version 2: leases with a token and a heartbeat, runs that can be cancelled, exceptions and audits."""

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Add columns and tables; a lease of version 1 is held by a process that does not beat."""
    op.add_column("runs", sa.Column("cancel_requested", sa.Text))
    op.add_column("leases", sa.Column("token", sa.Text))
    op.add_column("leases", sa.Column("process_started", sa.Text))
    op.add_column("leases", sa.Column("beats", sa.Integer, nullable=False, server_default="0"))
    op.execute("UPDATE leases SET token = run_id")
    op.create_table(
        "exceptions",
        sa.Column("exception_id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("scope", sa.Text, nullable=False, index=True),
        sa.Column("finding", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("person", sa.Text, nullable=False),
        sa.Column("accepted_at", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("withdrawn_at", sa.Text),
    )
    op.create_table(
        "audits",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("snapshot_id", sa.Text, primary_key=True),
        sa.Column("audited_at", sa.Text, nullable=False),
    )

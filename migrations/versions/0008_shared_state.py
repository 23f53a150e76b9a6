"""State that several copies of a service share: secrets, whose turn a schedule is, who holds what, what has ended."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id, UtcTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secrets_stored",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=True),
        sa.Column("changed_at", UtcTime, nullable=False),
    )
    op.create_table(
        "schedules_turns",
        sa.Column("name", sa.String(100), primary_key=True),
        sa.Column("next_at", UtcTime, nullable=False),
    )
    op.create_table(
        "exclusive_holds",
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("holder", Id, nullable=False),
        sa.Column("since", UtcTime, nullable=False),
    )
    op.create_table(
        "accounts_ended",
        sa.Column("id", Id, primary_key=True),
        sa.Column("ended_at", UtcTime, nullable=False),
    )
    op.create_index("ix_accounts_ended_ended_at", "accounts_ended", ["ended_at"])

"""The event log, and answers kept for repeated requests."""

import sqlalchemy as sa
from alembic import op

from tutti.kit.db import Id, UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def envelope() -> list[sa.Column]:
    return [
        sa.Column("id", Id, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("occurred_at", UtcTime, nullable=False),
        sa.Column("trace_parent", sa.String(55), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "events_outbox",
        sa.Column("seq", SEQ, primary_key=True, autoincrement=True),
        *envelope(),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "events_inbox",
        sa.Column("consumer", sa.String(50), primary_key=True),
        sa.Column("event_id", Id, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events_cursors",
        sa.Column("consumer", sa.String(50), primary_key=True),
        sa.Column("seq", SEQ, nullable=False),
        sa.Column("rewinds", sa.Integer, nullable=False),
    )
    op.create_table(
        "events_parked",
        sa.Column("consumer", sa.String(50), primary_key=True),
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        *envelope(),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", UtcTime, nullable=True),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_index("ix_events_parked_key", "events_parked", ["consumer", "key", "seq"])
    op.create_index("ix_events_parked_next_at", "events_parked", ["consumer", "next_at"])
    op.create_table(
        "events_dead",
        sa.Column("consumer", sa.String(50), primary_key=True),
        sa.Column("seq", SEQ, primary_key=True, autoincrement=False),
        *envelope(),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("died_at", UtcTime, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_index("ix_events_dead_id", "events_dead", ["id"])
    op.create_table(
        "idempotency_answers",
        sa.Column("user_id", Id, primary_key=True),
        sa.Column("route", sa.String(200), primary_key=True),
        sa.Column("key", sa.String(255), primary_key=True),
        sa.Column("request_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("created_at", UtcTime, nullable=False),
        sa.Column("status", sa.Integer, nullable=True),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=True),
    )
    op.create_index("ix_idempotency_answers_created_at", "idempotency_answers", ["created_at"])

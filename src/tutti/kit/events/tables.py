"""The tables of the event log; docs/decisions/0004-event-log.md says why they are as they are."""

import sqlalchemy as sa

from tutti.kit.db import Id, UtcTime, metadata

Seq = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Only a plain INTEGER counts up by itself on SQLite."""


def _envelope() -> list[sa.Column[object]]:
    return [
        sa.Column("id", Id, nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("occurred_at", UtcTime, nullable=False),
        sa.Column("trace_parent", sa.String(55), nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
    ]


outbox = sa.Table(
    "events_outbox",
    metadata,
    sa.Column("seq", Seq, primary_key=True, autoincrement=True),
    *_envelope(),
    sqlite_autoincrement=True,  # a number that was purged never comes again: cursors point at numbers
)
"""The log: every event in the order of commits."""

inbox = sa.Table(
    "events_inbox",
    metadata,
    sa.Column("consumer", sa.String(50), primary_key=True),
    sa.Column("event_id", Id, primary_key=True),
    sqlite_with_rowid=False,
)
"""Which events took effect, written in the transaction of the effect."""

RELAY = "(relay)"
"""Stands among the consumers for what sends the log to NATS."""

cursors = sa.Table(
    "events_cursors",
    metadata,
    sa.Column("consumer", sa.String(50), primary_key=True),
    sa.Column("seq", Seq, nullable=False),
    sa.Column("rewinds", sa.Integer, nullable=False),
)
"""Up to where each consumer has handled, parked or given up everything; ``rewinds`` counts its replays."""

parked = sa.Table(
    "events_parked",
    metadata,
    sa.Column("consumer", sa.String(50), primary_key=True),
    sa.Column("seq", Seq, primary_key=True, autoincrement=False),
    *_envelope(),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("next_at", UtcTime, nullable=True),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("owner", Id, nullable=True),
    sa.Column("claimed_until", UtcTime, nullable=True),
    sa.Index("ix_events_parked_claimed_until", "consumer", "claimed_until"),
    sa.Index("ix_events_parked_key", "consumer", "key", "seq"),
    sa.Index("ix_events_parked_next_at", "consumer", "next_at"),
)
"""Failed events, to be tried again at ``next_at``, and those of the same key behind them (``next_at`` is null).

``owner`` works on the first one of a key up to ``claimed_until``; after that, its try was lost (`claims`).
"""

dead = sa.Table(
    "events_dead",
    metadata,
    sa.Column("consumer", sa.String(50), primary_key=True),
    sa.Column("seq", Seq, primary_key=True, autoincrement=False),
    *_envelope(),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("died_at", UtcTime, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Index("ix_events_dead_id", "id"),
)
"""Events given up after their last attempt; whole, because the log forgets them in time."""

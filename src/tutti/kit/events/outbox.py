"""The two statements every event costs, as plain driver SQL: this is the hot path."""

from collections.abc import Sequence

from sqlalchemy import Connection

from tutti.kit.db.types import to_microseconds
from tutti.kit.events.event import Envelope

_APPEND_SQLITE = """
INSERT INTO events_outbox (id, type, version, key, occurred_at, trace_parent, payload) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
# The advisory lock (its number is any of our own; docs/decisions/0004-event-log.md) is taken before the first place is
# drawn, since a CTE with a volatile function is evaluated and the join has no row before it is, and it is held until
# the commit has become visible: places are committed in their own order.
_APPEND_POSTGRESQL = """
WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock(7261998002))
INSERT INTO events_outbox (id, type, version, key, occurred_at, trace_parent, payload)
SELECT id, type, version, key, occurred_at, trace_parent, payload
FROM turn, unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
    WITH ORDINALITY AS told (id, type, version, key, occurred_at, trace_parent, payload, place)
ORDER BY place
"""
_CLAIM_SQLITE = "INSERT INTO events_inbox (consumer, event_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
_CLAIM_POSTGRESQL = "INSERT INTO events_inbox (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING"


class AlreadyHandled(Exception):
    """The event took effect before; the handler's transaction is given up, and that is no failure."""


class Receipt:
    """Writes an event into a consumer's inbox, as the first statement of the transaction of its effect."""

    __slots__ = ("_consumer", "_event_id", "used")

    def __init__(self, consumer: str, event_id: str) -> None:
        self._consumer = consumer
        self._event_id = event_id
        self.used = False

    def __call__(self, db: Connection) -> None:
        """Claim the event.

        Raises:
            AlreadyHandled: it is in the inbox.
        """
        self.used = True
        statement = _CLAIM_SQLITE if db.dialect.name == "sqlite" else _CLAIM_POSTGRESQL
        if not db.exec_driver_sql(statement, (self._consumer, self._event_id)).rowcount:
            raise AlreadyHandled


class EventTooLarge(Exception):
    """An event carries more than may be; what is large belongs elsewhere, and its name into the event."""


def refuse_large(envelopes: Sequence[Envelope], max_bytes: int) -> None:
    """See that each of ``envelopes`` carries ``max_bytes`` at most.

    Raises:
        EventTooLarge: one carries more.
    """
    for each in envelopes:
        if memoryview(each.payload).nbytes > max_bytes:
            raise EventTooLarge(f"{each.type} {each.id} is larger than TUTTI_EVENTS_MAX_BYTES = {max_bytes}")


def append(db: Connection, envelopes: Sequence[Envelope]) -> None:
    """Write ``envelopes`` to the log, in this order and with rising numbers that are committed in order.

    Has to be the last statement before the commit: on PostgreSQL it takes the lock that all publishers share.
    """
    if db.dialect.name == "sqlite":
        db.exec_driver_sql(_APPEND_SQLITE, [_row(each, to_microseconds(each.occurred_at)) for each in envelopes])
    else:
        rows = [_row(each, each.occurred_at) for each in envelopes]
        db.exec_driver_sql(_APPEND_POSTGRESQL, tuple(list(column) for column in zip(*rows, strict=True)))


def _row(envelope: Envelope, occurred_at: object) -> tuple[object, ...]:
    return (
        envelope.id,
        envelope.type,
        envelope.version,
        envelope.key,
        occurred_at,
        envelope.trace_parent,
        bytes(envelope.payload).decode(),
    )

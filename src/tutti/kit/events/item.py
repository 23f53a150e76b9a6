"""An event at its place in the log, on its way to one consumer."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from tutti.kit.events.event import Envelope


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An event with its number, and how often this consumer has tried it."""

    seq: int
    envelope: Envelope
    attempts: int = 0
    parked: bool = False

    @property
    def key(self) -> str:
        """What the order is kept by."""
        return self.envelope.key


Chain = Sequence[Item]
"""Events of one key, in order."""


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why an item was not handled, and after which pause it is tried again; None for never."""

    error: str
    attempts: int
    retry_in: timedelta | None


def read_item(row: sa.Row[Any]) -> Item:
    """Make an item of a row of the log, or of the parked ones (those also have ``attempts``)."""
    attempts: int | None = getattr(row, "attempts", None)
    return Item(
        seq=row.seq,
        envelope=Envelope(
            id=row.id,
            type=row.type,
            version=row.version,
            key=row.key,
            occurred_at=row.occurred_at,
            trace_parent=row.trace_parent,
            payload=msgspec.Raw(row.payload),
        ),
        attempts=attempts or 0,
        parked=attempts is not None,
    )


def item_columns(item: Item) -> dict[str, object]:
    """The columns that the log, the parked and the dead have in common."""
    envelope = item.envelope
    return {
        "seq": item.seq,
        "id": envelope.id,
        "type": envelope.type,
        "version": envelope.version,
        "key": envelope.key,
        "occurred_at": envelope.occurred_at,
        "trace_parent": envelope.trace_parent,
        "payload": bytes(envelope.payload).decode(),
    }


def into_chains(items: Iterable[Item]) -> list[Chain]:
    """Part ``items`` by key; the order within each stays."""
    by_key: dict[str, list[Item]] = {}
    for item in items:
        by_key.setdefault(item.key, []).append(item)
    return list(by_key.values())

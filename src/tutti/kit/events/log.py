"""The solo transport: the outbox table is the log, and each consumer keeps a cursor."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from tutti.kit.events.event import Envelope, Event

Handler = Callable[[Any], Awaitable[None]]
"""Receives one event; opens at most one transaction, which then also records that the event was handled."""


class EventLog:
    """Appends events and delivers them."""

    def register(self, consumer: str, *, tells: Sequence[type[Event]], hears: Mapping[type[Event], Handler]) -> None:
        """Make known what a service tells and hears."""

    def append(self, db: Connection, envelopes: Sequence[Envelope]) -> None:
        """Write events to the outbox, inside the transaction that made them true."""

    def committed(self, envelopes: Sequence[Envelope]) -> None:
        """Wake the delivery: something was committed."""

"""The event log of a process: who tells and hears what, over a transport."""

import importlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from tutti.kit.db import Database
from tutti.kit.events.delivery import Handler, LongWork, Subscription
from tutti.kit.events.event import Event
from tutti.kit.events.letters import DeadLetter, Lag
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.solo import SoloTransport
from tutti.kit.events.transport import Transport

__all__ = ["DeadLetter", "EventLog", "Handler", "Lag", "open_event_log", "open_transport"]


class EventLog:
    """Knows every type that is told or heard here, and passes the rest to the transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._types: dict[str, type[Event]] = {}

    def register(self, consumer: str, *, tells: Sequence[type[Event]], hears: Mapping[type[Event], Handler]) -> None:
        """Make known what a service tells and hears.

        Raises:
            ValueError: two event classes go by the same name.
        """
        self._know((*tells, *hears))
        if hears:
            self._transport.subscribe(Subscription(consumer, hears))

    def employ(self, consumer: str, works: Mapping[type[Event], Handler], long_work: LongWork) -> None:
        """Let handlers that take long hear ``works``, under a name of their own: they hold up nobody but each other.

        Raises:
            ValueError: two event classes go by the same name.
        """
        self._know(works)
        if works:
            self._transport.subscribe(Subscription(consumer, works, long_work))

    def watch(self, consumer: str, watches: Mapping[type[Event], Handler]) -> None:
        """Let handlers hear ``watches`` in every process, under a name of their own, for what the process remembers.

        Raises:
            ValueError: two event classes go by the same name.
        """
        self._know(watches)
        if watches:
            self._transport.watch(Subscription(f"{consumer}.watch", watches))

    @property
    def types(self) -> Sequence[type[Event]]:
        """Every event class known here, by name."""
        return [self._types[name] for name in sorted(self._types)]

    def running(self) -> AbstractAsyncContextManager[None]:
        """Deliver events, for the length of a block."""
        return self._transport.running()

    @property
    def stalled(self) -> Sequence[str]:
        """Consumers that should be served and are not."""
        return self._transport.stalled

    async def find_problem(self) -> str | None:
        """Say which consumers are not served, if any; for the health check."""
        return f"not delivering to {', '.join(self.stalled)}" if self.stalled else None

    async def find_trouble(self) -> str | None:
        """Say why events wait, if they do; the process is of use all the same (`/health/ready`: degraded)."""
        return self._transport.trouble

    async def lag(self) -> list[Lag]:
        """How far each consumer is behind."""
        return await self._transport.lag()

    async def list_dead(self) -> list[DeadLetter]:
        """The events given up, oldest first."""
        return await self._transport.list_dead()

    async def retry_dead(self, event_id: str | None) -> int:
        """Try one dead event again, or all of them (None); return how many."""
        return await self._transport.retry_dead(event_id)

    async def replay(self, consumer: str, since: datetime) -> int:
        """Let ``consumer`` handle again what happened since; return how many events that are.

        Raises:
            NotFound: nobody hears under that name.
        """
        return await self._transport.replay(consumer, since)

    def _know(self, kinds: Iterable[type[Event]]) -> None:
        for kind in kinds:
            if self._types.setdefault(kind.TYPE, kind) is not kind:
                raise ValueError(f"two event classes are named {kind.TYPE}")


def open_event_log(db: Database, settings: EventSettings, nats_url: str = "") -> EventLog:
    """Return the event log where ``db`` writes what is published: over NATS JetStream where ``nats_url`` names it.

    Raises:
        BadSetting: the credentials for NATS cannot be read.
    """
    transport = open_transport(db, settings, nats_url)
    db.use_outbox(transport)
    return EventLog(transport)


def open_transport(db: Database, settings: EventSettings, nats_url: str = "") -> Transport:
    """Return what carries events: NATS JetStream where ``nats_url`` names it, else the database itself."""
    if not nats_url:
        return SoloTransport(db, settings)
    # Not imported above: who runs one process need not load the client of NATS.
    jetstream: Any = importlib.import_module("tutti.kit.events.jetstream.transport")
    return jetstream.JetStreamTransport(db, settings, nats_url)

"""What the contract is tested with: a transport over a real database, an event type, and a table of effects."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import ClassVar
from zlib import crc32

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.db import Database, open_database
from tutti.kit.events.delivery import Handler, LongWork, Subscription
from tutti.kit.events.event import Event
from tutti.kit.events.jetstream.link import AWAY
from tutti.kit.events.log import open_transport
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.transport import Transport
from tutti.kit.settings import Base

WORK = LongWork(concurrency=3, max_attempts=3, backoff_s=0.01)
QUICK = EventSettings(batch=16, poll_s=0.05, backoff_s=0.01, max_attempts=3, lease_s=30.0, nats_partitions=3)
"""Where nobody dies, a machine that is busy is not to look like it."""
HASTY = msgspec.structs.replace(QUICK, lease_s=2.0)
"""Where somebody dies, and nothing rests on a lease that holds."""
_PATIENCE_S = 240.0  # machines that test are busy

_tables = sa.MetaData()
effects = sa.Table(
    "effects",
    _tables,
    sa.Column("place", sa.Integer, primary_key=True),
    sa.Column("consumer", sa.String(20)),
    sa.Column("subject", sa.String(40)),
    sa.Column("number", sa.Integer),
)


class Counted(Event):
    """The ``number``-th thing that happened to ``subject``."""

    TYPE: ClassVar[str] = "test.Counted"
    KEY: ClassVar[str] = "subject"

    subject: str
    number: int


class Ignored(Event):
    TYPE: ClassVar[str] = "test.Ignored"
    KEY: ClassVar[str] = "subject"

    subject: str


def make_effects_table(db: Connection) -> None:
    """Make the table where it is missing; several processes may do so at once."""
    if db.dialect.name == "postgresql":
        db.exec_driver_sql("SELECT pg_advisory_xact_lock(1)")
    _tables.create_all(db)


def add_effect(db: Connection, consumer: str, event: Counted) -> None:
    db.execute(sa.insert(effects).values(consumer=consumer, subject=event.subject, number=event.number))


def list_effects(db: Connection, consumer: str) -> dict[str, list[int]]:
    """Numbers by subject, in the order in which they took effect."""
    found: dict[str, list[int]] = {}
    for row in db.execute(sa.select(effects).where(effects.c.consumer == consumer).order_by(effects.c.place)):
        found.setdefault(row.subject, []).append(row.number)
    return found


@dataclass
class Wiring:
    """A transport on an open database, and handlers that leave effects."""

    db: Database
    transport: Transport
    failing: Callable[[str, Counted], BaseException | None] = field(default=lambda _consumer, _event: None)
    tries: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])

    def hear(self, consumer: str = "listener") -> None:
        """Let ``consumer`` add an effect for every event; ``failing`` may say otherwise."""

        async def on_counted(event: Counted) -> None:
            self.tries.append((consumer, event.subject, event.number))
            async with self.db.transaction() as tx:
                await tx.run(add_effect, consumer, event)
                error = self.failing(consumer, event)
                if error is not None:
                    raise error

        self.subscribe(on_counted, consumer)

    def subscribe(self, handler: Handler, consumer: str = "listener") -> None:
        self.transport.subscribe(Subscription(consumer, {Counted: handler}))

    def employ(self, handler: Handler, long_work: LongWork = WORK, consumer: str = "worker") -> None:
        self.transport.subscribe(Subscription(consumer, {Counted: handler}, long_work))

    async def tell(self, *events: Event) -> None:
        async with self.db.transaction() as tx:
            tx.publish(*events)

    async def effects(self, consumer: str = "listener") -> dict[str, list[int]]:
        return await self.db.read(list_effects, consumer)

    async def settled(self, *, dead: int = 0) -> None:
        """Wait until every consumer has done all it has to do, with so many dead letters."""

        async def is_settled() -> bool:
            lags = await self.transport.lag()
            return all(lag.behind == lag.parked == 0 and lag.dead == dead for lag in lags)

        await eventually(is_settled)


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it holds; where that cannot be found out for a moment (NATS is slow, or chooses who leads), longer."""
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        with suppress(*AWAY):
            if await holds():
                return
        assert time.monotonic() < deadline, "it never came to hold"
        await asyncio.sleep(0.01)


def settings_on(base: Base, settings: EventSettings) -> EventSettings:
    """Let streams be named after the database, so that every test has its own."""
    return msgspec.structs.replace(settings, nats_prefix=f"t{crc32(base.database_url.encode())}")


@asynccontextmanager
async def wiring(base: Base, settings: EventSettings = QUICK) -> AsyncGenerator[Wiring, None]:
    """A transport on the database that ``base`` names, and on NATS where it names that."""
    db = open_database(base)
    transport = open_transport(db, settings_on(base, settings), base.nats_url)
    db.use_outbox(transport)
    await db.start()
    await db.write(make_effects_table)
    try:
        yield Wiring(db, transport)
    finally:
        await db.stop()

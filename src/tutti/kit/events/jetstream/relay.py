"""The relay: brings the outbox to JetStream, in its order, one process of a database at a time."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence

import structlog
from nats.aio.client import Client

from tutti.kit.db import Database
from tutti.kit.events import metrics
from tutti.kit.events.item import Item
from tutti.kit.events.jetstream import shelf
from tutti.kit.events.jetstream.link import Link
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.publisher import Publisher, StreamGone
from tutti.kit.events.jetstream.shelf import Batch
from tutti.kit.events.settings import EventSettings
from tutti.kit.tasks import end_tasks, is_set_within

_TURN_PAUSE_S = 0.05
"""Another process is at it: what we were woken for may have come too late for its batch."""
_TROUBLE_PAUSES_S = (0.5, 1.0, 2.0, 5.0)
_LOOK_EVERY_S = 2.0
"""How often those without the turn see whether whoever has it hangs."""
_PART_BYTES = 2_000_000
"""Sent between two statements: PostgreSQL takes a relay that says nothing for long for one that hangs."""
_PART_ROUNDS = 16
"""Events of one key among them, at most: each is sent when the one before it is stored."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Relay:
    """Woken by commits of its own process, it polls for those of others.

    The turn, the batch and the cursor are of one transaction: who dies in between leaves the cursor where it was, and
    the next one sends the same again, which JetStream knows by its message ids. Who hangs in between loses the turn
    when the database ends the transaction (`DatabaseSettings.idle_timeout_ms`), and finds out at the next statement.
    """

    def __init__(self, db: Database, link: Link, settings: EventSettings) -> None:
        self._db = db
        self._link = link
        self._settings = settings
        self._woken = asyncio.Event()
        self._publisher: tuple[Client, Publisher] | None = None
        self._task: asyncio.Task[None] | None = None
        self._troubles = 0
        self._is_wanted = False
        self._looked_at = time.monotonic()
        self.problem: str | None = None
        """Why events are not sent at the moment, or None."""

    @property
    def alive(self) -> bool:
        """Whether the loop runs."""
        return self._task is not None and not self._task.done()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._is_wanted = True
        self._woken.set()

    async def start(self) -> None:
        """Start the loop."""
        await self._db.write(shelf.open_relay)
        self._task = asyncio.create_task(self._run(), name="events relay")

    async def stop(self) -> None:
        """Stop; a batch that is on its way is sent again by whoever comes next."""
        if self._task is not None:
            await end_tasks(self._task)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                pause_s = await self._round()
                self._troubles, self.problem = 0, None
            except Exception as error:  # noqa: BLE001  NATS or the database: what is told waits in the outbox
                await asyncio.sleep(await self._bear(error))
                continue
            if pause_s:
                await is_set_within(self._woken, pause_s)

    async def _round(self) -> float:
        """Send a batch; return for how many seconds there will be nothing more."""
        if not self._link.ready.is_set() or not self._link.client.is_connected:
            raise ConnectionError(self._link.problem or "NATS is connecting")
        publisher = await self._find_publisher()
        batch = await (self._send_one_at_a_time(publisher) if self._is_shared else self._send(publisher))
        if batch is None:
            return await self._wait_for_turn()
        self._is_wanted = self._woken.is_set()
        metrics.RELAY_BEHIND.set(max(0, batch.behind - len(batch.items)))
        return 0.0 if len(batch.items) == self._settings.relay_batch else self._settings.poll_s

    async def _wait_for_turn(self) -> float:
        if time.monotonic() - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            await self._db.write(shelf.end_hanging)
        if not self._is_wanted:
            metrics.RELAY_BEHIND.set(await self._db.read(shelf.measure_behind))
            return self._settings.poll_s
        await asyncio.sleep(_TURN_PAUSE_S)
        return 0.0

    @property
    def _is_shared(self) -> bool:
        return self._db.dialect != "sqlite"

    async def _send_one_at_a_time(self, publisher: Publisher) -> Batch | None:
        async with self._db.transaction() as tx:
            if not await tx.run(shelf.is_our_turn):
                return None
            batch = await tx.run(shelf.take, self._settings.relay_batch)
            for part in _in_parts(batch.items):
                await publisher.send(part)
                await tx.run(shelf.arrive, batch.start, part[-1].seq)
            return batch

    async def _send(self, publisher: Publisher) -> Batch:
        """On SQLite, whose one server relays: its writer must not wait for NATS."""
        batch = await self._db.read(shelf.take, self._settings.relay_batch)
        for part in _in_parts(batch.items):
            await publisher.send(part)
            await self._db.write(shelf.arrive, batch.start, part[-1].seq)
        return batch

    async def _find_publisher(self) -> Publisher:
        client = self._link.client
        if self._publisher is None or self._publisher[0] is not client:
            publisher = Publisher(client, Names.of(self._settings))
            await publisher.start()
            self._publisher = client, publisher
        return self._publisher[1]

    async def _bear(self, error: Exception) -> float:
        """Note what is wrong, mend what can be; return for how many seconds to leave it."""
        self.problem = f"events wait in the database: {error or type(error).__name__}"
        if not self._troubles:
            log.warning("events cannot be sent to NATS for the moment", error=str(error) or type(error).__name__)
        pause_s = _TROUBLE_PAUSES_S[min(self._troubles, len(_TROUBLE_PAUSES_S) - 1)]
        self._troubles += 1
        try:
            if isinstance(error, StreamGone):
                await self._link.prepare()
            metrics.RELAY_BEHIND.set(await self._db.read(shelf.measure_behind))
        except Exception as trouble:  # noqa: BLE001  away as well; it was noted above that something is
            log.debug("the relay cannot mend it yet", error=str(trouble))
        return pause_s


def _in_parts(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield ``items`` in parts of about `_PART_BYTES`, or `_PART_ROUNDS` events of a key; most often there is one."""
    first, size, of_key = 0, 0, Counter[str]()
    for place, item in enumerate(items, 1):
        size += memoryview(item.envelope.payload).nbytes
        of_key[item.key] += 1
        if size >= _PART_BYTES or of_key[item.key] == _PART_ROUNDS or place == len(items):
            yield items[first:place]
            first, size = place, 0
            of_key.clear()

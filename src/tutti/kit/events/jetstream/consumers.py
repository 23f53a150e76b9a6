"""The durable consumers: one for each consumer of ours and partition, made where it is missing."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from tutti.kit.db import Database
from tutti.kit.events.claims import take_turn
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.settings import EventSettings

_Change = Callable[[ConsumerConfig | None], ConsumerConfig | None]
"""Makes of what there is what there should be; None to leave it."""


class Consumers:
    """Makes and changes them. Copies of two versions share one, which is handed the types that either of them hears."""

    def __init__(self, db: Database, settings: EventSettings) -> None:
        self._db = db
        self._settings = settings
        self._names = Names.of(settings)
        self._changing = asyncio.Lock()

    async def find(self, js: JetStreamContext, consumer: str, partition: int, rewinds: int) -> ConsumerInfo | None:
        """Return what JetStream knows of a consumer, or None where it has none."""
        try:
            return await js.consumer_info(self._names.stream(partition), self._names.durable(consumer, rewinds))
        except NotFoundError:
            return None

    async def ensure(self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int) -> str:
        """Make a consumer, or let it hear our types too, and return its name; one that is there keeps its place.

        Raises:
            NotFoundError: the stream is missing.
        """
        wanted = self._config(subscription, partition, rewinds)

        def add(found: ConsumerConfig | None) -> ConsumerConfig | None:
            if found is None:
                return wanted
            if found.ack_wait == wanted.ack_wait and _hears(found, wanted):
                return None
            return _evolve(found, {*_subjects(found), *_subjects(wanted)}, wanted.ack_wait)

        found = await self.find(js, subscription.consumer, partition, rewinds)
        if add(found and found.config) is not None:
            await self._change(js, subscription.consumer, partition, rewinds, add)
        return self._names.durable(subscription.consumer, rewinds)

    async def look_after(
        self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int
    ) -> ConsumerInfo | None:
        """Return what JetStream knows of a consumer, and let it hear our types where it does not; None: there is none.

        While we were cut off from NATS, another copy may have taken for forgotten what we hear (`narrow`).
        """
        found = await self.find(js, subscription.consumer, partition, rewinds)
        if found is not None and not _hears(found.config, self._config(subscription, partition, rewinds)):
            await self.ensure(js, subscription, partition, rewinds)
        return found

    async def narrow(self, js: JetStreamContext, consumer: str, partition: int, rewinds: int, type_name: str) -> None:
        """Let a consumer not hear a type any more; a copy that does hear it puts it back."""
        unheard = self._names.subject(partition, type_name)

        def remove(found: ConsumerConfig | None) -> ConsumerConfig | None:
            if found is None or unheard not in _subjects(found):
                return None
            return _evolve(found, {*_subjects(found)} - {unheard}, found.ack_wait)

        await self._change(js, consumer, partition, rewinds, remove)

    async def make_again(
        self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int, start_seq: int
    ) -> None:
        """Make a consumer that begins at ``start_seq``, for all that the one before it hears."""
        made = self._config(subscription, partition, rewinds, start_seq)
        heard = await self.list_heard(js, subscription, partition, rewinds - 1)
        await js.add_consumer(self._names.stream(partition), _evolve(made, heard, made.ack_wait))

    async def list_heard(
        self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int
    ) -> list[str]:
        """Return the subjects that a consumer is handed, those for copies of other versions among them."""
        ours = {self._names.subject(partition, type_name) for type_name in subscription.types}
        found = await self.find(js, subscription.consumer, partition, rewinds)
        return sorted(ours if found is None else {*ours, *_subjects(found.config)})

    async def _change(self, js: JetStreamContext, consumer: str, partition: int, rewinds: int, change: _Change) -> None:
        stream = self._names.stream(partition)
        async with self._turn(f"{stream} {consumer}"):
            found = await self.find(js, consumer, partition, rewinds)
            changed = change(found and found.config)
            if changed is not None:
                await js.add_consumer(stream, changed)

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncGenerator[None, None]:
        """Be the only one to change ``name``: JetStream takes the last word, whatever was said in between."""
        async with self._changing:  # so that a process needs one connection for it
            if self._db.dialect == "sqlite":  # its one server has nobody to wait for
                yield
                return
            async with self._db.transaction() as tx:
                await tx.run(take_turn, name)
                yield

    def _config(
        self, subscription: Subscription, partition: int, rewinds: int, start_seq: int | None = None
    ) -> ConsumerConfig:
        """Return what JetStream has to know; it hands out one event at a time: so each partition keeps its order."""
        return ConsumerConfig(
            durable_name=self._names.durable(subscription.consumer, rewinds),
            deliver_policy=DeliverPolicy.ALL if start_seq is None else DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=start_seq,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._settings.lease_s,
            max_ack_pending=1,
            max_deliver=-1,  # how often an event is tried is counted in the database
            filter_subjects=[self._names.subject(partition, type_name) for type_name in subscription.types],
        )


def _hears(found: ConsumerConfig, wanted: ConsumerConfig) -> bool:
    return {*_subjects(wanted)} <= {*_subjects(found)}


def _evolve(config: ConsumerConfig, subjects: Iterable[str], ack_wait: float | None) -> ConsumerConfig:
    return config.evolve(filter_subject=None, filter_subjects=sorted(subjects), ack_wait=ack_wait)


def _subjects(config: ConsumerConfig) -> list[str]:
    return config.filter_subjects or ([config.filter_subject] if config.filter_subject else [])

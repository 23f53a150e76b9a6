"""What an operator asks of the log where JetStream carries it: lag, and a replay."""

from datetime import datetime

import sqlalchemy as sa
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError
from sqlalchemy import Connection

from tutti.kit.db import Database
from tutti.kit.errors import Conflict
from tutti.kit.events import letters, rounds
from tutti.kit.events.claims import clock, is_unclaimed, take_turn
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.jetstream import shelf
from tutti.kit.events.jetstream.consumers import Consumers
from tutti.kit.events.jetstream.names import SKEW, Names
from tutti.kit.events.letters import Lag
from tutti.kit.events.retention import first_id
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.tables import cursors, dead, inbox, parked

_PROBE_KEPT_S = 10.0


class ReplayUnderWay(Conflict):
    """Somebody else sends the same consumer back at this moment."""


class Operating:
    """Asks NATS and the database."""

    def __init__(self, db: Database, consumers: Consumers, settings: EventSettings) -> None:
        self._db = db
        self._consumers = consumers
        self._names = Names.of(settings)

    async def measure(self, js: JetStreamContext, subscription: Subscription) -> Lag:
        """Say how far a consumer is behind.

        Asked for in the order in which events move on, so that one that moves meanwhile is seen twice, and not missed.
        """
        consumer = subscription.consumer
        position = await self._db.write(rounds.open_cursor, consumer)
        behind = await self._db.read(shelf.count_unsent, consumer, subscription.types)
        for partition in range(self._names.partitions):
            behind += await self._count_waiting(js, subscription, partition, position.rewinds)
        waiting, given_up = await self._db.read(letters.count_failed, consumer)
        return Lag(consumer=consumer, behind=behind, parked=waiting, dead=given_up)

    async def _count_waiting(
        self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int
    ) -> int:
        """Count what a partition holds for a consumer; one that nothing has served yet has to be made, to know."""
        info = await self._consumers.find(js, subscription.consumer, partition, rewinds)
        if info is None:
            await self._consumers.ensure(js, subscription, partition, rewinds)
            info = await self._consumers.find(js, subscription.consumer, partition, rewinds)
        return 0 if info is None else (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def replay(self, js: JetStreamContext, subscription: Subscription, since: datetime) -> int:
        """Let a consumer handle again what NATS was told since; return how many events that are.

        The new consumers are there before the database says that they count, and the old ones go after that: whoever
        dies in between leaves one of the two in place. Copies at work notice that theirs are gone.

        Raises:
            ReplayUnderWay: another replay of this consumer was quicker.
        """
        before = await self._db.write(rounds.open_cursor, subscription.consumer)
        starts = {
            partition: await self._find_start(js, subscription, partition, before.rewinds, since)
            for partition in range(self._names.partitions)
        }
        count = sum(events for _, events in starts.values())
        if not count:
            return 0
        for partition, (start, _) in starts.items():
            await self._make_again(js, subscription, partition, before.rewinds + 1, start)
        if not await self._db.write(_forget_since, subscription.consumer, since, before.rewinds):
            raise ReplayUnderWay(f"{subscription.consumer} is being sent back already. Try again when it is done.")
        for partition in starts:
            await self._delete(js, partition, self._names.durable(subscription.consumer, before.rewinds))
        return count

    async def _find_start(
        self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int, since: datetime
    ) -> tuple[int, int]:
        """Return where to begin in a stream, and how many events there are since."""
        heard = await self._consumers.list_heard(js, subscription, partition, rewinds)
        _, count = await self._probe(js, heard, partition, since)
        start, _ = await self._probe(js, heard, partition, since - SKEW)
        found = await self._consumers.find(js, subscription.consumer, partition, rewinds)
        if found is None or found.ack_floor is None:
            return 1, count
        return max(1, min(start, found.ack_floor.stream_seq + 1)), count

    async def _probe(
        self, js: JetStreamContext, subjects: list[str], partition: int, since: datetime
    ) -> tuple[int, int]:
        """Let JetStream find the first message since a time; return its place, and how many there are from there."""
        stream = self._names.stream(partition)
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_TIME,
            opt_start_time=since,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_PROBE_KEPT_S,
            mem_storage=True,
            filter_subjects=subjects,
        )
        info = await js.add_consumer(stream, config)
        await self._delete(js, partition, info.name)
        return (1 if info.delivered is None else info.delivered.stream_seq + 1), info.num_pending or 0

    async def _make_again(
        self, js: JetStreamContext, subscription: Subscription, partition: int, rewinds: int, start: int
    ) -> None:
        await self._delete(js, partition, self._names.durable(subscription.consumer, rewinds))  # of a replay that died
        await self._consumers.make_again(js, subscription, partition, rewinds, start)

    async def _delete(self, js: JetStreamContext, partition: int, name: str) -> None:
        try:
            await js.delete_consumer(self._names.stream(partition), name)
        except NotFoundError:
            return


def _forget_since(db: Connection, consumer: str, since: datetime, rewinds: int) -> bool:
    """Forget what a consumer did about events since; return False where it was sent back meanwhile.

    What is under way is left to come to its end.
    """
    take_turn(db, consumer)
    sent_back = (cursors.c.consumer == consumer) & (cursors.c.rewinds == rewinds)
    if not db.execute(sa.update(cursors).where(sent_back).values(seq=0, rewinds=rewinds + 1)).rowcount:
        return False
    db.execute(sa.delete(inbox).where(inbox.c.consumer == consumer, inbox.c.event_id >= first_id(since)))
    at = clock(db)
    again = (parked.c.consumer == consumer) & (parked.c.occurred_at >= since) & is_unclaimed(at)
    keys = set(db.execute(sa.select(parked.c.key).where(again)).scalars())
    db.execute(sa.delete(parked).where(again))
    rounds.rehead(db, consumer, keys, at)  # by a clock that was wrong, an earlier one may have stood behind
    db.execute(sa.delete(dead).where(dead.c.consumer == consumer, dead.c.occurred_at >= since))
    return True

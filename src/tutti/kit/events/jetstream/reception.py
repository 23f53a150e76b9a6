"""What is done with one event that arrives for a consumer."""

from datetime import timedelta

import structlog

from tutti.kit.db import Database
from tutti.kit.events.delivery import Delivery, Subscription
from tutti.kit.events.item import Failure, Item
from tutti.kit.events.jetstream import arrivals
from tutti.kit.events.jetstream.arrivals import Standing
from tutti.kit.events.outbox import AlreadyHandled
from tutti.kit.events.pump import Pump
from tutti.kit.events.rounds import Outcome
from tutti.kit.events.settings import EventSettings

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Reception:
    """Handles an event, parks it or leaves it; when it returns, the database knows, and JetStream may forget."""

    def __init__(self, db: Database, subscription: Subscription, settings: EventSettings, worker: Pump) -> None:
        self._db = db
        self._consumer = subscription.consumer
        self._is_long_work = subscription.long_work is not None
        self._settings = settings
        self._worker = worker
        self._delivery = Delivery(subscription, settings)

    async def receive(self, item: Item, deliveries: int) -> None:
        """Settle ``item``, which JetStream delivers for the ``deliveries``-th time."""
        if self._is_long_work:
            await self._queue(item)
            return
        standing = await self._db.read(arrivals.find_standing, self._consumer, item)
        if standing is Standing.BEHIND:
            await self._settle(Outcome(followers=[item]))
        elif standing is Standing.NEW and deliveries > self._settings.max_attempts:
            await self._settle(Outcome(failed=[(item, self._mistrust(item, deliveries))]))
        elif standing is Standing.NEW:
            await self._handle(item)

    async def _queue(self, item: Item) -> None:
        try:
            await self._db.write(arrivals.queue_arrival, self._consumer, item)
        except AlreadyHandled:
            return
        self._worker.wake()

    async def _handle(self, item: Item) -> None:
        result = await self._delivery.deliver(item)
        if isinstance(result, Failure):
            await self._settle(Outcome(failed=[(item, result)]))
        elif not result.used:
            await self._settle(Outcome(unclaimed=[item.envelope.id]))

    async def _settle(self, outcome: Outcome) -> None:
        await self._db.write(arrivals.settle_arrival, self._consumer, outcome)
        if outcome.needs_turn:
            self._worker.wake()

    def _mistrust(self, item: Item, deliveries: int) -> Failure:
        """Park what may well have ended the processes that handled it: there, its tries are counted."""
        log.error("an event was never handled to an end", event_id=item.envelope.id, deliveries=deliveries)
        error = f"Delivered {deliveries} times, and its handler never came to an end."
        return Failure(error=error, attempts=0, retry_in=timedelta(seconds=self._settings.backoff_s))

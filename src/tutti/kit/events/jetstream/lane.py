"""One partition on its way to one consumer: an event at a time, in the order of the stream, whichever copy has it."""

import asyncio
from collections.abc import Awaitable

import msgspec
import structlog
from nats.aio.msg import Msg
from nats.js.errors import NotFoundError

from tutti.kit.events.delivery import Subscription
from tutti.kit.events.item import Item
from tutti.kit.events.jetstream.consumers import Consumers
from tutti.kit.events.jetstream.gate import Gate
from tutti.kit.events.jetstream.link import AWAY, Link
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.pull import ConsumerGone, Pull
from tutti.kit.events.jetstream.reception import Reception
from tutti.kit.events.jetstream.wire import decode
from tutti.kit.events.settings import EventSettings

_PULL_S = 10.0
_PAUSE_S = 1.0
_NOT_FOR_US_S = 0.5
"""A copy of a newer version knows the type; JetStream may well ask it next."""
_FOR_NOBODY = 600
"""Handed out so often, for five minutes, a type is heard by no copy: a newer version was taken back."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class Lane:
    """Pulls, and acknowledges what the `Reception` has settled."""

    def __init__(
        self,
        link: Link,
        consumers: Consumers,
        subscription: Subscription,
        partition: int,
        settings: EventSettings,
        gate: Gate,
        reception: Reception,
    ) -> None:
        self._link = link
        self._consumers = consumers
        self._subscription = subscription
        self._partition = partition
        self._settings = settings
        self._gate = gate
        self._reception = reception
        self._pull: Pull | None = None
        self._stopping = False

    def stop(self) -> None:
        """Take no more; `run` ends when what is in hand is done."""
        self._stopping = True
        if self._pull is not None:
            self._pull.stop()

    async def run(self) -> None:
        """Deliver until `stop`."""
        while not self._stopping:
            try:
                await self._serve()
            except ConsumerGone:  # by a replay, or NATS has lost it
                await self._mend(self._gate.look())
            except NotFoundError:
                await self._mend(self._link.prepare())
            except Exception as error:  # noqa: BLE001  NATS or the database is away, which others say already
                await self._pause(error)

    async def _mend(self, mending: Awaitable[object]) -> None:
        try:
            await mending
        except Exception as error:  # noqa: BLE001  it is tried again
            await self._pause(error)

    async def _pause(self, error: Exception) -> None:
        if isinstance(error, AWAY):
            log.debug("events are not delivered for the moment", consumer=self._subscription.consumer, error=str(error))
        else:
            log.error("events are not delivered", consumer=self._subscription.consumer, exc_info=error)
        await asyncio.sleep(_PAUSE_S)

    async def _serve(self) -> None:
        await self._link.ready.wait()
        rewinds, stream = self._gate.rewinds, Names.of(self._settings).stream(self._partition)
        name = await self._consumers.ensure(self._link.js, self._subscription, self._partition, rewinds)
        async with Pull(self._link.client, stream, name, batch=1, expires_s=_PULL_S) as pull:
            self._pull = pull
            self._link.reconnected.add(pull.ask_again)
            try:
                while not self._stopping and self._gate.rewinds == rewinds:
                    await self._gate.opened.wait()
                    message = await pull.next()
                    if message is not None:
                        await self._take(message)
            finally:
                self._pull = None
                self._link.reconnected.discard(pull.ask_again)

    async def _take(self, message: Msg) -> None:
        item = _read(message)
        if item is None:
            await message.term()
            return
        self._gate.take(message, item.envelope.occurred_at)
        try:
            if item.envelope.type not in self._subscription.types:
                await self._refuse(message, item.envelope.type)
            elif await self._settle_patiently(item, message.metadata.num_delivered):
                await message.ack()
            else:
                await message.nak()
        except asyncio.CancelledError:  # the process does not wait any longer
            await message.nak()
            raise
        finally:
            self._gate.drop(message)

    async def _refuse(self, message: Msg, type_name: str) -> None:
        """Leave an event to a copy that hears its type, and pass it over where there has been none for long."""
        if message.metadata.num_delivered < _FOR_NOBODY:
            await message.nak(_NOT_FOR_US_S)
            return
        consumer = self._subscription.consumer
        log.warning("no copy hears a type of events any more", consumer=consumer, event_type=type_name)
        await self._consumers.narrow(self._link.js, consumer, self._partition, self._gate.rewinds, type_name)
        await message.ack()

    async def _settle_patiently(self, item: Item, deliveries: int) -> bool:
        """Settle ``item``, however long the database is away; return False where the process stops before."""
        async with self._gate.slots:
            while not self._stopping:
                try:
                    await self._reception.receive(item, deliveries)
                except Exception as error:  # noqa: BLE001  the database is away: kept in hand, so that no other passes
                    await self._pause(error)
                else:
                    return True
        return False


def _read(message: Msg) -> Item | None:
    try:
        return decode(message.data)
    except msgspec.MsgspecError:
        log.exception("a message that is none of ours lies among the events", subject=message.subject)
        return None

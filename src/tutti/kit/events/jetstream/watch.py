"""Watching a partition over JetStream: a consumer of this process alone, which NATS forgets with it."""

import asyncio
from heapq import heappop, heappush

import msgspec
import structlog
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from tutti.kit.clock import now
from tutti.kit.events.jetstream.link import AWAY, Link
from tutti.kit.events.jetstream.names import SKEW, Names
from tutti.kit.events.jetstream.pull import ConsumerGone, Pull
from tutti.kit.events.jetstream.wire import decode
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.watching import Watchers

_PULL_S = 10.0
_AT_ONCE = 64
_FORGOTTEN_S = 60.0
_PAUSE_S = 1.0
_REMEMBERED = 5_000
"""The largest batch of a relay, which is there before the next one; within it, only events of one key are in order."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.events")


class PartitionWatch:
    """Hears the events of a stream that come after a place in the log, in order; NATS may be away in between."""

    def __init__(self, link: Link, watchers: Watchers, partition: int, settings: EventSettings, after: int) -> None:
        self._link = link
        self._watchers = watchers
        self._partition = partition
        self._settings = settings
        self._heard = Heard(after)
        self._since = now() - SKEW
        self._last: int | None = None
        """The place of the last message in the stream."""

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            try:
                await self._serve()
            except ConsumerGone:  # NATS was restarted, and it lived in memory
                continue
            except NotFoundError:
                self._last = None  # a stream made anew counts from the start
                await asyncio.sleep(_PAUSE_S)
            except Exception as error:
                if not isinstance(error, AWAY):
                    log.error("events are not watched", exc_info=error)
                await asyncio.sleep(_PAUSE_S)

    async def _serve(self) -> None:
        await self._link.ready.wait()
        stream = Names.of(self._settings).stream(self._partition)
        info = await self._link.js.add_consumer(stream, self._config())
        async with Pull(self._link.client, stream, info.name, batch=_AT_ONCE, expires_s=_PULL_S) as pull:
            self._link.reconnected.add(pull.ask_again)
            try:
                while True:
                    message = await pull.next()
                    if message is not None:
                        self._last = message.metadata.sequence.stream
                        await self._tell(message.data)
            finally:
                self._link.reconnected.discard(pull.ask_again)

    def _config(self) -> ConsumerConfig:
        names, last = Names.of(self._settings), self._last
        return ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_TIME if last is None else DeliverPolicy.BY_START_SEQUENCE,
            opt_start_time=self._since if last is None else None,
            opt_start_seq=None if last is None else last + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=_FORGOTTEN_S,
            mem_storage=True,
            num_replicas=1,
            filter_subjects=[names.subject(self._partition, type_name) for type_name in self._watchers.types],
        )

    async def _tell(self, body: bytes) -> None:
        try:
            item = decode(body)
        except msgspec.MsgspecError:  # the lanes of those who have to hear it say so
            return
        if self._heard.is_new(item.seq):
            await self._watchers.tell(item.envelope)


class Heard:
    """The places that were heard: all up to one, and the highest ones by themselves."""

    def __init__(self, after: int) -> None:
        self._floor = after
        self._places = set[int]()
        self._lowest_first = list[int]()

    def is_new(self, place: int) -> bool:
        """Whether ``place`` was not heard before; from now on it was."""
        if place <= self._floor or place in self._places:
            return False
        self._places.add(place)
        heappush(self._lowest_first, place)
        if len(self._lowest_first) > _REMEMBERED:
            self._floor = heappop(self._lowest_first)
            self._places.remove(self._floor)
        return True

"""The one task of a process that sends what it shows to Redis, in order; whoever shows something never waits."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec
from redis.asyncio import Redis

from tutti.kit.live.hub import RING_LIMIT
from tutti.kit.live.metrics import DROPPED
from tutti.kit.live.scripts import BORN, CONTROL, LAST, SHOW, key_of
from tutti.kit.stores.link import Away, RedisLink

_SENT_AT_ONCE = 100
_TRIES = 3


class Shown(NamedTuple):
    """Something to be shown, as it was said."""

    channel: str
    kind: str
    payload: bytes


class Sending:
    """A bounded queue; the oldest go where there is no room, and where Redis takes nothing three times.

    What goes is given to ``lost``, and once Redis takes messages again every process tells its clients to ask anew.
    """

    def __init__(self, link: RedisLink, lost: Callable[[Shown], None], turned: Callable[[bool], None]) -> None:
        self._link = link
        self._lost = lost
        self._turned = turned
        self._pause_s = link.settings.pause_ms / 1000
        self._limit = link.settings.live_queue
        self._waiting: deque[Shown] = deque()
        self._arrived = asyncio.Event()
        self._owes_reset = False
        self.is_up = True

    def put(self, shown: Shown) -> None:
        """Send something soon."""
        if len(self._waiting) == self._limit:
            self.lose(self._waiting.popleft())
        self._waiting.append(shown)
        self._arrived.set()

    async def run(self) -> None:
        """Send, for as long as the process runs."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting or self._owes_reset:
                await self._send_some()

    async def drain(self) -> None:
        """Send what waits, if Redis takes it at once."""
        while self._waiting and self.is_up:
            await self._send_some(tries=1)

    def give_up(self) -> None:
        """Take what waits for lost."""
        while self._waiting:
            self.lose(self._waiting.popleft())

    def lose(self, shown: Shown) -> None:
        """Take something for lost that others would have heard."""
        DROPPED.labels("queue").inc()
        self._owes_reset = True
        self._arrived.set()
        self._lost(shown)

    async def _send_some(self, tries: int = _TRIES) -> None:
        some = [self._waiting.popleft() for _ in range(min(_SENT_AT_ONCE, len(self._waiting)))]
        for _ in range(tries):
            try:
                await self._link.ask(lambda client: self._ask_to_show(client, some))
            except Away:
                await asyncio.sleep(self._pause_s)
            else:
                self._owes_reset = False
                self._turn(up=True)
                return
        self._turn(up=False)
        self._waiting.extendleft(reversed(some))
        self.give_up()

    async def _ask_to_show(self, client: Redis, some: list[Shown]) -> None:
        kept_s = self._link.settings.live_kept_s
        pipeline = client.pipeline(transaction=False)
        for shown in some:
            before = f'{{"type":"message","channel":{_json(shown.channel)},"kind":{_json(shown.kind)},"id":'
            after = b',"payload":' + shown.payload + b"}"
            # The script itself and not its hash: after a restart, Redis knows no hashes.
            pipeline.eval(SHOW, 3, LAST, BORN, key_of(shown.channel), before, after, str(RING_LIMIT), str(kept_s))
        if self._owes_reset:
            pipeline.publish(CONTROL, "reset")
        await pipeline.execute()

    def _turn(self, *, up: bool) -> None:
        if up != self.is_up:
            self.is_up = up
            self._turned(up)


def _json(text: str) -> str:
    return msgspec.json.encode(text).decode()

"""Channels that the clients of several processes are on, through Redis. Imported only where there is one."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import msgspec
import structlog
from redis.asyncio import Redis

from tutti.kit.live.hearing import Hearing
from tutti.kit.live.hub import RING_LIMIT, Live
from tutti.kit.live.messages import Listener, Message, Paused, Reset
from tutti.kit.live.metrics import PAUSED, SHOWN
from tutti.kit.live.scripts import BORN, CONTROL, LAST, NEWEST, RESUME, key_of
from tutti.kit.live.sending import Sending, Shown
from tutti.kit.stores.link import Away, RedisLink
from tutti.kit.tasks import end_tasks

_RESETS_JOINED_S = 1.0
_decoder = msgspec.json.Decoder(Message)
log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.live")


class RedisLive(Live):
    """`Live` for many processes. While Redis is away it is paused: clients hear what their own process shows.

    A message may come twice where Redis took it without saying so; none comes out of order.
    """

    def __init__(self, link: RedisLink) -> None:
        super().__init__()
        self._link = link
        self._newest = _now()
        self._by_key: dict[str, str] = {}
        self._hearing = Hearing(link, self._by_key, self._hear, self._on_hearing_turned)
        self._sending = Sending(link, self._show_here, self._on_sending_turned)
        self._paused: bool | None = None
        self._reset_soon: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Hear and send; begins once Redis has answered or has not."""
        tasks = [asyncio.create_task(each) for each in (self._hearing.run(), self._sending.run())]
        try:
            await self._hearing.tried.wait()
            yield
            await self._sending.drain()
        finally:
            if self._reset_soon is not None:
                self._reset_soon.cancel()
            await end_tasks(*tasks)

    @property
    def is_paused(self) -> bool:
        """Whether what other processes show does not come through at present."""
        return self._paused is not False

    def show(self, channel: str, kind: str, payload: msgspec.Struct) -> None:
        """Send ``payload`` to every client on ``channel``, whichever process it is connected to; never waits."""
        SHOWN.inc()
        shown = Shown(channel, kind, msgspec.json.encode(payload))
        if self.is_paused:
            self._sending.lose(shown)
        else:
            self._sending.put(shown)

    async def subscribe(self, listener: Listener, channel: str) -> None:
        """Let ``listener`` hear ``channel``: all that is shown once this returns, unless it is paused."""
        self._join(listener, channel)
        self._by_key[key_of(channel)] = channel
        await self._hearing.confirm(key_of(channel))

    def unsubscribe(self, listener: Listener, channel: str) -> None:
        """Let ``listener`` hear ``channel`` no more."""
        super().unsubscribe(listener, channel)
        if channel not in self._listeners and self._by_key.pop(key_of(channel), None) is not None:
            self._hearing.touch(key_of(channel))

    async def resume(self, listener: Listener, last_id: int) -> None:
        """Give ``listener`` what its channels have shown since ``last_id``; it is told when some of that is gone."""
        keys = [LAST, BORN, *(key_of(channel) for channel in listener.channels)]
        arguments = [str(last_id), str(RING_LIMIT), str(self._link.settings.live_kept_s)]
        listener.hold()
        whole, found = 0, list[bytes]()
        try:
            whole, found = cast("tuple[int, list[bytes]]", await self._ask(RESUME, keys, arguments))
        except Away:
            pass  # as if all of it was gone
        finally:
            listener.replay(map(_decoder.decode, found), whole=bool(whole))

    async def find_newest(self) -> int:
        """Return the id of the newest message of all; where Redis is away, of those known here."""
        with suppress(Away):
            self._newest = max(self._newest, int(await self._ask(NEWEST, [LAST, BORN], [])))
        return self._newest

    async def _ask(self, script: str, keys: list[str], arguments: list[str]) -> Any:
        async def ask(client: Redis) -> Any:
            return await client.eval(script, len(keys), *keys, *arguments)

        return await self._link.ask(ask)

    def _hear(self, name: str, data: bytes) -> None:
        if name == CONTROL:
            self._reset()
        else:
            self._deliver(_decoder.decode(data))

    def _show_here(self, shown: Shown) -> None:
        """Show something to the clients of this process alone."""
        self._deliver(Message(shown.channel, shown.kind, max(self._newest + 1, _now()), msgspec.Raw(shown.payload)))

    async def _on_hearing_turned(self, up: bool) -> None:
        if up:
            # Ids made here meanwhile are by our own clock: they do not count once Redis counts again.
            self._newest = 0
            self._newest = await self.find_newest() or _now()
        else:
            self._sending.give_up()
        self._note_turn()

    def _on_sending_turned(self, _: bool) -> None:
        self._note_turn()

    def _reset(self) -> None:
        """Another process has lost messages; after Redis was away, all of them say so within a moment."""

        def tell() -> None:
            self._reset_soon = None
            self._tell_everybody(Reset(self._newest))

        if self._reset_soon is None:
            self._reset_soon = asyncio.get_running_loop().call_later(_RESETS_JOINED_S, tell)

    def _note_turn(self) -> None:
        paused = not (self._hearing.is_up and self._sending.is_up)
        PAUSED.set(paused)
        if paused == self._paused:
            return
        before, self._paused = self._paused, paused
        if paused:
            log.warning("live updates pause")
        elif before is not None:
            log.info("live updates go on")
        self._tell_everybody(Paused() if paused else Reset(self._newest))

    def _tell_everybody(self, notice: Paused | Reset) -> None:
        for listener in self._everybody:
            listener.tell(notice)


def _now() -> int:
    return time.time_ns() // 1000

"""The one connection of a process on which it hears what others show: kept up, checked, and tuned to its channels."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Container, Iterable
from contextlib import suppress
from typing import Any, Protocol, cast

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from tutti.kit.live.scripts import CONTROL
from tutti.kit.stores.link import RedisLink
from tutti.kit.tasks import end_tasks

_TUNED_AT_ONCE = 500


class Names(Container[str], Iterable[str], Protocol):
    """Names of channels in Redis that somebody here listens to."""


class Hearing:
    """Subscribed to the channels in ``wanted``, and to `CONTROL`; connects again whenever it breaks.

    ``heard`` is called with each message and the channel it came on, ``turned`` with whether messages come at all.
    """

    def __init__(
        self,
        link: RedisLink,
        wanted: Names,
        heard: Callable[[str, bytes], None],
        turned: Callable[[bool], Awaitable[None]],
    ) -> None:
        self._link = link
        self._wanted = wanted
        self._heard = heard
        self._turned = turned
        self._check_s = link.settings.live_check_ms / 1000
        self._pause_s = link.settings.pause_ms / 1000
        self.is_up = False
        self.tried = asyncio.Event()
        """Set after the first connection, or the first failure."""
        self._asked: set[str] = set()
        self._confirmed: set[str] = set()
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._touched: set[str] = set()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        """Hear, for as long as the process runs."""
        while True:
            with suppress(RedisError, OSError, TimeoutError):  # the link says that Redis is away
                await self._hear()
            await self._turn(up=False)
            await asyncio.sleep(self._pause_s * random.uniform(0.5, 1.5))  # noqa: S311  not all processes at once

    def touch(self, name: str) -> None:
        """Note that ``name`` is wanted now, or no more."""
        self._touched.add(name)
        self._changed.set()

    async def confirm(self, name: str) -> None:
        """Wait until ``name`` is heard, or nothing is."""
        if name in self._confirmed:
            return
        self.touch(name)
        if self.is_up:
            await asyncio.wait([self._awaited.setdefault(name, asyncio.get_running_loop().create_future())])

    async def _hear(self) -> None:
        pubsub: PubSub = self._link.client.pubsub()
        tuning: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(self._check_s):
                await pubsub.connect()
            self._touched = {CONTROL, *self._wanted}
            tuning = asyncio.create_task(self._tune(pubsub))
            await self._read(pubsub)
        finally:
            if tuning is not None:
                await end_tasks(tuning)
            self._forget()
            with suppress(RedisError, OSError):  # it is broken already
                await pubsub.aclose()

    async def _read(self, pubsub: PubSub) -> None:
        silent = False
        while True:
            message = cast("dict[str, Any] | None", await pubsub.get_message(timeout=self._check_s))
            if message is None:
                if silent:
                    raise TimeoutError("Redis does not answer on the line that is heard")
                silent = True
                await pubsub.ping()
                continue
            silent = False
            if message["type"] == "message":
                self._heard(message["channel"].decode(), message["data"])
            elif message["type"] == "subscribe":
                await self._note_confirmed(message["channel"].decode())

    async def _tune(self, pubsub: PubSub) -> None:
        """Ask for what has come to be wanted, and no more for what is not; a broken line is noticed by who reads."""
        with suppress(RedisError, OSError, TimeoutError):
            while True:
                touched, self._touched = self._touched, set()
                wanted = {name for name in touched if name == CONTROL or name in self._wanted}
                new, old = wanted - self._asked, (touched - wanted) & self._asked
                self._asked = (self._asked | new) - old
                self._confirmed -= old
                for names in _some(new):
                    await pubsub.subscribe(*names)
                for names in _some(old):
                    await pubsub.unsubscribe(*names)
                self._changed.clear()
                if not self._touched:
                    await self._changed.wait()

    async def _note_confirmed(self, name: str) -> None:
        if name in self._asked:
            self._confirmed.add(name)
        self._release(name)
        if not self.is_up and len(self._confirmed) == len(self._asked):  # all that was wanted from the beginning
            await self._turn(up=True)

    async def _turn(self, *, up: bool) -> None:
        changed, self.is_up = up != self.is_up, up
        if changed or not self.tried.is_set():
            await self._turned(up)
        self.tried.set()

    def _forget(self) -> None:
        self._asked, self._confirmed = set(), set()
        for name in list(self._awaited):
            self._release(name)

    def _release(self, name: str) -> None:
        awaited = self._awaited.pop(name, None)
        if awaited is not None:
            awaited.set_result(None)


def _some(names: set[str]) -> Iterable[list[str]]:
    ordered = sorted(names)
    return (ordered[start : start + _TUNED_AT_ONCE] for start in range(0, len(ordered), _TUNED_AT_ONCE))

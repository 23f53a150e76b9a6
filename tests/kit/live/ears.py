"""Clients of live channels, without a socket."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from tutti.kit.live.hub import Live
from tutti.kit.live.messages import Item, Listener, Message, Paused, Reset

LIMIT_S = 120.0
"""Only so that a test that fails does not hang."""


class Said(msgspec.Struct):
    """What the tests show."""

    number: int


def number_of(message: Message) -> int:
    return msgspec.json.decode(message.payload, type=Said).number


def numbers_of(items: Iterable[Item]) -> list[int]:
    return [number_of(item) for item in items if isinstance(item, Message)]


async def comes(condition: Callable[[], object]) -> None:
    """Wait until ``condition()`` holds."""
    async with asyncio.timeout(LIMIT_S):
        while not condition():
            await asyncio.sleep(0.01)


class Ears:
    """A client that keeps all it hears."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.listener = Listener()
        self.heard: list[Item] = []

    async def enter(self, *channels: str) -> "Ears":
        self.live.enter(self.listener)
        for channel in channels:
            await self.live.subscribe(self.listener, channel)
        return self

    def leave(self) -> None:
        self.live.forget(self.listener)

    async def resume(self, last_id: int) -> bool:
        """Ask for what was missed; whether that is all there."""
        await self.live.resume(self.listener, last_id)
        lost, self.listener.lost = self.listener.lost, False
        return not lost

    async def hear(self) -> Item:
        """Wait for one more thing."""
        async with asyncio.timeout(LIMIT_S):
            await self._take()
        return self.heard[-1]

    async def hear_until(self, enough: Callable[[], object]) -> list[Item]:
        """Take what comes until ``enough()``; return all of it so far."""
        async with asyncio.timeout(LIMIT_S):
            while not enough():
                await self._take()
        return self.heard

    async def _take(self) -> None:
        taken = await self.listener.take()
        if self.listener.lost:  # more came at once than a mailbox holds; sockets say so in the same way
            self.listener.lost = False
            taken.insert(0, Reset(0))
        self.heard += taken

    async def hear_from(self, live: Live, channel: str, number: int) -> None:
        """Have ``live`` show something again and again until it is heard: as Redis comes and goes it may not be."""

        async def show() -> None:
            while True:
                live.show(channel, "said", Said(number))
                await asyncio.sleep(0.1)

        showing = asyncio.create_task(show())
        try:
            await self.hear_until(lambda: number in numbers_of(self.heard))
        finally:
            showing.cancel()

    async def hear_numbers(self, count: int) -> list[int]:
        return numbers_of(await self.hear_until(lambda: len(numbers_of(self.heard)) >= count))

    async def hear_pause(self) -> None:
        """Wait until it is paused, for all that was said."""
        await self.hear_until(lambda: isinstance(self._last_notice(), Paused))

    async def hear_reset(self) -> Reset:
        """Wait until the last that was said of it is to ask for everything again."""
        await self.hear_until(lambda: isinstance(self._last_notice(), Reset))
        notice = self._last_notice()
        assert isinstance(notice, Reset)
        return notice

    def _last_notice(self) -> Item | None:
        return next((item for item in reversed(self.heard) if not isinstance(item, Message)), None)

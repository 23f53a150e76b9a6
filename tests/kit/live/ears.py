"""Clients of live channels, without a socket."""

import asyncio
from collections.abc import Iterable

import msgspec

from tutti.kit.live.hub import Live
from tutti.kit.live.messages import Item, Listener, Message, Paused, Reset


class Said(msgspec.Struct):
    """What the tests show."""

    number: int


def number_of(message: Message) -> int:
    return msgspec.json.decode(message.payload, type=Said).number


def numbers_of(items: Iterable[Item]) -> list[int]:
    return [number_of(item) for item in items if isinstance(item, Message)]


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
        return (await self.hear_until(lambda: True))[-1]

    async def hear_until(self, enough: object) -> list[Item]:
        """Take what comes until ``enough()``; return all of it so far."""
        assert callable(enough)
        async with asyncio.timeout(20):
            while True:
                self.heard += await self.listener.take()
                if enough():
                    return self.heard

    async def hear_numbers(self, count: int) -> list[int]:
        return numbers_of(await self.hear_until(lambda: len(numbers_of(self.heard)) >= count))

    async def hear_pause(self) -> None:
        await self.hear_until(lambda: any(isinstance(item, Paused) for item in self.heard))

    async def hear_reset(self) -> Reset:
        await self.hear_until(lambda: isinstance(self.heard[-1], Reset))
        return self.heard[-1]  # type: ignore[return-value]

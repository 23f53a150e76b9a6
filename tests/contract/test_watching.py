"""Watching: what every process hears from now on, for what it remembers itself."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from contract.transports import QUICK, Counted, Ignored, Wiring, eventually, wiring
from tutti.kit.events.delivery import Subscription
from tutti.kit.settings import Base


@pytest.fixture
async def wires(base: Base) -> AsyncIterator[Wiring]:
    async with wiring(base) as opened:
        yield opened


def watch(wires: Wiring, failing: int = -1) -> list[int]:
    heard: list[int] = []

    async def on_counted(event: Counted) -> None:
        if event.number == failing:
            raise LookupError("not remembered")
        heard.append(event.number)

    wires.transport.watch(Subscription("page.watch", {Counted: on_counted}))
    return heard


async def hears(heard: list[int], numbers: list[int]) -> None:
    async def all_heard() -> bool:
        return heard == numbers

    await eventually(all_heard)


async def test_what_is_told_from_now_on_is_heard_in_order(wires: Wiring) -> None:
    await wires.tell(*(Counted(subject="s", number=n) for n in range(5)))
    heard = watch(wires)
    async with wires.transport.running():
        for number in range(5, 30):
            await wires.tell(Counted(subject="s", number=number), Ignored(subject="s"))
        await hears(heard, list(range(5, 30)))


async def test_what_is_told_at_once_is_heard_of_every_key(base: Base) -> None:
    """In a stream, the events of one key are in order, and others may come between."""
    async with wiring(base, msgspec.structs.replace(QUICK, nats_partitions=1)) as wires:
        heard = watch(wires)
        async with wires.transport.running():
            told = [Counted(subject=subject, number=n) for n, subject in enumerate("aabaacbb")]
            await wires.tell(*told)

            async def all_heard() -> bool:
                return len(heard) == len(told)

            await eventually(all_heard)
    for subject in "abc":
        numbers = [event.number for event in told if event.subject == subject]
        assert [n for n in heard if n in numbers] == numbers


async def test_every_process_hears(wires: Wiring, base: Base) -> None:
    heard = watch(wires)
    async with wiring(base) as other:
        elsewhere = watch(other)
        async with wires.transport.running(), other.transport.running():
            await wires.tell(*(Counted(subject="s", number=n) for n in range(20)))
            await asyncio.gather(hears(heard, list(range(20))), hears(elsewhere, list(range(20))))


async def test_one_that_fails_is_not_tried_again_and_stops_no_other(wires: Wiring) -> None:
    failing, other = watch(wires, failing=2), watch(wires)
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(5)))
        await hears(other, [0, 1, 2, 3, 4])
        await hears(failing, [0, 1, 3, 4])
        assert await wires.transport.list_dead() == []

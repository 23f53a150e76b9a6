"""An upgrade and a way back: copies of two versions of a consumer, of which the newer one hears one type more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from contract.transports import Counted, Ignored, Wiring, eventually, settings_on, wiring
from tutti.kit.clock import now
from tutti.kit.events.delivery import Handler, Subscription
from tutti.kit.events.event import Event
from tutti.kit.events.jetstream.names import Names
from tutti.kit.events.jetstream.transport import JetStreamTransport
from tutti.kit.settings import Base

pytestmark = pytest.mark.parametrize("engines", ["jetstream"], indirect=True)

SUBJECTS = [f"s{n}" for n in range(12)]  # in each of the partitions


class Copy:
    """A copy of the version that hears `Counted`, or of the next one, which hears `Ignored` too."""

    def __init__(self, wires: Wiring, *, is_new: bool) -> None:
        self.wires = wires
        self.heard: list[str] = []
        self.heard_new: list[str] = []
        hears: dict[type[Event], Handler] = {Counted: self._on_counted}
        if is_new:
            hears[Ignored] = self._on_ignored
        self.wires.transport.subscribe(Subscription("listener", hears))

    async def _on_counted(self, event: Counted) -> None:
        self.heard.append(event.subject)

    async def _on_ignored(self, event: Ignored) -> None:
        self.heard_new.append(event.subject)

    @property
    def transport(self) -> JetStreamTransport:
        assert isinstance(self.wires.transport, JetStreamTransport)
        return self.wires.transport

    async def tell_all(self) -> None:
        """Tell of something new, and then of something that both versions hear, on every key."""
        for subject in SUBJECTS:
            await self.wires.tell(Ignored(subject=subject), Counted(subject=subject, number=1))

    async def hears_subjects(self, base: Base) -> list[set[str]]:
        """What the consumer is handed, of each partition."""
        names = Names.of(settings_on(base, self.transport._settings))
        async with self.transport._reaching() as js:
            infos = [await self.transport._consumers.find(js, "listener", n, 0) for n in range(names.partitions)]
        configs = [info.config for info in infos if info is not None]
        found = [config.filter_subjects or [config.filter_subject or ""] for config in configs]
        return [{subject.rpartition(".")[2] for subject in subjects} for subjects in found]


@pytest.fixture
async def copies(base: Base) -> AsyncIterator[tuple[Copy, Copy, Copy]]:
    """An old one and two new ones."""
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(wiring(base)) for _ in range(3)]
        old, *new = wires
        yield Copy(old, is_new=False), Copy(new[0], is_new=True), Copy(new[1], is_new=True)


async def test_an_old_copy_that_starts_again_takes_no_type_from_a_new_one(copies: tuple[Copy, Copy, Copy]) -> None:
    old, new, _ = copies
    async with new.transport.running(), old.transport.running():
        await new.tell_all()
        await new.wires.settled()
    assert sorted(new.heard_new) == sorted(SUBJECTS)
    assert sorted(old.heard + new.heard) == sorted(SUBJECTS)


async def test_copies_of_both_versions_that_start_at_once_hear_all(copies: tuple[Copy, Copy, Copy], base: Base) -> None:
    old, new, _ = copies
    async with AsyncExitStack() as stack:
        starting = [stack.enter_async_context(copy.transport.running()) for copy in (old, new)]
        await asyncio.gather(*starting)

        async def all_is_heard() -> bool:
            return await new.hears_subjects(base) == [{"Counted", "Ignored"}] * 3

        await eventually(all_is_heard)
        await new.tell_all()
        await new.wires.settled()
    assert sorted(new.heard_new) == sorted(SUBJECTS)


async def test_after_the_way_back_a_type_that_nobody_hears_holds_up_nothing(
    copies: tuple[Copy, Copy, Copy], base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutti.kit.events.jetstream.lane._FOR_NOBODY", 3)
    old, new, again = copies
    async with new.transport.running():
        await new.wires.settled()
    async with old.transport.running():
        await old.tell_all()
        await old.wires.settled()
        assert await old.hears_subjects(base) == [{"Counted"}] * 3
    assert sorted(old.heard) == sorted(SUBJECTS)
    async with again.transport.running():
        await again.tell_all()
        await again.wires.settled()
    assert sorted(again.heard_new) == sorted(SUBJECTS)


async def test_a_type_that_was_taken_away_from_a_running_copy_comes_back(
    copies: tuple[Copy, Copy, Copy], base: Base, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutti.kit.events.measuring.EVERY_S", 0.05)
    _, new, _ = copies
    async with new.transport.running():
        for partition in range(3):
            await new.transport._consumers.narrow(new.transport._link.js, "listener", partition, 0, Ignored.TYPE)

        async def is_back() -> bool:
            return await new.hears_subjects(base) == [{"Counted", "Ignored"}] * 3

        await eventually(is_back)


async def test_a_replay_by_an_old_copy_leaves_the_new_one_what_it_hears(copies: tuple[Copy, Copy, Copy]) -> None:
    old, new, again = copies
    since = now()
    async with new.transport.running():
        await new.tell_all()
        await new.wires.settled()
    assert await old.transport.replay("listener", since) == 2 * len(SUBJECTS)
    async with old.transport.running(), again.transport.running():
        await again.wires.settled()
    assert sorted(again.heard_new) == sorted(SUBJECTS)

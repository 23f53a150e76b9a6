"""Handlers that take long: none holds up another, none is lost, and each may do many things before it ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
import pytest

from contract.transports import WORK, Counted, Wiring, add_effect, eventually, wiring
from tutti.kit.clock import now
from tutti.kit.events.attempts import attempt_number, is_last_attempt
from tutti.kit.settings import Base

PATIENCE_S = 90.0


@pytest.fixture
async def wires(base: Base) -> AsyncIterator[Wiring]:
    async with wiring(base) as opened:
        yield opened


async def leave_effect(wires: Wiring, event: Counted) -> None:
    await wires.db.write(add_effect, "worker", event)


class Gate:
    """Stops jobs of some subjects until it is opened."""

    def __init__(self, *subjects: str) -> None:
        self.opened = asyncio.Event()
        self.waiting: list[str] = []
        self.subjects = subjects

    async def pass_through(self, event: Counted) -> None:
        if event.subject in self.subjects:
            self.waiting.append(event.subject)
            await self.opened.wait()

    async def holds(self) -> bool:
        return sorted(self.waiting) == sorted(self.subjects)


async def test_a_slow_job_holds_up_none_but_its_own_key(wires: Wiring) -> None:
    gate = Gate("slow")

    async def work(event: Counted) -> None:
        await gate.pass_through(event)
        await leave_effect(wires, event)

    async def others_are_done() -> bool:
        return sum(map(len, (await wires.effects("worker")).values())) == 120

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="slow", number=n) for n in range(3)))
        await eventually(gate.holds)
        for number in range(40):  # more than one batch of the log
            await wires.tell(*(Counted(subject=s, number=number) for s in "abc"))
        await eventually(others_are_done)
        assert gate.waiting == ["slow"]
        gate.opened.set()
        await wires.settled()
    assert await wires.effects("worker") == {"slow": [0, 1, 2]} | {s: list(range(40)) for s in "abc"}


async def test_jobs_of_different_keys_run_at_once_up_to_the_limit(wires: Wiring) -> None:
    meeting = asyncio.Barrier(WORK.concurrency)
    under_way: set[str] = set()
    most = 0

    async def work(event: Counted) -> None:
        nonlocal most
        assert event.subject not in under_way, "two jobs of one key at once"
        under_way.add(event.subject)
        most = max(most, len(under_way))
        async with asyncio.timeout(PATIENCE_S):
            await meeting.wait()
        under_way.remove(event.subject)

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(*(Counted(subject=s, number=n) for n in range(4) for s in "abc"))
        await wires.settled()
    assert most == WORK.concurrency


async def test_a_job_may_open_many_transactions(wires: Wiring) -> None:
    async def work(event: Counted) -> None:
        await leave_effect(wires, event)
        async with wires.db.transaction() as tx:
            await tx.run(add_effect, "worker", event)
            if event.subject == "first":
                tx.publish(Counted(subject="next", number=event.number))

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(Counted(subject="first", number=1))
        await wires.settled()
    assert await wires.effects("worker") == {"first": [1, 1], "next": [1, 1]}


async def test_a_failed_job_is_tried_again_and_knows_its_last_try(wires: Wiring) -> None:
    tries: list[tuple[int, bool]] = []

    async def work(event: Counted) -> None:
        if event.number == 0:
            tries.append((attempt_number(), is_last_attempt()))
            raise OSError("no disk")
        await leave_effect(wires, event)

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(*(Counted(subject=s, number=n) for s, n in (("bad", 0), ("bad", 1), ("good", 1))))
        await wires.settled(dead=1)
        (letter,) = await wires.transport.list_dead()
    assert tries == [(1, False), (2, False), (3, True)]
    assert (letter.consumer, letter.error, letter.attempts) == ("worker", "OSError: no disk", 3)
    assert await wires.effects("worker") == {"good": [1], "bad": [1]}
    assert not is_last_attempt()


async def test_a_job_given_up_can_be_tried_again(wires: Wiring) -> None:
    mended = False

    async def work(event: Counted) -> None:
        if not mended:
            raise OSError("no disk")
        await leave_effect(wires, event)

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(Counted(subject="s", number=1))
        await wires.settled(dead=1)
        mended = True
        assert await wires.transport.retry_dead(None) == 1
        await wires.settled()
    assert await wires.effects("worker") == {"s": [1]}


async def test_a_replay_works_it_all_again(wires: Wiring) -> None:
    async def work(event: Counted) -> None:
        await leave_effect(wires, event)

    wires.employ(work)
    async with wires.transport.running():
        since = now()
        await wires.tell(*(Counted(subject="s", number=n) for n in range(3)))
        await wires.settled()
        assert await wires.transport.replay("worker", since) == 3
        await wires.settled()
    assert await wires.effects("worker") == {"s": [0, 1, 2, 0, 1, 2]}


async def test_a_replay_does_not_begin_twice_what_is_under_way(wires: Wiring) -> None:
    gate = Gate("s")

    async def work(event: Counted) -> None:
        await gate.pass_through(event)
        await leave_effect(wires, event)

    wires.employ(work)
    async with wires.transport.running():
        since = now()
        await wires.tell(Counted(subject="s", number=1))
        await eventually(gate.holds)
        assert await wires.transport.replay("worker", since) == 1
        await wires.tell(Counted(subject="t", number=1))

        async def other_is_done() -> bool:
            return "t" in await wires.effects("worker")

        await eventually(other_is_done)
        assert gate.waiting == ["s"]
        gate.opened.set()
        await wires.settled()
    assert set(await wires.effects("worker")) == {"s", "t"}


async def test_a_job_that_hangs_has_failed(wires: Wiring) -> None:
    async def hang(_: Counted) -> None:
        await asyncio.Event().wait()

    wires.employ(hang, msgspec.structs.replace(WORK, timeout_s=0.02))
    async with wires.transport.running():
        await wires.tell(Counted(subject="s", number=1))
        await wires.settled(dead=1)
        (letter,) = await wires.transport.list_dead()
        assert letter.error.startswith("TimeoutError")


async def test_the_end_of_the_process_cancels_a_job_and_it_comes_again(wires: Wiring, base: Base) -> None:
    gate = Gate("s")
    put_down: list[str] = []

    async def work(event: Counted) -> None:
        try:
            await gate.pass_through(event)
        except asyncio.CancelledError:
            put_down.append(event.subject)
            raise

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in (1, 2)))
        await eventually(gate.holds)
    assert put_down == ["s"]
    numbers: list[tuple[int, int]] = []

    async def work_again(event: Counted) -> None:
        numbers.append((event.number, attempt_number()))

    async with wiring(base) as again:
        again.employ(work_again)
        async with again.transport.running():
            await again.settled()
    assert numbers == [(1, 1), (2, 1)]


async def test_a_job_that_will_not_end_does_not_keep_the_process(
    wires: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tutti.kit.events.crew._END_LIMIT_S", 0.05)
    begun, freed = asyncio.Event(), asyncio.Event()

    async def work(_: Counted) -> None:
        begun.set()
        while not freed.is_set():
            with suppress(asyncio.CancelledError):
                await freed.wait()

    wires.employ(work)
    async with wires.transport.running():
        await wires.tell(Counted(subject="s", number=1))
        await begun.wait()
    assert not freed.is_set()
    freed.set()
    await wires.settled()


async def test_long_work_and_quick_handlers_hear_the_same_apart(wires: Wiring) -> None:
    gate = Gate("s")
    wires.hear("listener")
    wires.employ(gate.pass_through)
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(30)))
        await eventually(gate.holds)

        async def heard() -> bool:
            return (await wires.effects("listener")).get("s") == list(range(30))

        await eventually(heard)

        async def all_are_queued() -> bool:
            return {lag.consumer: lag.parked for lag in await wires.transport.lag()} == {"listener": 0, "worker": 30}

        await eventually(all_are_queued)
        gate.opened.set()
        await wires.settled()

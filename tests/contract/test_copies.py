"""Several copies of a process at work at once, on one database and one NATS."""

import asyncio
import os
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from contract.transports import HASTY, QUICK, Counted, Wiring, add_effect, eventually, wiring
from tutti.kit.clock import now
from tutti.kit.events.jetstream.transport import JetStreamTransport
from tutti.kit.settings import Base

pytestmark = pytest.mark.parametrize("engines", ["jetstream"], indirect=True)

ROOT = Path(__file__).parents[2]
COPY = Path(__file__).with_name("copy_worker.py")
SUBJECTS = 5
KILLS = 6
TELLER = 1_000_000  # numbers for each copy that tells: more than it can tell in any time
SHORT = msgspec.structs.replace(QUICK, lease_s=9.0)  # renewed every third of it: a copy may stand still for 6 s
LONGER_S = 1.2 * SHORT.lease_s


@pytest.fixture
async def copies(base: Base) -> AsyncIterator[list[Wiring]]:
    """Three transports, each with a database pool and a connection to NATS of its own."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(wiring(base)) for _ in range(3)]


async def run_all(stack: AsyncExitStack, copies: list[Wiring]) -> None:
    for copy in copies:
        await stack.enter_async_context(copy.transport.running())


async def all_ask(copies: list[Wiring], consumer: str) -> None:
    """Wait until each copy asks for events of each partition: then each of them gets some."""

    async def all_do() -> bool:
        transports = [copy.transport for copy in copies]
        desks = [each._desks[consumer] for each in transports if isinstance(each, JetStreamTransport)]
        pulls = [lane._pull for desk in desks for lane in desk._lanes]
        return all(pull is not None and pull._coming for pull in pulls)

    await eventually(all_do)


async def test_copies_share_the_work_and_keep_the_order_of_each_key(copies: list[Wiring]) -> None:
    for copy in copies:
        copy.hear()
    async with AsyncExitStack() as stack:
        await run_all(stack, copies)
        await all_ask(copies, "listener")
        await asyncio.gather(
            *(tell_all(copy, f"{place}-{n}", 40) for place, copy in enumerate(copies) for n in range(3))
        )
        await copies[0].settled()
    assert await copies[0].effects() == {f"{place}-{n}": list(range(40)) for place in range(3) for n in range(3)}
    assert sum(len(copy.tries) for copy in copies) == 9 * 40, "an event was handled twice"
    assert all(copy.tries for copy in copies), "a copy did nothing"


async def tell_all(wires: Wiring, subject: str, count: int) -> None:
    for number in range(count):
        await wires.tell(Counted(subject=subject, number=number))


async def test_retries_by_several_copies_keep_the_order_of_each_key(copies: list[Wiring]) -> None:
    chance = random.Random(11)
    failed: Counter[tuple[str, int]] = Counter()

    def fail_now_and_then(_: str, event: Counted) -> Exception | None:
        seen = failed[event.subject, event.number]
        if seen < QUICK.max_attempts - 1 and chance.random() < 0.3:
            failed[event.subject, event.number] += 1
            return OSError("away")
        return None

    for copy in copies:
        copy.hear()
        copy.failing = fail_now_and_then
    async with AsyncExitStack() as stack:
        await run_all(stack, copies)
        await asyncio.gather(*(tell_all(copy, f"s{n}", 30) for n, copy in enumerate(copies * 2)))
        await copies[0].settled()
    assert await copies[0].effects() == {f"s{n}": list(range(30)) for n in range(6)}


async def test_a_poisoned_event_stops_only_its_own_key_in_all_copies(copies: list[Wiring]) -> None:
    for copy in copies:
        copy.hear()
        copy.failing = lambda _, event: ValueError("no") if event == Counted(subject="bad", number=1) else None
    async with AsyncExitStack() as stack:
        await run_all(stack, copies)
        await copies[0].tell(*(Counted(subject=s, number=n) for n in range(20) for s in ("bad", "good")))
        await copies[0].settled(dead=1)
        tries = Counter(tried for copy in copies for tried in copy.tries)
        assert tries["listener", "bad", 1] == QUICK.max_attempts
        for copy in copies:
            copy.failing = lambda _consumer, _event: None
        assert await copies[1].transport.retry_dead(None) == 1
        await copies[0].settled()
    assert await copies[0].effects() == {"good": list(range(20)), "bad": [0, *range(2, 20), 1]}


async def test_a_job_is_worked_on_by_one_copy_at_a_time(copies: list[Wiring]) -> None:
    under_way: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def work_of(copy: Wiring) -> None:
        async def work(event: Counted) -> None:
            under_way[event.subject] += 1
            most[event.subject] = max(most[event.subject], under_way[event.subject])
            await copy.db.write(add_effect, "worker", event)
            under_way[event.subject] -= 1

        copy.employ(work)

    for copy in copies:
        work_of(copy)
    async with AsyncExitStack() as stack:
        await run_all(stack, copies)
        await copies[0].tell(*(Counted(subject=f"s{n % 4}", number=n) for n in range(60)))
        await copies[0].settled()
    assert await copies[0].effects("worker") == {f"s{n}": list(range(n, 60, 4)) for n in range(4)}
    assert set(most.values()) == {1}, "two copies worked on one key at once"


async def test_a_job_longer_than_the_lease_stays_with_its_copy(base: Base) -> None:
    begun: list[str] = []
    async with wiring(base, SHORT) as one, wiring(base, SHORT) as two:

        def work_of(copy: Wiring, name: str) -> None:
            async def work(event: Counted) -> None:
                begun.append(name)
                await asyncio.sleep(LONGER_S)
                await copy.db.write(add_effect, "worker", event)

            copy.employ(work)

        work_of(one, "one")
        work_of(two, "two")
        async with one.transport.running(), two.transport.running():
            await one.tell(Counted(subject="s", number=1))
            await one.settled()
        assert len(begun) == 1
        assert await one.effects("worker") == {"s": [1]}


async def test_a_handler_longer_than_the_lease_is_not_called_again(base: Base) -> None:
    begun: list[int] = []

    async def linger(event: Counted) -> None:
        begun.append(event.number)
        if event.number == 0:
            await asyncio.sleep(LONGER_S)

    async with wiring(base, SHORT) as one, wiring(base, SHORT) as two:
        for copy in (one, two):
            copy.subscribe(linger)
        async with one.transport.running(), two.transport.running():
            await one.tell(*(Counted(subject="s", number=n) for n in range(2)))
            await one.settled()
    assert begun == [0, 1]


async def test_a_replay_sends_back_every_copy(copies: list[Wiring]) -> None:
    for copy in copies:
        copy.hear()
    async with AsyncExitStack() as stack:
        await run_all(stack, copies)
        await copies[0].tell(*(Counted(subject="s", number=n) for n in range(5)))
        await copies[0].settled()
        since = now()
        await copies[1].tell(*(Counted(subject="s", number=n) for n in range(5, 9)))
        await copies[0].settled()
        assert await copies[2].transport.replay("listener", since) == 4
        await copies[0].settled()
        await copies[1].tell(Counted(subject="s", number=9))
        await copies[0].settled()
    assert await copies[0].effects() == {"s": [*range(9), *range(5, 10)]}


async def start_copy(base: Base, first: int, skew_s: int = 0) -> Process:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
    arguments = (base.database_url, base.nats_url, str(first), str(skew_s))
    return await asyncio.create_subprocess_exec(sys.executable, str(COPY), *arguments, env=environ, stdout=PIPE)


async def read_told(copy: Process, limit: int | None) -> list[int]:
    """Read what a copy says it has told, up to ``limit`` of it."""
    assert copy.stdout is not None
    told: list[int] = []
    while line := await copy.stdout.readline():
        told.append(int(line))
        if limit is not None and len(told) >= limit:
            break
    return told


async def test_two_copies_killed_at_random_double_nothing_and_lose_nothing(base: Base) -> None:
    chance = random.Random(3)
    told: list[int] = []
    first = iter(range(0, 1_000 * TELLER, TELLER))
    running = [await start_copy(base, next(first)), await start_copy(base, next(first), skew_s=30)]
    try:
        for kill in range(KILLS):
            place = chance.randrange(2)
            told += await read_told(running[place], chance.randint(3, 60))
            running[place].kill()
            told += await read_told(running[place], None)
            await running[place].wait()
            running[place] = await start_copy(base, next(first), skew_s=30 * (kill % 3 - 1))
    finally:
        for copy in running:
            copy.terminate()
        for copy in running:
            told += await read_told(copy, None)
            await copy.wait()
    async with wiring(base, HASTY) as wires:
        wires.hear("one")
        wires.hear("two")
        async with wires.transport.running():
            await wires.settled()
        for consumer in ("one", "two"):
            found = await wires.effects(consumer)
            numbers = [number for of_subject in found.values() for number in of_subject]
            assert set(numbers) >= set(told), "an acknowledged event is lost"
            assert len(numbers) == len(set(numbers)), "an effect happened twice"
            assert len(numbers) <= len(told) + KILLS + 2
            for of_subject in found.values():
                for teller in {number // TELLER for number in of_subject}:
                    mine = [number for number in of_subject if number // TELLER == teller]
                    assert mine == sorted(mine), "an event was handled before an earlier one of its key"

"""kill -9 while events are told and handled: what was acknowledged is there, and took effect once."""

import asyncio
import os
import random
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from contract.transports import WORK, Counted, wiring
from tutti.kit.settings import Base

KILLS = 3
ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("worker.py")
LONG_WORKER = Path(__file__).with_name("long_worker.py")
SUBJECTS = 5


async def start_worker(base: Base, first: int, count: int) -> Process:
    return await start(WORKER, base, str(first), str(count))


async def start(program: Path, base: Base, *more: str) -> Process:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
    arguments = (str(base.data_dir), base.database_url, base.nats_url, *more)
    return await asyncio.create_subprocess_exec(sys.executable, str(program), *arguments, env=environ, stdout=PIPE)


async def read_acknowledged(worker: Process, limit: int | None) -> list[int]:
    """Read what the worker acknowledges, up to ``limit`` of it."""
    assert worker.stdout is not None
    heard: list[int] = []
    while line := await worker.stdout.readline():
        heard.append(int(line))
        if limit is not None and len(heard) >= limit:
            break
    return heard


async def test_effects_happen_once_however_often_the_process_dies(base: Base) -> None:
    chance = random.Random(5)
    acknowledged: list[int] = []
    first = 0
    for _ in range(KILLS):
        worker = await start_worker(base, first, 10_000)
        acknowledged += await read_acknowledged(worker, chance.randint(5, 120))
        worker.kill()
        acknowledged += await read_acknowledged(worker, None)
        await worker.wait()
        first = acknowledged[-1] + 100  # well clear of one more that was committed and not acknowledged
    last = await start_worker(base, first, 10)
    acknowledged += await read_acknowledged(last, None)
    assert await last.wait() == 0
    async with wiring(base) as wires:
        for consumer in ("one", "two"):
            found = await wires.effects(consumer)
            numbers = [number for of_subject in found.values() for number in of_subject]
            assert set(numbers) >= set(acknowledged), "an acknowledged event is lost"
            assert len(numbers) == len(set(numbers)), "an effect happened twice"
            assert len(numbers) <= len(acknowledged) + KILLS
            assert all(of_subject == sorted(of_subject) for of_subject in found.values())


async def test_long_work_begins_again_however_often_the_process_dies(base: Base) -> None:
    chance = random.Random(7)
    numbers = list(range(400))
    async with wiring(base) as wires:
        wires.employ(never)
        await wires.tell(*(Counted(subject=f"s{number % SUBJECTS}", number=number) for number in numbers))
    for _ in range(KILLS):
        worker = await start(LONG_WORKER, base)
        await read_acknowledged(worker, chance.randint(5, 60))
        worker.kill()
        await read_acknowledged(worker, None)
        await worker.wait()
    last = await start(LONG_WORKER, base)
    await read_acknowledged(last, None)
    assert await last.wait() == 0
    async with wiring(base) as wires:
        found = await wires.effects("worker")
    for subject in range(SUBJECTS):
        worked = found[f"s{subject}"]
        assert sorted(set(worked)) == [number for number in numbers if number % SUBJECTS == subject], "a job is lost"
        assert worked == sorted(worked), "a job ran before an earlier one of its key"
    worked_on = sum(map(len, found.values()))
    assert worked_on <= len(numbers) + KILLS * WORK.concurrency, "more was repeated than was under way"


async def never(_: Counted) -> None:
    raise AssertionError("this process only tells")

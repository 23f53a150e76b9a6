"""kill -9 while events are told and handled: what was acknowledged is there, and took effect once."""

import asyncio
import os
import random
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from contract.transports import wiring
from tutti.kit.settings import Base

KILLS = 3
ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("worker.py")


async def start_worker(base: Base, first: int, count: int) -> Process:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT / "tests")))}
    arguments = (str(base.data_dir), base.database_url, str(first), str(count))
    return await asyncio.create_subprocess_exec(sys.executable, str(WORKER), *arguments, env=environ, stdout=PIPE)


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

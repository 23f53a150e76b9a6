"""Children with limits: none is left behind, whoever goes away."""

import asyncio
import os
import signal

import pytest

from tutti.kit.children import Child, Limits, start

LIMITS = Limits(memory_bytes=1024**3, cpu_s=10, wall_s=60, output_bytes=10)


async def sleeping() -> Child:
    return await start(["sleep", "600"], LIMITS, env={"PATH": os.environ["PATH"]}, stderr=asyncio.subprocess.PIPE)


async def test_who_is_cancelled_twice_has_waited_for_its_end() -> None:
    child = await sleeping()
    ending = asyncio.create_task(child.end())
    for _ in range(2):
        await asyncio.sleep(0)
        ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert child.process.returncode == -signal.SIGKILL


def test_a_loop_that_stops_has_waited_for_its_end() -> None:
    async def leave() -> tuple[Child, asyncio.Task[None]]:
        child = await sleeping()
        ending = asyncio.create_task(child.end())
        await asyncio.sleep(0)
        return child, ending

    child, ending = asyncio.run(leave())
    assert ending.cancelled()
    assert child.process.returncode == -signal.SIGKILL

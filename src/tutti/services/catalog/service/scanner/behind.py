"""Two things at once: the walk goes on while files are read, and a batch is written while the next is being read."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

Step = Callable[[], Awaitable[None]]


@asynccontextmanager
async def one_behind() -> AsyncGenerator[Callable[[Step], Awaitable[None]], None]:
    """Give a function that starts a step once the step before it is over, and returns without waiting for its end.

    What a step raises is raised by the next call, or when the block is left, which waits for the last step. An error
    inside the block, or its cancellation, cancels the step under way and waits until it has gone.
    """
    under_way: asyncio.Task[None] | None = None

    async def start(step: Step) -> None:
        nonlocal under_way
        if under_way is not None:
            await under_way
        under_way = asyncio.create_task(_run(step))

    try:
        yield start
        if under_way is not None:
            await under_way
    finally:
        if under_way is not None:
            await _end(under_way)


@asynccontextmanager
async def alongside(work: Coroutine[Any, Any, None]) -> AsyncGenerator[asyncio.Task[None], None]:
    """Do ``work`` beside the block, which may wait for it; at the end of the block it is waited for.

    What it raises is raised then, if nobody has waited before. An error inside the block, or its cancellation, cancels
    the work and waits until it has gone.
    """
    task = asyncio.create_task(work)
    try:
        yield task
        await task
    finally:
        await _end(task)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()  # which does nothing to one that is done
    await asyncio.gather(task, return_exceptions=True)


async def _run(step: Step) -> None:
    await step()

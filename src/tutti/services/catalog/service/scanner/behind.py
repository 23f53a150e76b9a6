"""One step behind: the batch that was read is written while the next is being read."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

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
        if under_way is not None and not under_way.done():
            under_way.cancel()
            await asyncio.gather(under_way, return_exceptions=True)


async def _run(step: Step) -> None:
    await step()

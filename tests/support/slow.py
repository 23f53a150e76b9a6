"""Work that takes as long as it is let in its thread, and who is cancelled while it does."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

MOMENT_S = 0.3
"""In which who would not wait for a thread leaves; nothing goes wrong where that takes longer."""
_LIMIT_S = 60


class Slow:
    """A function for a thread: once it ``may_end``, it gives ``result``, or raises it."""

    def __init__(self, result: object = None) -> None:
        self.result = result
        self.may_end = threading.Event()
        self.begun = False
        self.ended = False

    def __call__(self, *_: object) -> Any:
        self.begun = True
        assert self.may_end.wait(_LIMIT_S), "nobody let it end"
        self.ended = True
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def stays(task: asyncio.Task[Any]) -> bool:
    """Whether ``task`` goes on for a moment."""
    return not (await asyncio.wait({task}, timeout=MOMENT_S))[0]


@asynccontextmanager
async def cancelled(
    slow: Slow, waiting: Coroutine[Any, Any, object], times: int
) -> AsyncGenerator[asyncio.Task[object], None]:
    """Cancel ``waiting`` so many times once ``slow`` has begun, which goes on in the block; it is done at its end."""
    task = asyncio.create_task(waiting)
    try:
        async with asyncio.timeout(_LIMIT_S):
            while not slow.begun:
                await asyncio.sleep(0.001)
        for number in range(times):
            task.cancel(f"cancelled {number + 1}")
            for _ in range(5):  # steps, so that each cancellation has come before the next
                await asyncio.sleep(0)
        assert await stays(task), "it left while its thread was at work"
        yield task
    finally:
        slow.may_end.set()
        await asyncio.wait({task})


async def cancel_while(slow: Slow, waiting: Coroutine[Any, Any, object], times: int) -> asyncio.Task[object]:
    """Cancel ``waiting`` so many times once ``slow`` has begun; return its task, which is done."""
    async with cancelled(slow, waiting, times) as task:
        pass
    return task

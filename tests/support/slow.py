"""Work that takes a while in its thread, and who is cancelled while it does."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

_TAKES_S = 0.3
_BEGINS_S = 60


class Slow:
    """A function for a thread: it gives ``result``, or raises it."""

    def __init__(self, result: object = None) -> None:
        self.result = result
        self.begun = False
        self.ended = False

    def __call__(self, *_: object) -> Any:
        self.begun = True
        time.sleep(_TAKES_S)
        self.ended = True
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


async def cancel_while(slow: Slow, waiting: Coroutine[Any, Any, object], times: int) -> asyncio.Task[object]:
    """Cancel ``waiting`` so many times once ``slow`` has begun; return its task, which is done."""
    task = asyncio.create_task(waiting)
    async with asyncio.timeout(_BEGINS_S):
        while not slow.begun:
            await asyncio.sleep(0.001)
    for number in range(times):
        task.cancel(f"cancelled {number + 1}")
        for _ in range(5):  # steps, so that each cancellation has come before the next
            await asyncio.sleep(0)
    await asyncio.wait({task})
    return task

"""Waiting that can be broken off, waiting that cannot, and the end of tasks.

`asyncio.wait_for` is not used here: on Python 3.11 it loses a cancellation that comes in the same step as what it waits
for (CPython issue 86296, mended in 3.12 only), and the loop around it then goes on for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from contextlib import suppress
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_AGAIN_S = 5.0


async def is_set_within(event: asyncio.Event, limit_s: float) -> bool:
    """Wait for ``event`` for ``limit_s`` seconds at most; return whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            return await event.wait()
    return False


async def to_its_end(function: Callable[[*Ts], T], *args: *Ts, threads: Executor | None = None) -> T:
    """Run ``function`` in a thread and return what it gives; whoever is cancelled meanwhile leaves only at its end.

    For work on what is closed, deleted or used by others as soon as this returns. The thread is one of ``threads``,
    else one of the loop's. Whoever cancels in every step, as anyio's scopes do, keeps the loop busy until then.

    Raises:
        CancelledError: cancelled, however often; the work is done all the same. What it gives is lost then, and its
            error goes to the loop's handler alone, which logs it.
        Exception: whatever ``function`` raises.
    """
    working = asyncio.get_running_loop().run_in_executor(threads, function, *args)
    # Not the future itself: a cancellation would go through to it, and it would pass for done.
    await wait_out(working.done, lambda: asyncio.wait({working}))
    return working.result()


async def wait_out(is_over: Callable[[], bool], wait: Callable[[], Awaitable[object]]) -> None:
    """Call ``wait`` until ``is_over()``, and raise a cancellation only then, however many come: the last of them."""
    cancelled: asyncio.CancelledError | None = None
    while not is_over():
        try:
            await wait()
        except asyncio.CancelledError as error:
            cancelled = error
    try:
        if cancelled is not None:
            raise cancelled  # the very one: libraries know their own by its message
    finally:
        del cancelled  # or it and this frame would keep each other, and all that is waited for, in memory


async def end_tasks(*tasks: asyncio.Task[Any]) -> None:
    """Cancel ``tasks`` and wait until each has ended, however it does.

    Libraries use `asyncio.wait_for` as well, so one that does not end in a while is cancelled again: not for tasks
    that take long to tidy up.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)  # so that nobody complains of errors that were not looked at

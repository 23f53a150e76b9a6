"""Waiting that can be broken off, and the end of tasks.

`asyncio.wait_for` is not used here: on Python 3.11 it loses a cancellation that comes in the same step as what it waits
for (CPython issue 86296, mended in 3.12 only), and the loop around it then goes on for ever.
"""

import asyncio
from contextlib import suppress
from typing import Any

_AGAIN_S = 5.0


async def is_set_within(event: asyncio.Event, limit_s: float) -> bool:
    """Wait for ``event`` for ``limit_s`` seconds at most; return whether it is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            return await event.wait()
    return False


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

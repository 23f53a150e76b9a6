"""Work on the disk, off the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """Run ``work`` in a thread."""
    return await asyncio.get_running_loop().run_in_executor(None, work)

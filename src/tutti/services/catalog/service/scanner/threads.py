"""Work on the disk, off the event loop."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run ``work`` in a thread; it is under way when this returns, and who awaits it gets what came of it."""
    return asyncio.get_running_loop().run_in_executor(None, work)

"""What changes below a folder, told by the system."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor

from watchfiles import watch

_WAKE_MS = 5_000
"""How long the first word, that all is watched now, may be waited for where nothing changes."""


async def folder_changes(path: str, quiet_ms: int) -> AsyncGenerator[set[str], None]:
    """Yield the paths that changed, once nothing did for ``quiet_ms``; an empty set now and then where nothing does.

    From the first one on nothing is overlooked, also not what changes while the one before is being worked on. All of
    it happens in a thread of its own: to begin with, the system is asked to watch each folder below, which takes
    seconds where there are many.

    Raises:
        OSError, RuntimeError: the folder is away, or there are more folders than the system watches.
    """
    stop = threading.Event()
    changes = watch(
        path,
        step=quiet_ms,
        debounce=2 * quiet_ms,
        stop_event=stop,
        rust_timeout=_WAKE_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
        ignore_permission_denied=True,
        watch_filter=None,
    )
    thread = ThreadPoolExecutor(1, thread_name_prefix="watch")
    loop = asyncio.get_running_loop()
    try:
        while (found := await loop.run_in_executor(thread, lambda: next(changes, None))) is not None:
            yield {changed for _, changed in found}
    finally:
        stop.set()
        thread.submit(changes.close)
        thread.shutdown(wait=False)  # it ends within ``quiet_ms``

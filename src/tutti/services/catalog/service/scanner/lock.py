"""One scan of a library at a time, whichever copy of the catalogue runs it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from tutti.kit.db import Busy, Database, Hold
from tutti.services.catalog.api import ScanRunning

_PATIENCE_S = 1.0
"""A scan is over for everybody to see before it lets go of its library, and who has seen it may be faster."""
_LOOKED_AGAIN_S = 0.05


@asynccontextmanager
async def only_scan(db: Database, library_id: str) -> AsyncGenerator[Hold, None]:
    """Hold a library for a scan.

    Raises:
        ScanRunning: another process, or this one, scans it.
        HoldLost: the hold ended early; see `Database.exclusive`.
    """
    async with AsyncExitStack() as stack:
        yield await _hold(db, library_id, stack)


async def _hold(db: Database, library_id: str, stack: AsyncExitStack) -> Hold:
    patient_until = monotonic() + _PATIENCE_S
    while True:
        try:
            return await stack.enter_async_context(db.exclusive(f"scan {library_id}"))
        except Busy:
            if monotonic() > patient_until:
                raise ScanRunning("This library is being scanned already.", library_id=library_id) from None
        await asyncio.sleep(_LOOKED_AGAIN_S)

"""One scan of a library at a time, whichever copy of the catalogue runs it."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from tutti.kit.db import Busy, Database, Hold
from tutti.services.catalog.api import ScanRunning


@asynccontextmanager
async def only_scan(db: Database, library_id: str) -> AsyncGenerator[Hold, None]:
    """Hold a library for a scan.

    Raises:
        ScanRunning: another process, or this one, scans it.
        HoldLost: the hold ended early; see `Database.exclusive`.
    """
    async with AsyncExitStack() as stack:
        try:
            hold = await stack.enter_async_context(db.exclusive(f"scan {library_id}"))
        except Busy:
            raise ScanRunning("This library is being scanned already.", library_id=library_id) from None
        yield hold

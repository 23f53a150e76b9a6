"""How many ffmpegs of one kind run at once, and how long others wait for one to end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tutti.services.streaming.api import TranscodesBusy
from tutti.services.streaming.service.settings import StreamingSettings


class Places:
    """Places for ffmpegs, given to who waits longest."""

    def __init__(self, count: int, settings: StreamingSettings) -> None:
        self._free = asyncio.Semaphore(count)
        self._wait_s = settings.segment_wait_s
        self._retry_after_s = settings.retry_after_s

    @asynccontextmanager
    async def one(self) -> AsyncGenerator[None, None]:
        """Hold one for the length of a block.

        Raises:
            TranscodesBusy: none has become free in time.
        """
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError:
            raise TranscodesBusy(
                "Too many files are being looked through at the moment; try again soon.",
                retry_after_s=self._retry_after_s,
            ) from None
        try:
            yield
        finally:
            self._free.release()

"""Bodies of requests into files, in bounded memory, without making the event loop wait for a disk."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from functools import partial
from typing import ParamSpec, TypeVar

from tutti.kit.storage.errors import BodyCut, BodyStalled, SentAgain, StorageFull
from tutti.kit.tasks import to_its_end

P = ParamSpec("P")
T = TypeVar("T")
_BUFFER_BYTES = 1024 * 1024
_BUFFER_CHUNKS = 512
"""Less than IOV_MAX (1,024 on Linux): what one system call writes."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Taking:
    """One request that writes a range of a file; another may be sent for the same range, and then goes before it."""

    def __init__(self, place: str, offset: int, size_bytes: int, threads: Executor) -> None:
        self.place = place
        self.offset = offset
        self.size_bytes = size_bytes
        self._threads = threads
        self._superseded = False
        self._writing = asyncio.Lock()

    @property
    def end(self) -> int:
        """Where its range ends in the file."""
        return self.offset + self.size_bytes

    @property
    def is_superseded(self) -> bool:
        """Whether the file is no longer this request's to write, or to clean up."""
        return self._superseded

    async def supersede(self) -> None:
        """Let it write no more; returns when it does not."""
        self._superseded = True
        async with self._writing:
            pass

    async def step(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``work`` on the file in a thread, unless superseded; a cancellation waits for its end.

        Raises:
            SentAgain: superseded.
            StorageFull: the disk is full.
        """
        async with self._writing:
            if self._superseded:
                raise SentAgain("Another connection sends the same bytes, or the upload was discarded.")
            try:
                # The descriptor must not be closed, and given to another file, under the thread's hands.
                return await to_its_end(partial(work, *args, **kwargs), threads=self._threads)
            except OSError as error:
                if error.errno in _NO_ROOM:
                    raise StorageFull("This server's disk is full; ask its operator to make room.") from error
                raise

    async def write(self, descriptor: int, body: AsyncIterator[bytes], idle_s: float) -> None:
        """Write the whole ``body`` into its range and make the disk keep it.

        Raises:
            BodyCut: it is longer or shorter than its range.
            BodyStalled: nothing came for ``idle_s``.
        """
        position = self.offset
        async for chunks, count in _gathered(body, idle_s):
            if position + count > self.end:
                raise BodyCut(f"The body is longer than {self.size_bytes} bytes.", size_bytes=self.size_bytes)
            await self.step(_write_all, descriptor, chunks, position)
            position += count
        if position < self.end:
            raise BodyCut(
                f"Only {position - self.offset} of {self.size_bytes} bytes came; send it again.",
                size_bytes=self.size_bytes,
            )
        await self.step(os.fsync, descriptor)


async def _gathered(body: AsyncIterator[bytes], idle_s: float) -> AsyncIterator[tuple[list[bytes], int]]:
    """Yield chunks by the megabyte, with their length: a thread is worth its switch then."""
    chunks: list[bytes] = []
    count = 0
    while (chunk := await _next(body, idle_s)) is not None:
        chunks.append(chunk)
        count += len(chunk)
        if count >= _BUFFER_BYTES or len(chunks) >= _BUFFER_CHUNKS:
            yield chunks, count
            chunks, count = [], 0
    if chunks:
        yield chunks, count


async def _next(body: AsyncIterator[bytes], idle_s: float) -> bytes | None:
    try:
        async with asyncio.timeout(idle_s):
            return await anext(body, None)
    except TimeoutError as error:
        raise BodyStalled(f"Nothing came for {idle_s:g} s; send it again.") from error


def _write_all(descriptor: int, chunks: list[bytes], offset: int) -> None:
    views = [memoryview(chunk) for chunk in chunks if chunk]
    while views:
        written = os.pwritev(descriptor, views, offset)
        offset += written
        while views and written >= len(views[0]):
            written -= len(views.pop(0))
        if views:
            views[0] = views[0][written:]

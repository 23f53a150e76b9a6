"""Changes waiting to be read: in memory while they are few, in a temporary file when a library is new and large."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator

import msgspec

from tutti.services.catalog.service.scanner.comparing import FolderChange
from tutti.services.catalog.service.scanner.frames import LENGTH

_IN_MEMORY_BYTES = 4 * 1024 * 1024


class Spool:
    """Keeps changes in their order; who takes them may be at it while more are put."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `close`
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(FolderChange)
        self._written_bytes = 0
        self._ended = False
        self._news = asyncio.Event()

    @property
    def holds_any(self) -> bool:
        """Whether anything was put so far."""
        return self._written_bytes > 0

    def put(self, change: FolderChange) -> None:
        """Keep one more."""
        content = self._encoder.encode(change)
        self._file.seek(0, os.SEEK_END)
        self._file.write(LENGTH.pack(len(content)) + content)
        self._written_bytes = self._file.tell()
        self._news.set()

    def end(self) -> None:
        """Say that no more will come."""
        self._ended = True
        self._news.set()

    async def take(self) -> AsyncIterator[FolderChange]:
        """Give all back, and wait for those that are still to come."""
        at_bytes = 0
        while at_bytes < self._written_bytes or not self._ended:
            if at_bytes == self._written_bytes:
                self._news.clear()
                await self._news.wait()
                continue
            self._file.seek(at_bytes)
            content = self._file.read(LENGTH.unpack(self._file.read(LENGTH.size))[0])
            at_bytes = self._file.tell()
            yield self._decoder.decode(content)

    def close(self) -> None:
        """Forget what is left."""
        self._file.close()

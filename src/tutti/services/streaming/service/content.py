"""What is sent: open files, objects of the storage, renditions that are being made."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO
from urllib.parse import quote

import msgspec

from tutti.kit.storage import Storage, StorageError
from tutti.kit.storage.errors import StorageAway
from tutti.services.streaming.api import OriginalAway
from tutti.services.streaming.service.conditions import Validators, validators_of

CHUNK_BYTES = 512 * 1024
_RETRY_S = 5
_ADDRESS_LIFETIME = timedelta(hours=1)
"""Of an address at the S3 server; a player that seeks asks here again."""


class Ready(msgspec.Struct, frozen=True):
    """An open file to be sent, whole or in part."""

    file: IO[bytes]
    size_bytes: int
    validators: Validators
    mime: str


class Held(msgspec.Struct, frozen=True):
    """Bytes in memory; few."""

    content: bytes
    validators: Validators
    mime: str

    @property
    def size_bytes(self) -> int:
        """How many they are."""
        return len(self.content)


class Remote(msgspec.Struct, frozen=True):
    """An object of the storage, read piece by piece as it is sent."""

    storage: Storage
    key: str
    size_bytes: int
    validators: Validators
    mime: str

    async def read(self, start: int, count: int) -> AsyncGenerator[bytes, None]:
        """Yield ``count`` bytes from ``start`` on, each piece by a request of its own: a slow listener keeps none open.

        Raises:
            OriginalAway: the object is gone, or shorter by now.
            StorageAway: the storage does not answer.
        """
        end = start + count
        while start < end:
            try:
                piece = await self.storage.read(self.key, start, min(CHUNK_BYTES, end - start))
            except StorageError as error:
                raise storage_away() from error
            if not piece:
                raise OriginalAway("The file of this track is not there any more.")
            yield piece
            start += len(piece)


class Elsewhere(msgspec.Struct, frozen=True):
    """An address at the S3 server, good for a while."""

    address: str


class Handed(msgspec.Struct, frozen=True):
    """A file that nginx in front of us sends in our place, with ranges and validators of its own."""

    address: str
    """Of nginx, for nobody else: percent-encoded, so that every name of a file survives."""
    mime: str


class Growing(msgspec.Struct, frozen=True):
    """A rendition that is being made."""

    chunks: AsyncGenerator[bytes, None] | None
    """None: it was not asked to be made."""
    mime: str


Content = Ready | Held | Remote | Elsewhere | Handed | Growing


def open_original(path: str) -> IO[bytes]:
    """Open a file; off the event loop, for it may lie on a slow disk or beyond a network.

    Raises:
        OriginalAway: it is not there at present, or is no file.
    """
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise OriginalAway("The file of this track is not there at present.")
        return Path(path).open("rb", buffering=0)
    except OSError:
        raise OriginalAway("The file of this track is not there at present.") from None


def handed(path: str, prefix: str, roots: Sequence[str], mime: str) -> Handed | None:
    """Return the file at ``path`` as something that nginx sends from beneath ``prefix``; None where it may not."""
    if not prefix or (roots and not any(Path(path).is_relative_to(root) for root in roots)):
        return None
    return Handed(prefix + quote(os.fsencode(path)), mime)


def ready(file: IO[bytes], mime: str, etag: str | None = None) -> Ready:
    """Return an open file with what tells it from others."""
    status = os.fstat(file.fileno())  # of the very file that is sent, whatever lies at its path by now
    return Ready(file, status.st_size, validators_of(status.st_size, status.st_mtime_ns, time.time(), etag), mime)


@asynccontextmanager
async def opened_object(
    storage: Storage, key: str, mime: str, etag: str, *, redirect: bool
) -> AsyncGenerator[Ready | Remote | Elsewhere, None]:
    """Hold an object of the storage for the length of a block; with ``redirect``, where it is if that has an address.

    Raises:
        OriginalAway: there is no such object.
        StorageAway: the storage does not answer.
    """
    local = storage.local_path(key)
    if local is not None:
        with await asyncio.to_thread(open_original, str(local)) as file:
            yield ready(file, mime, etag)
        return
    if redirect and (address := storage.presign_get(key, _ADDRESS_LIFETIME, content_type=mime)) is not None:
        yield Elsewhere(address)
        return
    try:
        size_bytes = await storage.find_size(key)
    except StorageError as error:
        raise storage_away() from error
    if size_bytes is None:
        raise OriginalAway("The file of this track is not there at present.")
    yield Remote(storage, key, size_bytes, Validators(etag, None), mime)


def storage_away() -> StorageAway:
    """Return what a listener is told when the storage fails."""
    return StorageAway("The storage does not answer; try again soon.", retry_after_s=_RETRY_S)

"""One open audio file: opened once, read by position, never mapped.

A mapping would be as fast, but a file that shrinks while it is mapped (a copy under way, a share that drops out) kills
the process with SIGBUS; a short read is an answer that a parser can handle.
"""

import errno
import os
import stat
from types import TracebackType
from typing import Self

from tutti.services.catalog.service.reading.track_tags import UnreadableFile

# Holds the tags of nearly every file without a cover, so that one read serves the header and the tags.
HEAD_BYTES = 16 * 1024

_OPEN_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
_REASONS = {
    errno.ENOENT: "the file is gone",
    errno.EACCES: "no permission to read the file",
    errno.EPERM: "no permission to read the file",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "its path is too long",
    errno.ELOOP: "it is a link that leads nowhere",
    errno.EIO: "the disk could not read it",
    errno.ESTALE: "the network share lost it",
}


def unreadable(error: OSError) -> UnreadableFile:
    """Return the plain-words form of what the operating system said."""
    known = _REASONS.get(error.errno or 0)
    return UnreadableFile(known or f"it cannot be read ({error.strerror or error})")


class AudioFile:
    """Use in a ``with``. `head` is the first `HEAD_BYTES`. Raises UnreadableFile for what is no file, or empty."""

    __slots__ = ("_fd", "head", "name", "size_bytes")

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            # Without O_NONBLOCK, opening a named pipe called `song.mp3` would wait for ever.
            self._fd = os.open(name, _OPEN_FLAGS)
        except OSError as error:
            raise unreadable(error) from error
        except ValueError as error:
            raise UnreadableFile("its path holds a NUL") from error
        try:
            status = os.fstat(self._fd)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableFile("it is no regular file")
            if status.st_size == 0:
                raise UnreadableFile("the file is empty")
            self.size_bytes = status.st_size
            self.head = os.pread(self._fd, HEAD_BYTES, 0)
        except OSError as error:
            os.close(self._fd)
            raise unreadable(error) from error
        except UnreadableFile:
            os.close(self._fd)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def read(self, offset: int, length: int) -> bytes:
        """Return the bytes at `offset`; fewer than `length` where the file ends first."""
        end = offset + length
        if end <= len(self.head):
            return self.head[offset:end]
        if offset >= self.size_bytes or length <= 0:
            return b""
        return os.pread(self._fd, min(length, self.size_bytes - offset), offset)

    def read_exactly(self, offset: int, length: int) -> bytes:
        """Return `length` bytes at `offset`. Raises UnreadableFile if the file ends first."""
        data = self.read(offset, length)
        if len(data) != length:
            raise UnreadableFile("cut short: the file ends inside its header")
        return data

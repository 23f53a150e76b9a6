"""Changes waiting to be read: in memory while they are few, in a temporary file when a library is new and large."""

import tempfile
from collections.abc import Iterator

import msgspec

from tutti.services.catalog.service.scanner.comparing import FolderChange
from tutti.services.catalog.service.scanner.frames import LENGTH

_IN_MEMORY_BYTES = 4 * 1024 * 1024


class Spool:
    """Keeps changes in their order; first all are put, then all are taken."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by `close`
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(FolderChange)

    def put(self, change: FolderChange) -> None:
        """Keep one more."""
        content = self._encoder.encode(change)
        self._file.write(LENGTH.pack(len(content)) + content)

    def take(self) -> Iterator[FolderChange]:
        """Give all back."""
        self._file.seek(0)
        while head := self._file.read(LENGTH.size):
            yield self._decoder.decode(self._file.read(LENGTH.unpack(head)[0]))

    def close(self) -> None:
        """Forget what is left."""
        self._file.close()

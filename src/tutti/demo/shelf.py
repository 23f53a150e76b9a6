"""The folder that the library is put into: every file comes whole or not at all, and it is known which still are."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePath
from tempfile import mkdtemp

import msgspec

_LEDGER = ".sizes.json"
_WORK_FOLDER = ".partial"
_SIZES = msgspec.json.Decoder(dict[str, int])


class Shelf:
    """The folder. Paths are relative to it.

    A ledger in it says how large each file was when it was put there. A file that has grown was tagged anew by somebody
    and is theirs; one that has shrunk was cut off, by a copy that broke or a disk that lost its end.
    """

    def __init__(self, target: Path) -> None:
        """Raises OSError if the ledger cannot be read."""
        self._target = target
        self._sizes = _read_sizes(target / _LEDGER)

    def is_whole(self, path: PurePath) -> bool:
        """Whether a file is there and no smaller than it was written. Raises OSError if nobody may look."""
        try:
            size_bytes = (self._target / path).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return False
        return size_bytes >= self._sizes.get(path.as_posix(), 1)

    @contextmanager
    def workshop(self) -> Generator[Path]:
        """A folder on the same file system, to make files in; whatever a killed run has left there goes away first.

        Its name is new every time: a worker that outlives a killed run for a moment does no harm in its own.
        """
        around = self._target / _WORK_FOLDER
        shutil.rmtree(around, ignore_errors=True)
        around.mkdir(parents=True, exist_ok=True)  # it stays where such a worker writes meanwhile
        try:
            yield Path(mkdtemp(dir=around))
        finally:
            shutil.rmtree(around, ignore_errors=True)

    def put(self, made: Path, path: PurePath) -> None:
        """Give a file from the workshop its place. It is on the disk by then: a power cut leaves all of it or nothing.

        Raises:
            OSError: the disk is full, or the place cannot be written to.
        """
        with made.open("rb+") as file:
            os.fsync(file.fileno())
        size_bytes, final = made.stat().st_size, self._target / path
        final.parent.mkdir(parents=True, exist_ok=True)
        made.replace(final)
        self._sizes[path.as_posix()] = size_bytes
        # Without waiting for the disk: a ledger that is lost only means that a cut-off file is not noticed.
        written = made.with_name("ledger")
        written.write_bytes(msgspec.json.format(msgspec.json.encode(self._sizes)))
        written.replace(self._target / _LEDGER)


def _read_sizes(ledger: Path) -> dict[str, int]:
    try:
        return _SIZES.decode(ledger.read_bytes())
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return {}

"""Finished renditions on disk, the least recently heard going first when space runs out."""

import hashlib
import os
import time
from collections import Counter, OrderedDict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

PART = ".part"


def group_of(track_id: str) -> str:
    """Return what the keys of all that is made of a track begin with, before a ``-``."""
    return hashlib.blake2b(track_id.encode(), digest_size=8).hexdigest()


class RenditionCache:
    """Files by key, ``limit_bytes`` of them. For the event loop only; each use is a call or two to the disk.

    What is being made counts as soon as it is written, and makes finished ones go. Only what somebody listens to may
    go beyond the limit, for as long as they do.
    """

    def __init__(self, folder: Path, limit_bytes: int) -> None:
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._groups: dict[str, set[str]] = {}
        self._in_use: Counter[str] = Counter()
        self._unwanted: set[str] = set()
        self._growing: dict[Path, int] = {}
        self._parts = 0
        self._total = 0

    def load(self) -> None:
        """Learn what is there from the last time; sweep what was being made when the process died."""
        self._folder.mkdir(parents=True, exist_ok=True)
        found: list[tuple[float, str, int]] = []
        for entry in os.scandir(self._folder):
            if entry.name.endswith(PART):
                Path(entry.path).unlink(missing_ok=True)
            elif entry.is_file():
                status = entry.stat()
                found.append((max(status.st_atime, status.st_mtime), entry.name, status.st_size))
        for _, name, size_bytes in sorted(found):
            self._add(name, size_bytes)
        self._make_room()

    @property
    def size_bytes(self) -> int:
        """How much is stored, half-made renditions included."""
        return self._total

    def path(self, key: str) -> Path:
        """Where a rendition lies, or would."""
        return self._folder / key

    def new_part(self, key: str) -> Path:
        """Return where a rendition may grow while it is made; each run gets a place of its own."""
        self._parts += 1
        return self._folder / f"{key}.{self._parts}{PART}"

    def find(self, key: str) -> Path | None:
        """Return a finished rendition and note that it was wanted."""
        if key not in self._sizes:
            return None
        path = self.path(key)
        try:
            # When it was heard is kept as the time of access: that of modification is told to those who hear it.
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        except FileNotFoundError:  # somebody emptied the folder
            self._remove(key)
            return None
        self._sizes.move_to_end(key)
        return path

    def grow(self, part: Path, size_bytes: int) -> None:
        """Note how far a rendition has grown."""
        self._total += size_bytes - self._growing.get(part, 0)
        self._growing[part] = size_bytes
        self._make_room()

    def keep(self, key: str, part: Path) -> None:
        """Take in a rendition that has grown to its end."""
        size_bytes = part.stat().st_size
        part.replace(self.path(key))
        self._total -= self._growing.pop(part, 0) + self._sizes.pop(key, 0)
        self._add(key, size_bytes)
        self._make_room()

    def drop(self, part: Path) -> None:
        """Give up a rendition that will not be finished; one that was kept is no part any more."""
        self._total -= self._growing.pop(part, 0)
        part.unlink(missing_ok=True)

    def forget(self, group: str) -> None:
        """Delete the renditions of a group (whose keys begin with it and a ``-``), each once nobody listens to it."""
        for key in list(self._groups.get(group, ())):
            if key in self._in_use:
                self._unwanted.add(key)
            else:
                self._delete(key)

    @contextmanager
    def in_use(self, key: str) -> Generator[None, None, None]:
        """Keep a rendition from being evicted for the length of a block."""
        self._in_use[key] += 1
        try:
            yield
        finally:
            self._in_use[key] -= 1
            if not self._in_use[key]:
                del self._in_use[key]
                if key in self._unwanted and key in self._sizes:
                    self._delete(key)
                self._make_room()

    def _make_room(self) -> None:
        over = self._total - self._limit_bytes
        going: list[str] = []
        for key, size_bytes in self._sizes.items():
            if over <= 0:
                break
            if key not in self._in_use:
                going.append(key)
                over -= size_bytes
        for key in going:
            self._delete(key)

    def _delete(self, key: str) -> None:
        self._remove(key)
        self.path(key).unlink(missing_ok=True)

    def _add(self, key: str, size_bytes: int) -> None:
        self._sizes[key] = size_bytes
        self._total += size_bytes
        self._groups.setdefault(key.partition("-")[0], set()).add(key)

    def _remove(self, key: str) -> None:
        self._total -= self._sizes.pop(key)
        group = key.partition("-")[0]
        self._unwanted.discard(key)
        self._groups[group].discard(key)
        if not self._groups[group]:
            del self._groups[group]

"""The backup file: a gzipped tar that ends in a manifest of checksums.

``manifest.json`` names every member with its SHA-256 and size. It comes last, so that each file is read once: what is
replaced or deleted meanwhile cannot make the backup contradict itself. `read_archive` unpacks beside the data folder,
checks all of it, and only then puts it in place, so that a torn or altered backup changes nothing.
"""

import gzip
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
import time
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from tutti.commands.failures import Refused
from tutti.kit.clock import now
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.files import files_below

_FORMAT = 1
_MANIFEST = "manifest.json"
_FOLDERS = ("objects", "secrets")
_STATE = (SQLITE_FILE, f"{SQLITE_FILE}-wal", f"{SQLITE_FILE}-shm", *_FOLDERS)
_LEFT_OUT = (
    "objects/covers/",  # resized covers are made again when someone looks at them
    "objects/.receiving/",  # half of what is being uploaded, and it changes meanwhile
)
_COMPRESSION = 5
_HELD = ".backup-"
_ABANDONED_S = 24 * 3600

Hear = Callable[[str, int, int | None], None]
"""Hears what is being done, how many files of it are done, and of how many, once that is known."""


class Member(msgspec.Struct, frozen=True):
    """A file of the backup."""

    name: str
    size_bytes: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What the backup holds."""

    format: int
    written_at: str
    members: list[Member]


def write_archive(data_dir: Path, target: Path, hear: Hear) -> int:
    """Write the backup of ``data_dir`` to ``target``, whole or not at all; return its size in bytes.

    The database is copied by SQLite's online backup, which sees one consistent state while others write. The files that
    it speaks of were there before it did. Those that are deleted before they are packed keep a second name until then:
    the bytes of an upload go as soon as it is a track, which the copy of the database may not know.

    Raises:
        Refused: the database is damaged; a backup of it would only look like one.
        OSError, sqlite3.Error: something could not be read or written.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    _sweep(data_dir)
    with (
        tempfile.TemporaryDirectory(dir=target.parent, prefix=".tutti-backup-") as folder,
        _second_names(data_dir) as held,
    ):
        snapshot = Path(folder) / SQLITE_FILE
        _hold(data_dir, held)
        hear("Copying the database", 0, None)
        _copy_database(data_dir / SQLITE_FILE, snapshot)
        _hold(data_dir, held)
        packed = Path(folder) / "backup.tar.gz"
        with packed.open("wb") as file:
            _pack(file, [(SQLITE_FILE, snapshot), *_held_files(data_dir, held)], hear)
            os.fsync(file.fileno())
        packed.chmod(0o600)  # it holds the signing keys
        packed.replace(target)
    return target.stat().st_size


def read_archive(source: Path, data_dir: Path, hear: Hear) -> Path | None:
    """Put the backup ``source`` in place of what is in ``data_dir``; return where that was moved to, if there was any.

    Raises:
        Refused: the file is not a whole, unaltered backup. Nothing was changed then.
        OSError: something could not be read or written.
    """
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".restore-") as folder:
        unpacked = Path(folder)
        _check(source, unpacked, _unpack(source, unpacked, hear), hear)
        kept = _set_aside(data_dir)
        for name in (SQLITE_FILE, *_FOLDERS):
            if (unpacked / name).exists():
                (unpacked / name).rename(data_dir / name)
    return kept


def holds_state(data_dir: Path) -> bool:
    """Whether the folder holds anything that a restore would replace; empty folders are nothing."""
    return any(_files(data_dir / name) for name in _STATE)


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        # In one step: between steps, each commit of another process would start the copy anew. In WAL mode a long
        # reader keeps nobody from writing.
        live.backup(copy, pages=-1)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it
        (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if said != "ok":
        raise Refused(
            f"{source} is damaged ({' '.join(said.split())}). Bring back an older backup: tutti restore FILE --force"
        )


def _kept_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    for folder in _FOLDERS:
        for path in sorted(files_below(data_dir / folder)):
            name = path.relative_to(data_dir).as_posix()
            if path.is_file() and not name.startswith(_LEFT_OUT):
                yield name, path


@contextmanager
def _second_names(data_dir: Path) -> Generator[Path, None, None]:
    """A place for second names: on the same file system, if there is room for a folder."""
    try:
        folder = tempfile.TemporaryDirectory(dir=data_dir, prefix=_HELD)
    except OSError:
        folder = tempfile.TemporaryDirectory(prefix=_HELD)
    with folder as name:
        yield Path(name)


def _sweep(data_dir: Path) -> None:
    """Take away the second names that a backup left behind which was killed: they keep what was deleted since."""
    for left in data_dir.glob(f"{_HELD}*"):
        with suppress(FileNotFoundError):  # another backup ends
            if time.time() - left.stat().st_mtime > _ABANDONED_S:
                shutil.rmtree(left, ignore_errors=True)


def _hold(data_dir: Path, held: Path) -> None:
    """Give every object a second name in ``held``, where the file system has such."""
    for name, path in _kept_files(data_dir):
        if not name.startswith("objects/"):  # a secret is replaced where it changes: the last one counts
            continue
        place = held / name
        with suppress(OSError):  # it is there already, is gone again, or can have only one name
            place.parent.mkdir(parents=True, exist_ok=True)
            os.link(path, place)


def _held_files(data_dir: Path, held: Path) -> list[tuple[str, Path]]:
    """Return what was held, and whatever else is there now."""
    files = dict(_kept_files(data_dir))
    files |= {path.relative_to(held).as_posix(): path for path in _files(held)}
    return sorted(files.items())


def _pack(file: BinaryIO, sources: list[tuple[str, Path]], hear: Hear) -> None:
    members: list[Member] = []
    with tarfile.open(fileobj=file, mode="w:gz", compresslevel=_COMPRESSION) as tar:
        for done, (name, path) in enumerate(sources):
            hear("Packing", done, len(sources))
            if (member := _add(tar, name, path)) is not None:
                members.append(member)
        manifest = msgspec.json.encode(Manifest(_FORMAT, now().isoformat(), members))
        info = tarfile.TarInfo(_MANIFEST)
        info.size = len(manifest)
        tar.addfile(info, io.BytesIO(manifest))


def _add(tar: tarfile.TarFile, name: str, path: Path) -> Member | None:
    """Add a file; None where it was deleted since it was listed."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        hashed = _Hashed(file)
        info = tar.gettarinfo(arcname=name, fileobj=file)
        tar.addfile(info, hashed)
    return Member(name, info.size, hashed.digest.hexdigest())


class _Hashed(io.RawIOBase):
    """Reads a file and remembers the SHA-256 of what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        content = self._file.read(size)
        self.digest.update(content)
        return content


def _unpack(source: Path, folder: Path, hear: Hear) -> Manifest:
    try:
        with tarfile.open(source, "r:gz") as tar:
            for done, member in enumerate(tar):
                hear("Unpacking", done, None)
                tar.extract(member, folder, filter="data")
        manifest = msgspec.json.decode((folder / _MANIFEST).read_bytes(), type=Manifest)
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError, msgspec.MsgspecError) as error:
        raise Refused(f"{source} is not a whole Tutti backup: {error}. Nothing was changed.") from error
    except FileNotFoundError as error:
        raise Refused(f"{source} is not a whole Tutti backup: it has no manifest. Nothing was changed.") from error
    if manifest.format != _FORMAT:
        raise Refused(f"{source} was written by a newer version of Tutti. Restore it with that version.")
    return manifest


def _check(source: Path, folder: Path, manifest: Manifest, hear: Hear) -> None:
    members = {member.name: member for member in manifest.members}
    found = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
    found.pop(_MANIFEST)
    if unnamed := sorted(found.keys() ^ (members.keys() | {SQLITE_FILE})):
        raise Refused(f"{source} is not as it was written: {unnamed[0]}. Nothing was changed.")
    for done, (name, path) in enumerate(found.items()):
        hear("Checking", done, len(found))
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if (path.stat().st_size, sha256) != (members[name].size_bytes, members[name].sha256):
            raise Refused(f"{source}: {name} is damaged. Nothing was changed.")
    secrets = folder / "secrets"
    if secrets.exists():
        secrets.chmod(0o700)


def _set_aside(data_dir: Path) -> Path | None:
    present = [path for name in _STATE if (path := data_dir / name).exists()]
    if not present:
        return None
    kept = Path(tempfile.mkdtemp(dir=data_dir, prefix=f"replaced-{now():%Y%m%d-%H%M%S}-"))
    worth_keeping = holds_state(data_dir)
    for path in present:
        path.rename(kept / path.name)
    if worth_keeping:
        return kept
    _remove_empty(kept)
    return None


def _remove_empty(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir()
    folder.rmdir()


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(files_below(path))

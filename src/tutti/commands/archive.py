"""The backup file: a gzipped tar with a manifest of checksums in front.

``manifest.json`` names every member with its SHA-256 and size; `restore` unpacks beside the data folder, checks all of
it, and only then puts it in place, so that a torn or altered backup changes nothing.
"""

import hashlib
import io
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from tutti.commands.failures import Refused
from tutti.kit.clock import now
from tutti.kit.db.database import SQLITE_FILE

_MANIFEST = "manifest.json"
_FOLDERS = ("objects", "secrets")
_REMADE = ("objects/covers",)  # resized covers are made again when someone looks at them
_PAGES_PER_STEP = 4096


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


def write_archive(data_dir: Path, target: Path) -> int:
    """Write the backup of ``data_dir`` to ``target``, whole or not at all; return its size in bytes.

    The database is copied by SQLite's online backup, which sees one consistent state while others write.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".tutti-backup-") as folder:
        snapshot = Path(folder) / SQLITE_FILE
        _copy_database(data_dir / SQLITE_FILE, snapshot)
        sources = {SQLITE_FILE: snapshot, **dict(_kept_files(data_dir))}
        members = [Member(name, path.stat().st_size, _sha256(path)) for name, path in sources.items()]
        packed = Path(folder) / "backup.tar.gz"
        with tarfile.open(packed, "w:gz", compresslevel=5) as tar:
            manifest = msgspec.json.encode(Manifest(1, now().isoformat(), members))
            info = tarfile.TarInfo(_MANIFEST)
            info.size = len(manifest)
            tar.addfile(info, io.BytesIO(manifest))
            for name, path in sources.items():
                tar.add(path, arcname=name, recursive=False)
        packed.chmod(0o600)  # it holds the signing keys
        packed.replace(target)
    return target.stat().st_size


def read_archive(source: Path, data_dir: Path) -> Path | None:
    """Put the backup ``source`` in place of what is in ``data_dir``; return where that was moved to, if there was any.

    Raises:
        Refused: the file is not a whole, unaltered backup. Nothing was changed then.
    """
    with tempfile.TemporaryDirectory(dir=data_dir, prefix=".restore-") as folder:
        unpacked = Path(folder)
        try:
            with tarfile.open(source, "r:gz") as tar:
                tar.extractall(unpacked, filter="data")
            manifest = msgspec.json.decode((unpacked / _MANIFEST).read_bytes(), type=Manifest)
        except (OSError, EOFError, tarfile.TarError, msgspec.MsgspecError) as error:
            raise Refused(f"{source} is not a whole Tutti backup: {error}") from error
        for member in manifest.members:
            path = unpacked / member.name
            if not path.is_file() or path.stat().st_size != member.size_bytes or _sha256(path) != member.sha256:
                raise Refused(f"{source}: {member.name} is damaged. Nothing was changed.")
        kept = _set_aside(data_dir)
        for name in (SQLITE_FILE, *_FOLDERS):
            if (unpacked / name).exists():
                shutil.move(unpacked / name, data_dir / name)
    return kept


def _set_aside(data_dir: Path) -> Path | None:
    present = [data_dir / name for name in (SQLITE_FILE, f"{SQLITE_FILE}-wal", f"{SQLITE_FILE}-shm", *_FOLDERS)]
    if not (data_dir / SQLITE_FILE).exists():
        for path in present:  # empty folders that a start has made
            if path.is_dir():
                shutil.rmtree(path)
        return None
    kept = data_dir / f"replaced-{now():%Y%m%d-%H%M%S}"
    kept.mkdir()
    for path in present:
        if path.exists():
            shutil.move(path, kept / path.name)
    return kept


def _copy_database(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy, pages=_PAGES_PER_STEP)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, no -wal beside it


def _kept_files(data_dir: Path) -> Iterator[tuple[str, Path]]:
    for folder in _FOLDERS:
        for path in sorted((data_dir / folder).rglob("*")):
            name = path.relative_to(data_dir).as_posix()
            if path.is_file() and not name.startswith(_REMADE):
                yield name, path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""What the scanner remembers of the disk: folders, files, and files that could not be read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.scanned import BadFile
from tutti.services.catalog.repository.upserting import insert_new
from tutti.services.catalog.tables import bad_files, files, folders


class KnownFolder(msgspec.Struct, frozen=True, gc=False):
    """A folder as the last scan left it; ``listing`` is None where that scan did not come to an end there."""

    id: str
    path: str
    cover_stamp: str | None
    listing: str | None


class KnownFile(msgspec.Struct, frozen=True, gc=False):
    """A file as it was when it was last read."""

    id: str
    folder_id: str
    path: str
    size_bytes: int
    mtime_ns: int
    lyrics_stamp: str | None
    fingerprint: str
    track_id: str
    missing: bool
    ignored: bool


class SeenFolder(msgspec.Struct, frozen=True, gc=False):
    """What to remember of a folder that was taken in whole."""

    path: str
    mtime_ns: int
    cover_name: str | None
    cover_stamp: str | None
    listing: str


_FOLDER = (folders.c.id, folders.c.path, folders.c.cover_stamp, folders.c.listing)
_FILE = (
    files.c.id,
    files.c.folder_id,
    files.c.path,
    files.c.size_bytes,
    files.c.mtime_ns,
    files.c.lyrics_stamp,
    files.c.fingerprint,
    files.c.track_id,
    files.c.missing_since,
    files.c.ignored,
)
_BAD = (bad_files.c.path, bad_files.c.size_bytes, bad_files.c.mtime_ns)


def find_folders(db: Connection, library_id: str, paths: Sequence[str]) -> dict[str, KnownFolder]:
    """Return the folders that are known among ``paths``, by path."""
    statement = sa.select(*_FOLDER).where(folders.c.library_id == library_id, folders.c.path.in_(paths))
    return {row[1]: KnownFolder(*row) for row in db.execute(statement)}


def find_folders_inside(db: Connection, folder_ids: Sequence[str]) -> list[tuple[str, KnownFolder]]:
    """Return the folders that are known inside ``folder_ids``, each with the id of the one it is in."""
    statement = sa.select(folders.c.parent_id, *_FOLDER).where(given(folders.c.parent_id, "ids"))
    return [(parent, KnownFolder(*row)) for parent, *row in db.execute(statement, {"ids": id_list(folder_ids)})]


def find_folders_below(db: Connection, library_id: str, path: str) -> list[str]:
    """Return the ids of the folder ``path`` and all below it."""
    below = folders.c.path.startswith(f"{path}/", autoescape=True)
    statement = sa.select(folders.c.id).where(folders.c.library_id == library_id, sa.or_(folders.c.path == path, below))
    return list(db.scalars(statement))


def find_files_in(db: Connection, folder_ids: Sequence[str]) -> list[KnownFile]:
    """Return the files that are known in these very folders, missing ones too."""
    statement = sa.select(*_FILE).where(given(files.c.folder_id, "ids"))
    return [known_file(row) for row in db.execute(statement, {"ids": id_list(folder_ids)})]


def find_files_at(db: Connection, library_id: str, paths: Sequence[str]) -> dict[str, KnownFile]:
    """Return the files that are known at these paths."""
    statement = sa.select(*_FILE).where(files.c.library_id == library_id, files.c.path.in_(paths))
    return {row.path: known_file(row) for row in db.execute(statement)}


def has_files(db: Connection, library_id: str) -> bool:
    """Whether the library had any file that was not missing."""
    present = sa.exists().where(files.c.library_id == library_id, files.c.missing_since.is_(None))
    return bool(db.scalar(sa.select(present)))


def find_bad(db: Connection, library_id: str, paths: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return size and mtime of the files among ``paths`` that could not be read the last time."""
    statement = sa.select(*_BAD).where(bad_files.c.library_id == library_id, bad_files.c.path.in_(paths))
    return {path: (size_bytes, mtime_ns) for path, size_bytes, mtime_ns in db.execute(statement)}


def find_bad_below(db: Connection, library_id: str, folder_paths: Sequence[str]) -> list[str]:
    """Return the paths of bad files that lie in these very folders."""
    statement = sa.select(bad_files.c.path).where(bad_files.c.library_id == library_id)
    wanted = set(folder_paths)
    return [path for path in db.scalars(statement) if path.rpartition("/")[0] in wanted]


def write_bad(db: Connection, library_id: str, found: Sequence[BadFile], at: datetime) -> None:
    """Note files that could not be read, in place of what was noted of them before."""
    forget_bad(db, library_id, [each.path for each in found])
    if found:
        rows = [{"library_id": library_id, "seen_at": at, **msgspec.structs.asdict(each)} for each in found]
        db.execute(sa.insert(bad_files), rows)


def forget_bad(db: Connection, library_id: str, paths: Sequence[str]) -> None:
    """Take files off the list of bad ones."""
    if paths:
        db.execute(sa.delete(bad_files).where(bad_files.c.library_id == library_id, bad_files.c.path.in_(paths)))


def ensure_folders(db: Connection, library_id: str, paths: Iterable[str]) -> dict[str, str]:
    """Return the ids of these folders, made with all those above them where they are not known yet."""
    wanted = sorted({above for path in paths for above in _way_to(path)})
    known = {path: folder.id for path, folder in find_folders(db, library_id, wanted).items()}
    rows: list[dict[str, Any]] = []
    for path in wanted:
        if path not in known:
            known[path] = new_id()
            parent, _, name = path.rpartition("/")
            rows.append(
                {
                    "id": known[path],
                    "library_id": library_id,
                    "parent_id": known[parent] if path else None,
                    "path": path,
                    "name": name,
                    "mtime_ns": 0,
                }
            )
    insert_new(db, folders, rows, ["library_id", "path"])
    return known


def remember_listings(db: Connection, library_id: str, seen: Sequence[SeenFolder]) -> None:
    """Remember folders as taken in whole; one that is not known holds nothing, and stays so."""
    if not seen:
        return
    this = sa.and_(folders.c.library_id == library_id, folders.c.path == sa.bindparam("at_path"))
    columns = ("mtime_ns", "cover_name", "cover_stamp", "listing")
    statement = sa.update(folders).where(this).values({name: sa.bindparam(f"new_{name}") for name in columns})
    rows = [{"at_path": each.path, **{f"new_{name}": getattr(each, name) for name in columns}} for each in seen]
    db.execute(statement, rows)


def remove_folders(db: Connection, folder_ids: Sequence[str]) -> None:
    """Forget folders that are gone, with no file in them any more."""
    statement = sa.delete(folders).where(
        given(folders.c.id, "ids"), sa.not_(sa.exists().where(files.c.folder_id == folders.c.id))
    )
    db.execute(statement, {"ids": id_list(folder_ids)})


def known_file(row: sa.Row[Any] | Sequence[Any]) -> KnownFile:
    """Make a `KnownFile` of its columns."""
    *columns, missing_since, ignored = row
    return KnownFile(*columns, missing_since is not None, bool(ignored))


def find_lost(db: Connection, library_id: str, fingerprints: Sequence[str]) -> list[KnownFile]:
    """Return files, missing or not, whose audio has one of these fingerprints, by path."""
    statement = sa.select(*_FILE).where(files.c.library_id == library_id, files.c.fingerprint.in_(fingerprints))
    return [known_file(row) for row in db.execute(statement.order_by(files.c.path))]


def _way_to(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["", *("/".join(parts[: n + 1]) for n in range(len(parts)))]

"""What the scanner remembers of the disk: folders, files, and files that could not be read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.bulk import update_rows
from tutti.services.catalog.repository.constructs import given, given_texts, id_list
from tutti.services.catalog.repository.fetching import fetch
from tutti.services.catalog.repository.scanned import BadFile
from tutti.services.catalog.repository.upserting import insert_new
from tutti.services.catalog.tables import (
    album_artists,
    albums,
    bad_files,
    credits_,
    files,
    folders,
    track_genres,
    tracks,
)


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
_FOLDERS_AT = sa.select(*_FOLDER).where(
    folders.c.library_id == sa.bindparam("library", type_=folders.c.library_id.type),
    given_texts(folders.c.path, "paths"),
)
_LISTINGS_AT = sa.select(folders.c.listing).where(
    folders.c.library_id == sa.bindparam("library", type_=folders.c.library_id.type),
    given_texts(folders.c.path, "paths"),
)
_FILES_AT = sa.select(*_FILE).where(
    files.c.library_id == sa.bindparam("library", type_=files.c.library_id.type), given_texts(files.c.path, "paths")
)
_FORGET_BAD = sa.delete(bad_files).where(
    bad_files.c.library_id == sa.bindparam("library", type_=bad_files.c.library_id.type),
    given_texts(bad_files.c.path, "paths"),
)


def find_listings(db: Connection, library_id: str, paths: Sequence[str]) -> set[str | None]:
    """Return what the last scan found in those of the folders ``paths`` that are known; None if in any it did not end.

    Each is the digest of the path too, so that one of them stands for one folder.
    """
    return {listing for (listing,) in fetch(db, _LISTINGS_AT, {"library": library_id, "paths": id_list(paths)})}


def find_folders(db: Connection, library_id: str, paths: Sequence[str]) -> dict[str, KnownFolder]:
    """Return the folders that are known among ``paths``, by path."""
    asked = {"library": library_id, "paths": id_list(paths)}
    return {row[1]: KnownFolder(*row) for row in fetch(db, _FOLDERS_AT, asked)}


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
    found = db.execute(_FILES_AT, {"library": library_id, "paths": id_list(paths)})
    return {row.path: known_file(row) for row in found}


def has_files(db: Connection, library_id: str) -> bool:
    """Whether the library had any file that was not missing."""
    present = sa.exists().where(files.c.library_id == library_id, files.c.missing_since.is_(None))
    return bool(db.scalar(sa.select(present)))


def knows_files(db: Connection, library_id: str) -> bool:
    """Whether the library has or had any file, be it missing."""
    return bool(db.scalar(sa.select(sa.exists().where(files.c.library_id == library_id))))


def write_bad(db: Connection, library_id: str, found: Sequence[BadFile], at: datetime) -> None:
    """Note files that could not be read, in place of what was noted of them before."""
    forget_bad(db, library_id, [each.path for each in found])
    if found:
        rows = [{"library_id": library_id, "seen_at": at, **msgspec.structs.asdict(each)} for each in found]
        db.execute(sa.insert(bad_files), rows)


def forget_bad(db: Connection, library_id: str, paths: Sequence[str]) -> None:
    """Take files off the list of bad ones."""
    if paths:
        db.execute(_FORGET_BAD, {"library": library_id, "paths": id_list(paths)})


def ensure_folders(db: Connection, library_id: str, paths: Iterable[str]) -> dict[str, str]:
    """Return the ids of these folders, made with all those above them where they are not known yet."""
    wanted = sorted({above for path in set(paths) for above in _way_to(path)})
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
    columns = ("path", "mtime_ns", "cover_name", "cover_stamp", "listing")
    rows = [{name: getattr(each, name) for name in columns} for each in seen]
    update_rows(db, folders, rows, by=("library_id", "path"), constant={"library_id": library_id})


def remove_folders(db: Connection, folder_ids: Sequence[str]) -> None:
    """Forget folders that are gone, with no file in them any more."""
    statement = sa.delete(folders).where(
        given(folders.c.id, "ids"), sa.not_(sa.exists().where(files.c.folder_id == folders.c.id))
    )
    db.execute(statement, {"ids": id_list(folder_ids)})


def known_file(row: Sequence[Any]) -> KnownFile:
    """Make a `KnownFile` of its columns."""
    id_, folder_id, path, size_bytes, mtime_ns, lyrics_stamp, fingerprint, track_id, missing_at, ignored = row
    return KnownFile(
        id=id_,
        folder_id=folder_id,
        path=path,
        size_bytes=size_bytes,
        mtime_ns=mtime_ns,
        lyrics_stamp=lyrics_stamp,
        fingerprint=fingerprint,
        track_id=track_id,
        missing=missing_at is not None,
        ignored=bool(ignored),
    )


def _way_to(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["", *("/".join(parts[: n + 1]) for n in range(len(parts)))]


class LostTrack(msgspec.Struct, frozen=True, gc=False):
    """A file that may be found elsewhere, with what its track says."""

    known: KnownFile
    title: str
    artist_name: str
    album_title: str | None
    disc_number: int
    track_number: int
    duration_ms: int
    mbid_recording: str | None
    mbid_release: str | None


def find_lost(
    db: Connection, library_id: str, fingerprints: Sequence[str], recordings: Sequence[str], titles: Sequence[str]
) -> list[LostTrack]:
    """Return files, present ones too, of the same audio, recording or sort title as given, by path."""
    columns = (
        tracks.c.title,
        tracks.c.artist_name,
        albums.c.title,
        tracks.c.disc_number,
        tracks.c.track_number,
        tracks.c.duration_ms,
        tracks.c.mbid_recording,
        albums.c.mbid_release,
    )
    joined = files.join(tracks, tracks.c.id == files.c.track_id).outerjoin(albums, albums.c.id == tracks.c.album_id)
    statement = sa.select(*_FILE, *columns).select_from(joined).where(files.c.library_id == library_id)
    alike = (
        files.c.fingerprint.in_(fingerprints),
        tracks.c.mbid_recording.in_(recordings),
        tracks.c.sort_title.in_(titles),
    )
    found: dict[str, LostTrack] = {}
    for condition, values in zip(alike, (fingerprints, recordings, titles), strict=True):
        if values:
            for row in db.execute(statement.where(condition)):
                found[row[0]] = LostTrack(known_file(row[: len(_FILE)]), *row[len(_FILE) :])
    return sorted(found.values(), key=lambda each: each.known.path)


def find_all_bad(db: Connection, library_id: str) -> list[tuple[str, int, int]]:
    """Return path, size and mtime of every file that could not be read the last time."""
    statement = sa.select(*_BAD).where(bad_files.c.library_id == library_id)
    return [(path, size_bytes, mtime_ns) for path, size_bytes, mtime_ns in db.execute(statement)]


def has_missing(db: Connection, library_id: str) -> bool:
    """Whether any file of the library is missing; looks at every row if none is."""
    missing = sa.exists().where(files.c.library_id == library_id, files.c.missing_since.is_not(None))
    return bool(db.scalar(sa.select(missing)))


def refresh_statistics(db: Connection) -> None:
    """Let the planner know what the tables hold now."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA analysis_limit = 400")
        db.exec_driver_sql("PRAGMA optimize = 0x10002")
    else:
        for table in (tracks, albums, files):
            db.exec_driver_sql(f"ANALYZE {table.name}")


def find_all_counted(db: Connection, library_id: str) -> tuple[list[str], list[str]]:
    """Return all artists and genres that have to do with a library."""
    of_tracks = sa.select(credits_.c.artist_id).join(tracks, tracks.c.id == credits_.c.track_id)
    of_albums = sa.select(album_artists.c.artist_id).join(albums, albums.c.id == album_artists.c.album_id)
    artist_ids = sa.union(
        of_tracks.where(tracks.c.library_id == library_id), of_albums.where(albums.c.library_id == library_id)
    )
    genre_ids = sa.select(track_genres.c.genre_id).join(tracks, tracks.c.id == track_genres.c.track_id)
    in_genres = genre_ids.where(tracks.c.library_id == library_id).distinct()
    return list(db.scalars(artist_ids)), list(db.scalars(in_genres))

"""Libraries: named folders, and who sees them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.api import BadFile, Library, Original, Scan, Viewer
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.covers import give_up_covers
from tutti.services.catalog.repository.editing import Touched, settle
from tutti.services.catalog.repository.overrides import remove_overrides
from tutti.services.catalog.repository.scan_log import find_last_scan
from tutti.services.catalog.repository.visibility import find_sight, sight_of, track_in_sight
from tutti.services.catalog.tables import (
    FOLDER,
    PROCESSING,
    album_aliases,
    albums,
    artist_libraries,
    bad_files,
    files,
    libraries,
    library_users,
    tracks,
)


class LibraryRow(msgspec.Struct, frozen=True):
    """A library as it is stored."""

    id: str
    name: str
    path: str
    everyone: bool
    watch: bool
    kind: Literal["folder", "uploads"] = "folder"

    @property
    def has_folder(self) -> bool:
        """Whether there is anything to scan and to watch."""
        return self.kind == FOLDER


_COLUMNS = (
    libraries.c.id,
    libraries.c.name,
    libraries.c.path,
    libraries.c.everyone,
    libraries.c.watch,
    libraries.c.kind,
)


def lock_libraries(db: Connection) -> None:
    """Let nobody else make or rename a library until the transaction ends: for what has to look at the others first.

    SQLite has one writer, so there it holds anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("catalog libraries"))))


def list_rows(db: Connection) -> list[LibraryRow]:
    """Return every library, by name."""
    return [LibraryRow(*row) for row in db.execute(sa.select(*_COLUMNS).order_by(libraries.c.name))]


def find_row(db: Connection, library_id: str) -> LibraryRow | None:
    """Return a library, whoever asks."""
    row = db.execute(sa.select(*_COLUMNS).where(libraries.c.id == library_id)).first()
    return LibraryRow(*row) if row else None


def list_libraries(db: Connection, viewer: Viewer) -> list[Library]:
    """Return the libraries that ``viewer`` sees, by name."""
    sight = find_sight(db, viewer)
    rows = [row for row in list_rows(db) if sight.library_ids is None or row.id in sight.library_ids]
    return [_library(db, row, viewer) for row in rows]


def find_library(db: Connection, library_id: str, viewer: Viewer) -> Library | None:
    """Return a library; None where there is none, or not for ``viewer``."""
    row = find_row(db, library_id)
    sight = find_sight(db, viewer)
    if row is None or (sight.library_ids is not None and row.id not in sight.library_ids):
        return None
    return _library(db, row, viewer)


def insert_library(db: Connection, row: LibraryRow, user_ids: Sequence[str], at: datetime) -> None:
    """Write a new library."""
    db.execute(sa.insert(libraries).values(**msgspec.structs.asdict(row), created_at=at))
    set_users(db, row.id, user_ids)


def update_library(db: Connection, library_id: str, values: Mapping[str, Any]) -> None:
    """Write columns of a library."""
    db.execute(sa.update(libraries).where(libraries.c.id == library_id).values(dict(values)))


def set_users(db: Connection, library_id: str, user_ids: Sequence[str]) -> None:
    """Say who sees a library that is not for everyone."""
    db.execute(sa.delete(library_users).where(library_users.c.library_id == library_id))
    rows = [{"library_id": library_id, "user_id": user_id} for user_id in dict.fromkeys(user_ids)]
    if rows:
        db.execute(sa.insert(library_users), rows)


def find_tracks_of(db: Connection, library_id: str, limit: int) -> list[str]:
    """Return up to ``limit`` tracks of a library."""
    return list(db.scalars(sa.select(tracks.c.id).where(tracks.c.library_id == library_id).limit(limit)))


def delete_library(db: Connection, library_id: str) -> None:
    """Delete a library whose tracks are gone already, with what the scanner knew of it."""
    left = list(db.scalars(sa.select(albums.c.id).where(albums.c.library_id == library_id)))
    remove_overrides(db, "album", left)
    asked = {"ids": id_list(left)}
    db.execute(sa.delete(album_aliases).where(given(album_aliases.c.album_id, "ids")), asked)
    db.execute(sa.delete(albums).where(given(albums.c.id, "ids")), asked)
    db.execute(sa.delete(artist_libraries).where(artist_libraries.c.library_id == library_id))
    give_up_covers(db, library_id)
    db.execute(sa.delete(libraries).where(libraries.c.id == library_id))
    settle(db, Touched(album_ids=set(left)))


def list_bad_files(db: Connection, library_id: str, after: str | None, limit: int) -> list[BadFile]:
    """Return bad files by path, one more than ``limit``."""
    columns = (bad_files.c.path, bad_files.c.size_bytes, bad_files.c.reason, bad_files.c.seen_at)
    statement = sa.select(*columns).where(bad_files.c.library_id == library_id)
    if after is not None:
        statement = statement.where(bad_files.c.path > after)
    return [BadFile(*row) for row in db.execute(statement.order_by(bad_files.c.path).limit(limit + 1))]


def list_missing(db: Connection, library_id: str, after: str | None, limit: int) -> list[str]:
    """Return ids of tracks whose files are missing, in order, one more than ``limit``."""
    missing = sa.and_(files.c.library_id == library_id, files.c.missing_since.is_not(None), sa.not_(files.c.ignored))
    statement = sa.select(files.c.track_id).where(missing)
    if after is not None:
        statement = statement.where(files.c.track_id > after)
    return list(db.scalars(statement.order_by(files.c.track_id).limit(limit + 1)))


_ORIGINAL = (
    sa.select(
        tracks.c.id,
        libraries.c.path,
        files.c.path,
        files.c.size_bytes,
        files.c.mtime_ns,
        tracks.c.mime,
        tracks.c.codec,
        tracks.c.duration_ms,
        tracks.c.bit_rate_kbps,
        tracks.c.sample_rate_hz,
        tracks.c.bit_depth,
        tracks.c.channels,
        files.c.fingerprint,
        files.c.storage_key,
        files.c.digest,
    )
    .join(files, files.c.track_id == tracks.c.id)
    .join(libraries, libraries.c.id == files.c.library_id)
    .where(
        # An upload's original is stored before its track is made: who sees the track may hear it at once.
        sa.or_(tracks.c.present, tracks.c.state == PROCESSING),
        tracks.c.id == sa.bindparam("track_id", type_=tracks.c.id.type),
    )
)


def find_original(db: Connection, track_id: str, viewer: Viewer) -> Original | None:
    """Return the file of a track; None where there is none, it is missing, or not for ``viewer``.

    The path of one that lies in storage is left empty.
    """
    sight = sight_of(viewer)
    statement = _ORIGINAL if sight.viewer_id is None else _ORIGINAL.where(track_in_sight())
    row = db.execute(statement, {"track_id": track_id, **sight.parameters}).first()
    if row is None:
        return None
    id_, root, path, *rest = row
    return Original(id_, "" if row.storage_key else f"{root.rstrip('/')}/{path}", *rest)


def _library(db: Connection, row: LibraryRow, viewer: Viewer) -> Library:
    def count(table: sa.Table, *conditions: sa.ColumnElement[bool]) -> int:
        statement = sa.select(sa.func.count()).select_from(table).where(table.c.library_id == row.id, *conditions)
        return db.scalar(statement) or 0

    users = sa.select(library_users.c.user_id).where(library_users.c.library_id == row.id)
    last: Scan | None = find_last_scan(db, row.id)
    return Library(
        id=row.id,
        name=row.name,
        kind=row.kind,
        path=row.path if viewer.is_admin and row.has_folder else None,
        everyone=row.everyone,
        user_ids=list(db.scalars(users)) if viewer.is_admin else [],
        watch=row.watch,
        track_count=(
            count(files, files.c.missing_since.is_(None), sa.not_(files.c.ignored))
            if row.has_folder
            else count(tracks, tracks.c.present)
        ),
        missing_count=count(files, files.c.missing_since.is_not(None), sa.not_(files.c.ignored)),
        bad_file_count=count(bad_files),
        last_scan=last,
    )

"""A library on disk and its catalogue: scanned for real, and compared by what things are called, not by their ids."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.clock import now
from tutti.kit.db import Database, Hold
from tutti.kit.live import Live
from tutti.services.catalog.api import Scan
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.repository import libraries
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanner.scan import Job, ScanRun
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.tables import (
    album_artists,
    album_genres,
    albums,
    artist_libraries,
    artists,
    bad_files,
    credits_,
    files,
    genres,
    lyrics,
    search_entries,
    track_genres,
    tracks,
)

LIBRARY_ID = "01900000-0000-7000-8000-0000000000cc"
Rows = dict[str, Any]
# What depends on when something was scanned, or is compared by name instead.
_NOT_COMPARED = {"id", "album_id", "library_id", "added_at", "updated_at", "last_played_at", "play_count", "rating"}


class Scanned:
    """One library in one database."""

    def __init__(self, db: Database, root: Path, settings: CatalogSettings | None = None) -> None:
        self.db = db
        self.root = root
        self.settings = settings or CatalogSettings(scan_workers=1, scan_batch=7, scan_chunk=3)

    async def add(self) -> "Scanned":
        self.root.mkdir(parents=True, exist_ok=True)
        row = LibraryRow(LIBRARY_ID, "Music", str(self.root), everyone=True, watch=False)
        await self.db.write(libraries.insert_library, row, [], now())
        return self

    async def scan(self, *, full: bool = False, folders: Iterable[str] | None = None) -> Scan:
        progress = Progress(LIBRARY_ID, Live(), full=full)
        job = Job(LIBRARY_ID, str(self.root), full=full, folders=None if folders is None else tuple(folders))
        await ScanRun(self.db, Hold("scan"), self.settings, job, progress).run()
        progress.end("done")
        return progress.scan

    async def track_ids(self, *, missing: bool = False) -> dict[str, str]:
        """The ids of tracks by path, present ones or missing ones."""
        away = files.c.missing_since.is_not(None) if missing else files.c.missing_since.is_(None)
        return await self.db.read(
            lambda db: dict(db.execute(sa.select(files.c.path, files.c.track_id).where(away)).all())
        )

    async def catalogue(self) -> Rows:
        """Everything that people see, by names."""
        return await self.db.read(read_catalogue)


class Shelves:
    """Several libraries in one database, and the services that make, scan and delete them."""

    def __init__(self, db: Database, root: Path) -> None:
        self.db = db
        self.root = root
        settings = CatalogSettings(scan_workers=1)
        self.libraries = LibraryService(db, settings, root / "data")
        self.scans = ScanService(db, Live(), settings, self.libraries, CoverDescriptions(db))

    async def add(self, name: str) -> str:
        """Make a library of the folder ``name``; return its id."""
        (self.root / name).mkdir(exist_ok=True)
        new = NewLibrary(name=name, path=str(self.root / name), watch=False)
        return (await self.libraries.create_library(new)).id


def read_catalogue(db: Connection) -> Rows:
    return {
        "tracks": _tracks(db),
        "albums": _albums(db),
        "artists": _artists(db),
        "genres": _rows(
            db,
            sa.select(genres.c.name_key, genres.c.album_count, genres.c.track_count).where(genres.c.track_count > 0),
        ),
        "bad": _rows(db, sa.select(bad_files.c.path, bad_files.c.reason, bad_files.c.size_bytes)),
    }


def _tracks(db: Connection) -> list[Any]:
    columns = [column for column in tracks.c if column.name not in _NOT_COMPARED]
    joined = tracks.join(files, files.c.track_id == tracks.c.id).outerjoin(albums, albums.c.id == tracks.c.album_id)
    statement = sa.select(tracks.c.id, files.c.path, albums.c.identity_key, *columns).select_from(joined)
    found: list[Any] = []
    for id_, *values in db.execute(statement.where(tracks.c.present)):
        credited = sa.select(
            credits_.c.role, credits_.c.position, credits_.c.name, artists.c.name_key, credits_.c.detail
        )
        credited = credited.join(artists, artists.c.id == credits_.c.artist_id).where(credits_.c.track_id == id_)
        in_genres = sa.select(genres.c.name_key).join(track_genres, track_genres.c.genre_id == genres.c.id)
        words = sa.select(lyrics.c.plain, lyrics.c.synced).where(lyrics.c.track_id == id_)
        linked = (credited, in_genres.where(track_genres.c.track_id == id_), words, _searched(id_))
        found.append([*values, *(_rows(db, each) for each in linked)])
    return sorted(found, key=repr)


def _albums(db: Connection) -> list[Any]:
    columns = [column for column in albums.c if column.name not in _NOT_COMPARED]
    found: list[Any] = []
    for id_, *values in db.execute(sa.select(albums.c.id, *columns).where(albums.c.track_count > 0)):
        leaders = sa.select(album_artists.c.position, album_artists.c.name, artists.c.name_key)
        leaders = leaders.join(artists, artists.c.id == album_artists.c.artist_id)
        in_genres = sa.select(genres.c.name_key).join(album_genres, album_genres.c.genre_id == genres.c.id)
        linked = (
            leaders.where(album_artists.c.album_id == id_),
            in_genres.where(album_genres.c.album_id == id_),
            _searched(id_),
        )
        found.append([*values, *(_rows(db, each) for each in linked)])
    return sorted(found, key=repr)


def _artists(db: Connection) -> list[Any]:
    columns = [column for column in artists.c if column.name not in _NOT_COMPARED]
    there = sa.exists().where(artist_libraries.c.artist_id == artists.c.id)
    found: list[Any] = []
    for id_, *values in db.execute(sa.select(artists.c.id, *columns).where(there)):
        seen_in = sa.select(artist_libraries.c.library_id, artist_libraries.c.track_count)
        linked = (seen_in.where(artist_libraries.c.artist_id == id_), _searched(id_))
        found.append([*values, *(_rows(db, each) for each in linked)])
    return sorted(found, key=repr)


def _searched(entity_id: str) -> sa.Select[Any]:
    return sa.select(search_entries.c.body).where(search_entries.c.entity_id == entity_id)


def _rows(db: Connection, statement: sa.Select[Any]) -> list[Any]:
    return sorted((list(row) for row in db.execute(statement)), key=repr)

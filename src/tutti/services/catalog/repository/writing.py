"""Writes a batch of files that were read, in as few statements as there are tables."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import asdict, astuple
from sqlalchemy import Connection

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.bulk import insert_rows, insert_values, update_rows
from tutti.services.catalog.repository.constructs import given, given_texts, id_list
from tutti.services.catalog.repository.editing import Touched
from tutti.services.catalog.repository.overrides import keep_overrides
from tutti.services.catalog.repository.scanned import ScannedFile, TrackColumns
from tutti.services.catalog.repository.scanning import KnownFile, ensure_folders, forget_bad
from tutti.services.catalog.repository.search import Entry, index_bodies, insert_bodies
from tutti.services.catalog.repository.upserting import insert_new, point_to_covers, resolve_artists, resolve_genres
from tutti.services.catalog.tables import (
    album_aliases,
    album_artists,
    albums,
    credits_,
    files,
    lyrics,
    overrides,
    track_genres,
    tracks,
)

Row = dict[str, Any]
_OF_FILE = ("path", "size_bytes", "mtime_ns", "lyrics_stamp", "fingerprint", "album_tags")
_OF_CREDIT = ("track_id", "role", "position", "artist_id", "name", "detail", "sort_name", "mbid")
LOST_MARK = "//"
"""Parts a path that another file has taken from what makes it unique still; no real path holds it."""
_SET_ASIDE = (
    sa.update(files)
    .where(
        files.c.library_id == sa.bindparam("library", type_=files.c.library_id.type), given_texts(files.c.path, "paths")
    )
    .values(path=files.c.path + LOST_MARK + sa.cast(files.c.id, sa.Text))
)


class Placed(msgspec.Struct, frozen=True):
    """A file that was read, and the one it was known as: at this path or another; None for a new track."""

    file: ScannedFile
    known: KnownFile | None
    track_id: str | None = None
    """The id that a new track has to have, where it has one already."""


def write_files(db: Connection, library_id: str, placed: Sequence[Placed], at: datetime) -> tuple[Touched, list[str]]:
    """Write the tracks of these files with all that hangs on them.

    Returns:
        What has to be counted and derived again, and the tracks' ids in the order of the files.
    """
    writing = _Writing(db, library_id, placed, at)
    old = [each.known.track_id for each in placed if each.known]
    touched = find_touched_by(db, old)
    writing.write_tracks()
    writing.write_files()
    writing.write_links(old)
    point_to_covers(db, library_id, [each.file.cover for each in placed if each.file.cover])
    forget_bad(db, library_id, [each.file.path for each in placed])
    writing.index()
    touched.join(writing.touched)
    return touched, [id_ for id_, _ in writing.by_track]


def find_touched_by(db: Connection, track_ids: Sequence[str]) -> Touched:
    """Return what hangs on tracks, as it stands."""
    touched = Touched(track_ids=set(track_ids))
    if track_ids:
        asked = {"ids": id_list(track_ids)}
        of_albums = sa.select(tracks.c.album_id).where(given(tracks.c.id, "ids"), tracks.c.album_id.is_not(None))
        touched.album_ids.update(db.scalars(of_albums, asked))
        leading = sa.select(album_artists.c.artist_id).where(given(album_artists.c.album_id, "ids"))
        touched.artist_ids.update(db.scalars(leading, {"ids": id_list(touched.album_ids)}))
        touched.artist_ids.update(db.scalars(sa.select(credits_.c.artist_id).where(_of_tracks(credits_)), asked))
        touched.genre_ids.update(db.scalars(sa.select(track_genres.c.genre_id).where(_of_tracks(track_genres)), asked))
    return touched


def resolve_albums(db: Connection, library_id: str, found: Sequence[ScannedFile], at: datetime) -> dict[str, str]:
    """Return the ids of the files' albums by key; unknown ones are made, of what their first file says."""
    by_key = {each.album_key: each for each in reversed(found) if each.album_key is not None}
    full = {key: f"{library_id}:{key}" for key in by_key}
    ids: dict[str, str] = {}
    for key_column, id_column in (
        (albums.c.identity_key, albums.c.id),
        (album_aliases.c.identity_key, album_aliases.c.album_id),  # a merged name counts first
    ):
        statement = sa.select(key_column, id_column).where(given_texts(key_column, "keys"))
        ids |= {row[0]: row[1] for row in db.execute(statement, {"keys": id_list(full.values())})}
    new = [_new_album(library_id, full[key], each, at) for key, each in by_key.items() if full[key] not in ids]
    insert_new(db, albums, new, ["identity_key"])
    ids |= {row["identity_key"]: row["id"] for row in new}
    return {key: ids[full_key] for key, full_key in full.items()}


class _Writing:
    """One batch on its way into the tables."""

    def __init__(self, db: Connection, library_id: str, placed: Sequence[Placed], at: datetime) -> None:
        self._db = db
        self._library_id = library_id
        self._placed = placed
        self._at = at
        self.by_track = [(each.known.track_id if each.known else each.track_id or new_id(), each) for each in placed]
        found = [each.file for each in placed]
        self._albums = resolve_albums(db, library_id, found, at)
        artists = {credit.name_key: credit for each in found for credit in each.credits}
        self._artists = resolve_artists(db, artists, at)
        self._genres = resolve_genres(db, {name.name_key: name for each in found for name in each.genres})
        self.touched = Touched(
            track_ids={id_ for id_, _ in self.by_track},
            album_ids=set(self._albums.values()),
            artist_ids=set(self._artists.values()),
            genre_ids=set(self._genres.values()),
        )

    def write_tracks(self) -> None:
        new = (
            (id_, self._album_of(each), *astuple(each.file.columns)) for id_, each in self.by_track if not each.known
        )
        constant = {"library_id": self._library_id, "present": True, "added_at": self._at, "updated_at": self._at}
        insert_values(self._db, tracks, ("id", "album_id", *TrackColumns.__struct_fields__), new, constant=constant)
        changed = {id_: self._track_row(id_, each) for id_, each in self.by_track if each.known}
        if changed:
            kept = keep_overrides(self._db, "track", changed)
            update_rows(self._db, tracks, list(kept.values()), by=("id",), constant={"updated_at": self._at})

    def _track_row(self, track_id: str, each: Placed) -> Row:
        return {
            **asdict(each.file.columns),
            "id": track_id,
            "library_id": self._library_id,
            "album_id": self._album_of(each),
            "present": True,
        }

    def _album_of(self, each: Placed) -> str | None:
        key = each.file.album_key
        return self._albums[key] if key is not None else None

    def write_files(self) -> None:
        folders = [each.file.folder for each in self._placed]
        folder_ids = ensure_folders(self._db, self._library_id, folders)
        known = [each.known.id for each in self._placed if each.known]
        # Files that change places would meet on the way, so what is known makes room first.
        if known:
            self._db.execute(sa.delete(files).where(given(files.c.id, "ids")), {"ids": id_list(known)})
        # A file that is lost keeps its row, but not the path where another lies now.
        paths = id_list(each.file.path for each in self._placed)
        self._db.execute(_SET_ASIDE, {"library": self._library_id, "paths": paths})
        rows = (
            (each.known.id if each.known else new_id(), id_, folder_ids[folder], *_of_file(each.file))
            for (id_, each), folder in zip(self.by_track, folders, strict=True)
        )
        constant = {"library_id": self._library_id, "missing_since": None, "ignored": False}
        insert_values(self._db, files, ("id", "track_id", "folder_id", *_OF_FILE), rows, constant=constant)

    def write_links(self, old: Sequence[str]) -> None:
        kept = self._set_by_hand(old)
        if old:
            asked = {"ids": id_list(old)}
            by_hand = sa.and_(credits_.c.role == "artist", given(credits_.c.track_id, "artists"))
            statement = sa.delete(credits_).where(_of_tracks(credits_), sa.not_(by_hand))
            self._db.execute(statement, {**asked, "artists": id_list(kept["artists"])})
            others = {"ids": id_list(set(old) - kept["genres"])}
            self._db.execute(sa.delete(track_genres).where(_of_tracks(track_genres)), others)
            self._db.execute(sa.delete(lyrics).where(_of_tracks(lyrics)), asked)
        insert_values(self._db, credits_, _OF_CREDIT, self._credit_rows(kept["artists"]))
        insert_values(self._db, track_genres, ("track_id", "genre_id"), self._genre_rows(kept["genres"]))
        insert_rows(
            self._db,
            lyrics,
            [
                {
                    "track_id": id_,
                    "plain": each.file.lyrics.plain,
                    "synced": [list(line) for line in each.file.lyrics.synced],
                }
                for id_, each in self.by_track
                if each.file.lyrics
            ],
        )

    def index(self) -> None:
        """Make the tracks findable. Nobody has to look what is there under an id that was made here."""
        fresh: list[Entry] = []
        others: list[Entry] = []
        for id_, each in self.by_track:
            made_here = each.known is None and each.track_id is None
            (fresh if made_here else others).append(("track", id_, each.file.search_body))
        insert_bodies(self._db, fresh)
        index_bodies(self._db, others)

    def _set_by_hand(self, old: Sequence[str]) -> dict[str, set[str]]:
        kept: dict[str, set[str]] = {"artists": set(), "genres": set()}
        if old:
            self._remember_scanned_names()
            found = sa.select(overrides.c.field, overrides.c.entity_id).where(
                overrides.c.kind == "track", overrides.c.field.in_(list(kept)), given(overrides.c.entity_id, "ids")
            )
            for field, track_id in self._db.execute(found, {"ids": id_list(old)}):
                kept[field].add(track_id)
        return kept

    def _remember_scanned_names(self) -> None:
        known = {
            id_: {
                "artists": [credit.name for credit in each.file.credits if credit.role == "artist"],
                "genres": [name.name for name in each.file.genres],
            }
            for id_, each in self.by_track
            if each.known
        }
        keep_overrides(self._db, "track", known)

    def _credit_rows(self, kept: set[str]) -> Iterator[tuple[str | int | None, ...]]:
        for id_, each in self.by_track:
            seen: set[tuple[str, str, str | None]] = set()
            positions: dict[str, int] = {}
            for name, key, _, role, detail, sort_name, mbid in map(astuple, each.file.credits):
                artist_id = self._artists[key]
                this = (role, artist_id, detail)
                if this in seen or (role == "artist" and id_ in kept):
                    continue
                seen.add(this)
                position = positions.get(role, 0)
                yield id_, role, position, artist_id, name, detail, sort_name, mbid
                positions[role] = position + 1

    def _genre_rows(self, kept: set[str]) -> Iterator[tuple[str, str]]:
        for id_, each in self.by_track:
            if id_ not in kept:
                for genre_id in dict.fromkeys([self._genres[name.name_key] for name in each.file.genres]):
                    yield id_, genre_id


def _of_file(file: ScannedFile) -> tuple[Any, ...]:
    return file.path, file.size_bytes, file.mtime_ns, file.lyrics_stamp, file.fingerprint, file.album


def _new_album(library_id: str, identity_key: str, each: ScannedFile, at: datetime) -> Row:
    return {
        "id": new_id(),
        "library_id": library_id,
        "identity_key": identity_key,
        "title": each.album.title if each.album else "",
        "sort_title": each.album.sort_title if each.album else "",
        "artist_name": "",
        "sort_artist": "",
        "added_at": at,
        "updated_at": at,
    }


def _of_tracks(table: sa.Table) -> sa.ColumnElement[bool]:
    return given(table.c.track_id, "ids")

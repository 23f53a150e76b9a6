"""Uploaded tracks on their way into the catalogue and out of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.deriving import SortKey, derive_albums, derive_artists
from tutti.services.catalog.repository.editing import Reached, Touched
from tutti.services.catalog.repository.libraries import lock_libraries
from tutti.services.catalog.repository.overrides import remove_overrides
from tutti.services.catalog.repository.presence import drop_empty_albums, mark_missing, purge_tracks
from tutti.services.catalog.repository.removing import remove_track
from tutti.services.catalog.repository.scanned import ScannedFile
from tutti.services.catalog.repository.search import reindex, remove_entities
from tutti.services.catalog.repository.statistics import recompute
from tutti.services.catalog.repository.visibility import in_sight
from tutti.services.catalog.repository.writing import Placed, find_touched_by, write_files
from tutti.services.catalog.tables import (
    FAILED,
    PROCESSING,
    READY,
    UPLOADS,
    album_artists,
    albums,
    artist_aliases,
    artists,
    credits_,
    files,
    libraries,
    tracks,
)

LIBRARY_NAME = "Uploads"


class UploadRow(msgspec.Struct, frozen=True):
    """An upload as the catalogue has it."""

    library_id: str
    withdrawn: bool
    """Whether its track was deleted; then only these two are known."""
    state: str | None
    uploader_id: str | None
    title: str | None
    artist_name: str | None
    duration_ms: int | None


class SameAudio(msgspec.Struct, frozen=True):
    """A track that has the audio of another."""

    track_id: str
    title: str
    artist_name: str
    duration_ms: int


class NewUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What to write of one."""

    track_id: str
    uploader_id: str
    storage_key: str
    digest: str
    file: ScannedFile


class Analysis(msgspec.Struct, frozen=True, kw_only=True):
    """What media measured: what the tags say goes before, but for the duration."""

    duration_ms: int
    gain_db: float | None
    peak: float | None


_UPLOAD = (
    files.c.library_id,
    files.c.ignored,
    tracks.c.state,
    tracks.c.uploader_id,
    tracks.c.title,
    tracks.c.artist_name,
    tracks.c.duration_ms,
)


def ensure_library(db: Connection, at: datetime) -> str:
    """Return the library of uploads, made if need be, and hold it until the transaction ends.

    Held, so that two uploads of the same audio at once do not both find that there is none yet.
    """
    held = sa.select(libraries.c.id).where(libraries.c.kind == UPLOADS).with_for_update()
    found = db.scalar(held)
    if found is not None:
        return found
    lock_libraries(db)  # none may be given the name that is free now
    row = {"id": new_id(), "name": _free_name(db), "path": "", "everyone": True, "watch": False}
    insert = (sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert)(libraries)
    # Of two at once the second waits for the first, and then finds its row; name and path both say that it is there.
    db.execute(insert.values(**row, created_at=at, kind=UPLOADS).on_conflict_do_nothing())
    return db.execute(held).scalar_one()


def find_upload(db: Connection, track_id: str) -> UploadRow | None:
    """Return the upload that became (or becomes) this track; None where there is none."""
    joined = files.outerjoin(tracks, tracks.c.id == files.c.track_id)
    statement = sa.select(*_UPLOAD).select_from(joined).where(files.c.track_id == track_id)
    row = db.execute(statement.where(files.c.storage_key.is_not(None))).first()
    return UploadRow(*row) if row else None


def find_same_audio(db: Connection, fingerprint: str, track_id: str, user_id: str) -> SameAudio | None:
    """Return the oldest other track of this audio that the user sees; None where there is none."""
    own = tracks.c.uploader_id == sa.bindparam("in_sight", type_=tracks.c.uploader_id.type)
    there = sa.or_(sa.and_(own, tracks.c.state != FAILED), sa.and_(tracks.c.present, in_sight(tracks.c.library_id)))
    statement = (
        sa.select(tracks.c.id, tracks.c.title, tracks.c.artist_name, tracks.c.duration_ms)
        .join(files, files.c.track_id == tracks.c.id)
        .where(files.c.fingerprint == fingerprint, files.c.missing_since.is_(None), tracks.c.id != track_id, there)
        .order_by(tracks.c.added_at, tracks.c.id)
        .limit(1)
    )
    row = db.execute(statement, {"in_sight": user_id}).first()
    return SameAudio(*row) if row else None


def insert_upload(db: Connection, library_id: str, new: NewUpload, sort_key: SortKey, at: datetime) -> None:
    """Write a track that nobody is shown yet but its uploader, and call its album what the track says."""
    write_files(db, library_id, [Placed(new.file, None, new.track_id)], at)
    hidden = {"state": PROCESSING, "present": False, "uploader_id": new.uploader_id}
    db.execute(sa.update(tracks).where(tracks.c.id == new.track_id).values(hidden))
    origin = {"storage_key": new.storage_key, "digest": new.digest}
    db.execute(sa.update(files).where(files.c.track_id == new.track_id).values(origin))
    settle_uploads(db, find_touched_by(db, [new.track_id]), sort_key, at)


def make_ready(db: Connection, track_id: str, analysis: Analysis, at: datetime) -> None:
    """Show a track to everyone who sees the library; `settle_uploads` has to follow."""
    values: dict[str, Any] = {
        "state": READY,
        "present": True,
        "track_gain_db": sa.func.coalesce(tracks.c.track_gain_db, analysis.gain_db),
        "track_peak": sa.func.coalesce(tracks.c.track_peak, analysis.peak),
        "added_at": at,
        "updated_at": at,
    }
    if analysis.duration_ms > 0:  # a header's estimate otherwise, of an MPEG stream without a table of contents
        values["duration_ms"] = analysis.duration_ms
    db.execute(sa.update(tracks).where(tracks.c.id == track_id).values(values))


def mark_failed(db: Connection, track_id: str, at: datetime) -> None:
    """Show a track to nobody any more. It stays for a while, since the work on it may be tried again."""
    values = {"state": FAILED, "cover_id": None, "updated_at": at}
    this = sa.and_(tracks.c.id == track_id, tracks.c.state == PROCESSING)
    if not db.execute(sa.update(tracks).where(this).values(values)).rowcount:
        return
    album_ids = find_touched_by(db, [track_id]).album_ids
    derive_albums(db, album_ids, at)
    # What it alone had said is unsaid; where nothing else is on the album, its cover may go too.
    deserted = sa.not_(sa.exists().where(tracks.c.album_id == albums.c.id, tracks.c.state != FAILED))
    bare = sa.update(albums).where(given(albums.c.id, "ids"), deserted).values(cover_id=None)
    db.execute(bare, {"ids": id_list(album_ids)})


def purge_failed(db: Connection, before: datetime, limit: int) -> int:
    """Forget up to ``limit`` tracks that failed before a time; return how many."""
    failed = sa.and_(tracks.c.uploader_id.is_not(None), tracks.c.state == FAILED, tracks.c.updated_at < before)
    track_ids = list(db.scalars(sa.select(tracks.c.id).where(failed).limit(limit)))
    if track_ids:
        artist_ids = find_touched_by(db, track_ids).artist_ids
        purge_tracks(db, track_ids)
        _drop_forgotten_artists(db, artist_ids)
    return len(track_ids)


def remove_upload(db: Connection, track_id: str, sort_key: SortKey, at: datetime) -> Reached:
    """Delete a track, and its album where that is empty then; that it was there stays known. Return what it reached."""
    touched = find_touched_by(db, [track_id])
    reached = remove_track(db, track_id)
    touched.album_ids.difference_update(drop_empty_albums(db, touched.album_ids))
    settle_uploads(db, touched, sort_key, at)
    _drop_forgotten_artists(db, touched.artist_ids)
    return reached


def settle_uploads(db: Connection, touched: Touched, sort_key: SortKey, at: datetime) -> None:
    """Count, name and index everything anew that hangs on tracks which came, changed or went."""
    recompute(db, sorted(touched.album_ids), [], [])
    leaders = derive_albums(db, touched.album_ids, at)
    artist_ids = sorted(touched.artist_ids | leaders)
    derive_artists(db, artist_ids, sort_key, at)
    recompute(db, [], artist_ids, sorted(touched.genre_ids))
    reindex(db, track_ids=sorted(touched.track_ids))


def lose_audio(db: Connection, track_id: str, at: datetime) -> Touched | None:
    """Note that an uploaded track has no sound any more; None where there is none, or it had none before."""
    here = sa.and_(files.c.track_id == track_id, files.c.storage_key.is_not(None), files.c.missing_since.is_(None))
    file_id = db.scalar(sa.select(files.c.id).where(here, sa.not_(files.c.ignored)))
    return None if file_id is None else mark_missing(db, [file_id], at)


def find_touched(db: Connection, track_ids: Sequence[str]) -> Touched:
    """Return what hangs on uploaded tracks."""
    return find_touched_by(db, track_ids)


def find_uploader(db: Connection, track_id: str) -> str | None:
    """Return who uploaded a track; None where nobody did, or there is none."""
    return db.scalar(sa.select(tracks.c.uploader_id).where(tracks.c.id == track_id, tracks.c.state != FAILED))


def find_own_album(db: Connection, track_id: str) -> str | None:
    """Return the album of an uploaded track, if all that is on it was uploaded by the same user."""
    row = db.execute(sa.select(tracks.c.album_id, tracks.c.uploader_id).where(tracks.c.id == track_id)).first()
    if row is None or row.album_id is None or row.uploader_id is None:
        return None
    others = sa.or_(tracks.c.uploader_id.is_(None), tracks.c.uploader_id != row.uploader_id)
    shared = db.scalar(sa.select(sa.exists().where(tracks.c.album_id == row.album_id, others)))
    return None if shared else row.album_id


def _drop_forgotten_artists(db: Connection, artist_ids: Iterable[str]) -> None:
    """Delete those of the artists that nothing names any more; one that is merely out of sight shows no cover."""
    asked = {"ids": id_list(artist_ids)}
    unseen = sa.and_(
        given(artists.c.id, "ids"), sa.not_(artists.c.by_hand), artists.c.album_count == 0, artists.c.track_count == 0
    )
    named = (
        sa.exists().where(links.c.artist_id == artists.c.id) for links in (credits_, album_artists, artist_aliases)
    )
    forgotten = list(db.scalars(sa.select(artists.c.id).where(unseen, *map(sa.not_, named)), asked))
    remove_overrides(db, "artist", forgotten)
    remove_entities(db, forgotten)
    db.execute(sa.delete(artists).where(given(artists.c.id, "ids")), {"ids": id_list(forgotten)})
    db.execute(sa.update(artists).where(unseen, artists.c.cover_id.is_not(None)).values(cover_id=None), asked)


def _free_name(db: Connection) -> str:
    taken = {name.casefold() for name in db.scalars(sa.select(libraries.c.name))}
    number, name = 1, LIBRARY_NAME
    while name.casefold() in taken:
        number += 1
        name = f"{LIBRARY_NAME} {number}"
    return name

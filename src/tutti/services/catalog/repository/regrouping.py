"""Which album an uploaded track belongs to, where its uploader says otherwise than its file."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.ids import new_id
from tutti.services.catalog.repository.editing import Touched
from tutti.services.catalog.repository.overrides import Override, find_overrides, remove_override, set_override
from tutti.services.catalog.repository.presence import drop_empty_albums
from tutti.services.catalog.repository.scanned import AlbumTags
from tutti.services.catalog.repository.upserting import insert_new
from tutti.services.catalog.repository.writing import find_touched_by
from tutti.services.catalog.tables import album_aliases, albums, credits_, files, tracks

FIELD = "album"
"""The override of an uploaded track that holds an `AlbumChoice`, and as scanned what its file says of its album."""


class AlbumChoice(msgspec.Struct, frozen=True):
    """What the uploader says of the album; None where the file's word holds."""

    title: str | None = None
    artists: list[str] | None = None


class Grouping(msgspec.Struct, frozen=True):
    """What decides about the album of an uploaded track, as it stands."""

    library_id: str
    uploader_id: str
    said: AlbumTags | None
    """What is written of the album now."""
    file_says: AlbumTags | None
    chosen: AlbumChoice
    artists: list[str]
    """The track's own, like the next two."""
    year: int
    cover_id: str | None
    set_by_hand: frozenset[str]
    """Fields of the track that its uploader, or an admin, has set."""


def read_grouping(db: Connection, track_id: str) -> Grouping:
    """Return what decides about the album of an uploaded track that is there."""
    columns = (files.c.library_id, tracks.c.uploader_id, files.c.album_tags, tracks.c.year, tracks.c.cover_id)
    joined = files.join(tracks, tracks.c.id == files.c.track_id)
    row = db.execute(sa.select(*columns).select_from(joined).where(tracks.c.id == track_id)).one()
    set_by_hand = find_overrides(db, "track", track_id)
    said = _album_tags(row.album_tags)
    before = set_by_hand.get(FIELD)
    return Grouping(
        library_id=row.library_id,
        uploader_id=row.uploader_id,
        said=said,
        file_says=_album_tags(before.scanned) if before else said,
        chosen=msgspec.convert(before.value, AlbumChoice) if before else AlbumChoice(),
        artists=_artists(db, track_id),
        year=row.year,
        cover_id=row.cover_id,
        set_by_hand=frozenset(set_by_hand),
    )


def remember_choice(db: Connection, track_id: str, grouping: Grouping, chosen: AlbumChoice, at: datetime) -> None:
    """Keep what was chosen with what the file says."""
    override = Override(msgspec.to_builtins(chosen), msgspec.to_builtins(grouping.file_says))
    set_override(db, "track", track_id, FIELD, override, grouping.uploader_id, at)


def forget_choice(db: Connection, track_id: str) -> None:
    """The file's word holds."""
    remove_override(db, "track", track_id, FIELD)


def regroup(db: Connection, track_id: str, said: AlbumTags | None, key: str | None, at: datetime) -> Touched:
    """Put a track on the album that ``said`` and ``key`` (without the library) mean; return what both albums touch.

    An album that is empty then goes. `uploads.settle_uploads` has to follow.
    """
    touched = find_touched_by(db, [track_id])
    library_id = db.execute(sa.select(tracks.c.library_id).where(tracks.c.id == track_id)).scalar_one()
    album_id = _album(db, library_id, f"{library_id}:{key}", said, at) if said and key else None
    sort_album = said.sort_title if said else ""
    placed = {"album_id": album_id, "sort_album": sort_album, "updated_at": at}
    db.execute(sa.update(tracks).where(tracks.c.id == track_id).values(placed))
    stored = msgspec.to_builtins(said) if said else None
    db.execute(sa.update(files).where(files.c.track_id == track_id).values(album_tags=stored))
    touched.join(find_touched_by(db, [track_id]))
    touched.album_ids.difference_update(drop_empty_albums(db, touched.album_ids))
    return touched


def _album(db: Connection, library_id: str, identity_key: str, said: AlbumTags, at: datetime) -> str:
    found = _find_album(db, identity_key)
    if found is not None:
        return found
    names = {"title": said.title, "sort_title": said.sort_title, "artist_name": "", "sort_artist": ""}
    row = {"id": new_id(), "library_id": library_id, "identity_key": identity_key, **names}
    insert_new(db, albums, [{**row, "added_at": at, "updated_at": at}], ["identity_key"])
    return _find_album(db, identity_key) or row["id"]


def _find_album(db: Connection, identity_key: str) -> str | None:
    merged = db.scalar(sa.select(album_aliases.c.album_id).where(album_aliases.c.identity_key == identity_key))
    return merged or db.scalar(sa.select(albums.c.id).where(albums.c.identity_key == identity_key))


def _album_tags(stored: object) -> AlbumTags | None:
    return None if stored is None else msgspec.convert(stored, AlbumTags)


def _artists(db: Connection, track_id: str) -> list[str]:
    credited: Sequence[str] = db.scalars(
        sa.select(credits_.c.name)
        .where(credits_.c.track_id == track_id, credits_.c.role == "artist")
        .order_by(credits_.c.position)
    ).all()
    return list(credited)

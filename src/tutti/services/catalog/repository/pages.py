"""A page of a list as one function over a connection: who sees what, the ids, then the rows."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import Connection

from tutti.services.catalog.api import AlbumSummary, ArtistSummary, FolderRef, Genre, Track, Viewer
from tutti.services.catalog.repository import folders
from tutti.services.catalog.repository.folders import Entry, FolderRow
from tutti.services.catalog.repository.hydration import album_summaries, artist_summaries, genre_items, track_items
from tutti.services.catalog.repository.lists import ALBUMS, ARTISTS, GENRES, PROCESSING, TRACKS, Asked, KeyPart, narrow
from tutti.services.catalog.repository.search import Kind, search
from tutti.services.catalog.repository.visibility import EVERYTHING, find_sight, sight_of
from tutti.services.catalog.tables import genres

T = TypeVar("T")
Found = tuple[list[T], tuple[KeyPart, ...] | None]
"""The items of a page, and the key of the last one where more follow."""

# From here on, walking the order and testing each row beats sorting the whole genre.
_WIDE_GENRE = 2000


class FolderPage(msgspec.Struct, frozen=True):
    """A folder and a page of what is in it."""

    folder: FolderRow
    folders: list[FolderRef]
    tracks: list[Track]


class GenreAsked(msgspec.Struct, frozen=True):
    """A genre to narrow a list by: its id, or its name as a key."""

    id: str | None
    name_key: str


def list_albums(db: Connection, viewer: Viewer, asked: Asked, genre: GenreAsked | None = None) -> Found[AlbumSummary]:
    """Return a page of albums."""
    sight = sight_of(viewer)
    within = _within_genre(db, asked, genre, genres.c.album_count) if genre else asked
    if within is None:
        return [], None
    found = narrow(db, ALBUMS, within, sight)
    return album_summaries(db, found.ids), found.next_key


def list_tracks(db: Connection, viewer: Viewer, asked: Asked, genre: GenreAsked | None = None) -> Found[Track]:
    """Return a page of tracks."""
    sight = sight_of(viewer)
    within = _within_genre(db, asked, genre, genres.c.track_count) if genre else asked
    if within is None:
        return [], None
    found = narrow(db, TRACKS, within, sight)
    return track_items(db, found.ids, viewer), found.next_key


def list_processing(db: Connection, viewer: Viewer, asked: Asked) -> Found[Track]:
    """Return a page of the uploads that are not ready: one's own, an admin's are everybody's."""
    found = narrow(db, PROCESSING, asked, sight_of(viewer))
    return track_items(db, found.ids, viewer), found.next_key


def list_artists(db: Connection, viewer: Viewer, asked: Asked) -> Found[ArtistSummary]:
    """Return a page of artists."""
    sight = find_sight(db, viewer)
    found = narrow(db, ARTISTS, asked, sight)
    return artist_summaries(db, found.ids, sight), found.next_key


def list_genres(db: Connection, viewer: Viewer, asked: Asked) -> Found[Genre]:
    """Return a page of genres; one of which nothing is in sight is left out."""
    sight = find_sight(db, viewer)
    found = narrow(db, GENRES, asked, EVERYTHING)
    items = genre_items(db, found.ids, sight)
    if sight.viewer_id is not None:
        items = [genre for genre in items if genre.track_count or genre.album_count]
    return items, found.next_key


def find_in_names(
    db: Connection, viewer: Viewer, query: str, key: str, kinds: Sequence[Kind], limit: int
) -> tuple[list[Track], list[AlbumSummary], list[ArtistSummary]]:
    """Search each of ``kinds``; see `search`."""
    sight = find_sight(db, viewer)
    found = {kind: search(db, kind, query, key, limit, sight) for kind in kinds}
    return (
        track_items(db, found.get("track", []), viewer),
        album_summaries(db, found.get("album", [])),
        artist_summaries(db, found.get("artist", []), sight),
    )


def find_folder(
    db: Connection, viewer: Viewer, folder_id: str, after: Entry | None, limit: int
) -> tuple[FolderPage, Entry | None] | None:
    """Return a folder with a page of what is in it, and that page's last entry where more follow; None if not seen."""
    row = folders.find_folder(db, folder_id, sight_of(viewer))
    if row is None:
        return None
    entries = folders.list_entries(db, folder_id, after, limit + 1)
    shown = entries[:limit]
    page = FolderPage(
        folder=row,
        folders=[FolderRef(entry.id, entry.name) for entry in shown if entry.what == "folder"],
        tracks=track_items(db, [entry.id for entry in shown if entry.what == "track"], viewer),
    )
    return page, shown[-1] if len(entries) > limit else None


def list_roots(db: Connection, viewer: Viewer) -> list[FolderRef]:
    """Return the root folder of each library that ``viewer`` sees."""
    return folders.list_roots(db, sight_of(viewer))


def _within_genre(db: Connection, asked: Asked, genre: GenreAsked, size: sa.Column[int]) -> Asked | None:
    named = genres.c.name_key == genre.name_key if genre.id is None else genres.c.id == genre.id
    row = db.execute(sa.select(genres.c.id, size).where(named)).first()
    if row is None:
        return None
    condition = "wide_genre" if row[1] >= _WIDE_GENRE else "genre"
    return replace(asked, filters={**asked.filters, condition: row[0]})

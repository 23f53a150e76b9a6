"""Looking around: lists, pages of one thing, folders and search. Nothing here writes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.db import Database
from tutti.kit.paging import DEFAULT_LIMIT, Page, decode_cursor, encode_cursor
from tutti.services.catalog.api import (
    Album,
    AlbumNotFound,
    AlbumSummary,
    Artist,
    ArtistNotFound,
    ArtistSummary,
    Folder,
    FolderNotFound,
    FolderRef,
    Genre,
    GenreNotFound,
    Lyrics,
    SearchResults,
    Track,
    TrackDetail,
    TrackNotFound,
    Viewer,
)
from tutti.services.catalog.repository import detail, lists, lyrics, pages
from tutti.services.catalog.repository.folders import Entry
from tutti.services.catalog.repository.lists import Asked, Listing
from tutti.services.catalog.repository.pages import GenreAsked
from tutti.services.catalog.repository.search import Kind
from tutti.services.catalog.service.keys import name_key, sort_key

T = TypeVar("T")
AlbumSort = Literal["title", "artist", "year", "added", "played", "rating"]
TrackSort = Literal["title", "artist", "album", "year", "added", "played", "duration", "rating"]
ArtistSort = Literal["name", "added", "albums", "tracks", "played"]
GenreSort = Literal["name", "tracks"]
Direction = Literal["asc", "desc"]

# What people want first: names from A, but the newest, the most and the best.
_DESCENDING = frozenset({"year", "added", "played", "rating", "albums", "tracks"})
_ENTRY_KEY = (Literal["folder", "track"], str, UUID)


class ListRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a list as it was asked for."""

    sort: str
    order: Direction | None = None
    """None: the direction people expect of the sort."""
    cursor: str | None = None
    limit: int = DEFAULT_LIMIT
    genre: str | None = None
    """A genre's id or name."""
    filters: Mapping[str, object] = {}
    """By the names of the listing's conditions; None where a filter was not asked for."""
    flags: tuple[str, ...] = ()

    @property
    def descending(self) -> bool:
        """Whether the list runs downwards."""
        return self.sort in _DESCENDING if self.order is None else self.order == "desc"


class BrowsingService:
    """Answers what a user sees of the catalogue."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def list_albums(self, identity: Identity, request: ListRequest) -> Page[AlbumSummary]:
        """Return a page of albums."""
        asked, genre = _asked("albums", lists.ALBUMS, request), _genre(request)
        found = await self._db.read(pages.list_albums, viewer(identity), asked, genre)
        return _page("albums", asked, found)

    async def list_tracks(self, identity: Identity, request: ListRequest) -> Page[Track]:
        """Return a page of tracks; missing ones are left out."""
        asked, genre = _asked("tracks", lists.TRACKS, request), _genre(request)
        found = await self._db.read(pages.list_tracks, viewer(identity), asked, genre)
        return _page("tracks", asked, found)

    async def list_processing(self, identity: Identity, request: ListRequest) -> Page[Track]:
        """Return a page of uploads that are not ready: one's own, an admin's are everybody's."""
        asked = _asked("processing", lists.PROCESSING, request)
        return _page("processing", asked, await self._db.read(pages.list_processing, viewer(identity), asked))

    async def list_artists(self, identity: Identity, request: ListRequest) -> Page[ArtistSummary]:
        """Return a page of artists."""
        asked = _asked("artists", lists.ARTISTS, request)
        return _page("artists", asked, await self._db.read(pages.list_artists, viewer(identity), asked))

    async def list_genres(self, identity: Identity, request: ListRequest) -> Page[Genre]:
        """Return a page of genres."""
        asked = _asked("genres", lists.GENRES, request)
        return _page("genres", asked, await self._db.read(pages.list_genres, viewer(identity), asked))

    async def get_album(self, identity: Identity, album_id: str) -> Album:
        """Return an album with its discs.

        Raises:
            AlbumNotFound: there is none, or not for this user.
        """
        found = await self._db.read(detail.find_album, album_id, viewer(identity))
        return _required(found, lambda: AlbumNotFound("There is no such album.", album_id=album_id))

    async def get_artist(self, identity: Identity, artist_id: str) -> Artist:
        """Return an artist's page.

        Raises:
            ArtistNotFound: there is none, or not for this user.
        """
        found = await self._db.read(detail.find_artist, artist_id, viewer(identity))
        return _required(found, lambda: ArtistNotFound("There is no such artist.", artist_id=artist_id))

    async def get_track(self, identity: Identity, track_id: str) -> TrackDetail:
        """Return a track with all that is known of it.

        Raises:
            TrackNotFound: there is none, or not for this user.
        """
        found = await self._db.read(detail.find_track, track_id, viewer(identity))
        return _required(found, lambda: TrackNotFound("There is no such track.", track_id=track_id))

    async def get_genre(self, identity: Identity, genre_id: str) -> Genre:
        """Return a genre.

        Raises:
            GenreNotFound: there is none.
        """
        found = await self._db.read(detail.find_genre, genre_id, viewer(identity))
        return _required(found, lambda: GenreNotFound("There is no such genre.", genre_id=genre_id))

    async def get_lyrics(self, identity: Identity, track_id: str) -> Lyrics:
        """Return a track's words, empty where none are known.

        Raises:
            TrackNotFound: there is none, or not for this user.
        """
        found = await self._db.read(lyrics.find_lyrics, track_id, viewer(identity))
        return _required(found, lambda: TrackNotFound("There is no such track.", track_id=track_id))

    async def get_tracks(self, viewer: Viewer, track_ids: Sequence[str]) -> list[Track]:
        """Return the tracks among ``track_ids`` that ``viewer`` sees, in the order asked, missing ones too."""
        return await self._db.read(detail.find_tracks, track_ids, viewer)

    async def list_roots(self, identity: Identity) -> list[FolderRef]:
        """Return the root folder of each library."""
        return await self._db.read(pages.list_roots, viewer(identity))

    async def get_folder(self, identity: Identity, folder_id: str, cursor: str | None, limit: int) -> Folder:
        """Return a folder with one page of what is in it.

        Raises:
            FolderNotFound: there is none, or not for this user.
            BadCursor: the cursor is of another folder.
        """
        scope = f"folder:{folder_id}"
        key = decode_cursor(scope, cursor, _ENTRY_KEY)
        after = Entry(key[0], key[1], str(key[2])) if key else None
        found = await self._db.read(pages.find_folder, viewer(identity), folder_id, after, limit)
        page, last = _required(found, lambda: FolderNotFound("There is no such folder.", folder_id=folder_id))
        return Folder(
            id=page.folder.id,
            name=page.folder.name,
            library_id=page.folder.library_id,
            parents=page.folder.parents,
            folders=page.folders,
            tracks=page.tracks,
            next_cursor=encode_cursor(scope, (last.what, last.name, last.id)) if last else None,
        )

    async def search(self, identity: Identity, query: str, kinds: Sequence[Kind], limit: int) -> SearchResults:
        """Return what ``query`` finds among ``kinds``, at most ``limit`` of each; any text is a query."""
        key = sort_key(query)
        return SearchResults(*await self._db.read(pages.find_in_names, viewer(identity), query, key, kinds, limit))


def viewer(identity: Identity) -> Viewer:
    """Who looks, as the repository knows them."""
    return Viewer(identity.user_id, identity.is_admin)


def _asked(name: str, listing: Listing, request: ListRequest) -> Asked:
    key = decode_cursor(_scope(name, request), request.cursor, listing.key_types(request.sort))
    return Asked(
        sort=request.sort,
        descending=request.descending,
        limit=request.limit,
        filters={name: value for name, value in request.filters.items() if value is not None},
        flags=request.flags,
        key=[str(part) if isinstance(part, UUID) else part for part in key] if key else None,
    )


def _genre(request: ListRequest) -> GenreAsked | None:
    if request.genre is None:
        return None
    try:
        return GenreAsked(str(UUID(request.genre)), "")
    except ValueError:
        return GenreAsked(None, name_key(request.genre))


def _scope(name: str, request: ListRequest | Asked) -> str:
    return f"{name}:{request.sort}:{'desc' if request.descending else 'asc'}"


def _page(name: str, asked: Asked, found: pages.Found[T]) -> Page[T]:
    items, next_key = found
    if next_key is None:
        return Page(items, None)
    key = [part.isoformat() if isinstance(part, datetime) else part for part in next_key]
    return Page(items, encode_cursor(_scope(name, asked), key))


def _required(found: T | None, missing: Callable[[], Exception]) -> T:
    if found is None:
        raise missing()
    return found

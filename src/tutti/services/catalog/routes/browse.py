"""HTTP of looking around: lists, pages of one thing, folders, lyrics and search."""

from typing import Annotated, Literal
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from tutti.kit.auth import Identity
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors, limited
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
)
from tutti.services.catalog.repository.search import Kind
from tutti.services.catalog.service.browsing import (
    AlbumSort,
    ArtistSort,
    BrowsingService,
    Direction,
    GenreSort,
    ListRequest,
    TrackSort,
)

Browsing = NamedDependency[BrowsingService]
Who = NamedDependency[Identity]
Order = Annotated[
    Direction | None,
    QueryParameter(description="Default: upwards for names and durations, downwards for dates, counts and ratings"),
]
GenreName = Annotated[str | None, QueryParameter(max_length=200, description="A genre's id or name")]
Year = Annotated[int | None, QueryParameter(ge=1, le=9999)]
YearFrom = Annotated[int | None, QueryParameter(name="yearFrom", ge=1, le=9999)]
YearTo = Annotated[int | None, QueryParameter(name="yearTo", ge=1, le=9999)]
Role = Annotated[
    str,
    QueryParameter(
        max_length=24, description="`albumartist`, `any`, or a role on tracks: `artist`, `featured`, `composer`, …"
    ),
]
State = Annotated[
    Literal["ready", "processing"],
    QueryParameter(
        name="state",
        description="`processing`: one's own uploads that cannot be heard yet (an admin's are everybody's)",
    ),
]
Query = Annotated[str, QueryParameter(name="q", max_length=500, description="Words, the last perhaps unfinished")]
Kinds = Annotated[
    str,
    QueryParameter(name="type", max_length=50, description="Any of `track`, `album`, `artist`, with commas between"),
]
SearchLimit = Annotated[int, QueryParameter(ge=1, le=50, description="How many of each kind at the most")]

KINDS: tuple[Kind, ...] = ("track", "album", "artist")
_ROLE_FLAGS = {"albumartist": "album_artist", "any": "anyone"}


@get("/albums", responses=errors(BadCursor))
async def list_albums(
    browsing: Browsing,
    identity: Who,
    sort: FromQuery[AlbumSort] = "title",
    order: Order = None,
    genre: GenreName = None,
    year: Year = None,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    artist: FromQuery[UUID | None] = None,
    library: FromQuery[UUID | None] = None,
    compilation: FromQuery[bool | None] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AlbumSummary]:
    """Albums with tracks that are there. `played` is by play count; `artist` is an album artist."""
    filters = {"artist": _text(artist), "library": _text(library), "compilation": compilation}
    filters |= {"year_from": year or year_from, "year_to": year or year_to}
    request = ListRequest(sort=sort, order=order, cursor=cursor, limit=limit, genre=genre, filters=filters)
    return await browsing.list_albums(identity, request)


@get("/tracks", responses=errors(BadCursor))
async def list_tracks(
    browsing: Browsing,
    identity: Who,
    sort: FromQuery[TrackSort] = "title",
    order: Order = None,
    genre: GenreName = None,
    year: Year = None,
    year_from: YearFrom = None,
    year_to: YearTo = None,
    album: FromQuery[UUID | None] = None,
    artist: FromQuery[UUID | None] = None,
    library: FromQuery[UUID | None] = None,
    shown: State = "ready",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Track]:
    """Tracks that are there. `played` is by play count; `artist` is anyone credited, in whatever role."""
    filters: dict[str, object] = {"album": _text(album), "artist": _text(artist), "library": _text(library)}
    filters |= {"year_from": year or year_from, "year_to": year or year_to}
    request = ListRequest(sort=sort, order=order, cursor=cursor, limit=limit, genre=genre, filters=filters)
    if shown == "processing":
        return await browsing.list_processing(identity, request)
    return await browsing.list_tracks(identity, request)


@get("/artists", responses=errors(BadCursor))
async def list_artists(
    browsing: Browsing,
    identity: Who,
    sort: FromQuery[ArtistSort] = "name",
    order: Order = None,
    role: Role = "albumartist",
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ArtistSummary]:
    """Artists: those with albums of their own, unless another `role` is asked for."""
    flag = _ROLE_FLAGS.get(role)
    request = ListRequest(
        sort=sort,
        order=order,
        cursor=cursor,
        limit=limit,
        filters={} if flag else {"role": role},
        flags=(flag,) if flag else (),
    )
    return await browsing.list_artists(identity, request)


@get("/genres", responses=errors(BadCursor))
async def list_genres(
    browsing: Browsing,
    identity: Who,
    sort: FromQuery[GenreSort] = "name",
    order: Order = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Genre]:
    """Genres of tracks that are there."""
    return await browsing.list_genres(identity, ListRequest(sort=sort, order=order, cursor=cursor, limit=limit))


@get("/albums/{album_id:uuid}", responses=errors(AlbumNotFound))
async def get_album(browsing: Browsing, identity: Who, album_id: FromPath[UUID]) -> Album:
    """An album with its discs and tracks; a missing track says so (`present`)."""
    return await browsing.get_album(identity, str(album_id))


@get("/artists/{artist_id:uuid}", responses=errors(ArtistNotFound))
async def get_artist(browsing: Browsing, identity: Who, artist_id: FromPath[UUID]) -> Artist:
    """An artist with their albums, those they appear on, and their most played tracks."""
    return await browsing.get_artist(identity, str(artist_id))


@get("/tracks/{track_id:uuid}", responses=errors(TrackNotFound))
async def get_track(browsing: Browsing, identity: Who, track_id: FromPath[UUID]) -> TrackDetail:
    """A track with all that is known of it."""
    return await browsing.get_track(identity, str(track_id))


@get("/genres/{genre_id:uuid}", responses=errors(GenreNotFound))
async def get_genre(browsing: Browsing, identity: Who, genre_id: FromPath[UUID]) -> Genre:
    """A genre."""
    return await browsing.get_genre(identity, str(genre_id))


@get("/tracks/{track_id:uuid}/lyrics", responses=errors(TrackNotFound))
async def get_lyrics(browsing: Browsing, identity: Who, track_id: FromPath[UUID]) -> Lyrics:
    """A track's words, plain and by time; empty where none are known."""
    return await browsing.get_lyrics(identity, str(track_id))


@get("/folders")
async def list_roots(browsing: Browsing, identity: Who) -> list[FolderRef]:
    """The root folder of each library."""
    return await browsing.list_roots(identity)


@get("/folders/{folder_id:uuid}", responses=errors(FolderNotFound, BadCursor))
async def get_folder(
    browsing: Browsing,
    identity: Who,
    folder_id: FromPath[UUID],
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Folder:
    """A folder, the way to it, and one page of what is in it: folders first, then tracks."""
    return await browsing.get_folder(identity, str(folder_id), cursor, limit)


@get("/search", **limited("search"))
async def search(
    browsing: Browsing,
    identity: Who,
    q: Query,
    types: Kinds = "track,album,artist",
    limit: SearchLimit = 10,
) -> SearchResults:
    """Tracks, albums and artists whose names hold every word of `q`, the best first."""
    asked = {kind.strip() for kind in types.split(",")}
    return await browsing.search(identity, q, [kind for kind in KINDS if kind in asked], limit)


def _text(id_: UUID | None) -> str | None:
    return None if id_ is None else str(id_)


routes = [
    list_albums,
    list_tracks,
    list_artists,
    list_genres,
    get_album,
    get_artist,
    get_track,
    get_genre,
    get_lyrics,
    list_roots,
    get_folder,
    search,
]

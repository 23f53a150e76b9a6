"""HTTP of changes by hand; for admins."""

from uuid import UUID

from litestar import delete, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from tutti.kit.auth import Identity, requires
from tutti.kit.web import errors
from tutti.services.catalog.api import (
    Album,
    AlbumNotFound,
    AlbumOfFile,
    Artist,
    ArtistNotFound,
    CannotMerge,
    Genre,
    GenreNotFound,
    NameTaken,
    NotYourTrack,
    TrackDetail,
    TrackNotFound,
)
from tutti.services.catalog.api.patches import (
    AlbumPatch,
    ArtistPatch,
    GenrePatch,
    Merge,
    NewAlbum,
    NewArtist,
    NewGenre,
    NewTrack,
    TrackPatch,
)
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.editing import EditingService

Browsing = NamedDependency[BrowsingService]
Who = NamedDependency[Identity]
Editing = NamedDependency[EditingService]
_ADMIN = [requires("admin")]


@post("/artists", guards=_ADMIN, responses=errors(NameTaken))
async def create_artist(editing: Editing, browsing: Browsing, identity: Who, data: JSONBody[NewArtist]) -> Artist:
    """Make an artist without any file."""
    return await browsing.get_artist(identity, await editing.create_artist(data))


@post("/albums", guards=_ADMIN)
async def create_album(editing: Editing, browsing: Browsing, identity: Who, data: JSONBody[NewAlbum]) -> Album:
    """Make an album without any file."""
    return await browsing.get_album(identity, await editing.create_album(data))


@post("/tracks", guards=_ADMIN, responses=errors(AlbumNotFound))
async def create_track(editing: Editing, browsing: Browsing, identity: Who, data: JSONBody[NewTrack]) -> TrackDetail:
    """Make a track without a file on an album."""
    return await browsing.get_track(identity, await editing.create_track(data))


@post("/genres", guards=_ADMIN, responses=errors(NameTaken))
async def create_genre(editing: Editing, browsing: Browsing, identity: Who, data: JSONBody[NewGenre]) -> Genre:
    """Make a genre that nothing is in yet."""
    return await browsing.get_genre(identity, await editing.create_genre(data))


@patch("/artists/{artist_id:uuid}", guards=_ADMIN, responses=errors(ArtistNotFound))
async def edit_artist(
    editing: Editing, browsing: Browsing, identity: Who, artist_id: FromPath[UUID], data: JSONBody[ArtistPatch]
) -> Artist:
    """Change an artist. Scans leave a changed field alone until it is set to null."""
    await editing.edit(identity, "artist", str(artist_id), data)
    return await browsing.get_artist(identity, str(artist_id))


@patch("/albums/{album_id:uuid}", guards=_ADMIN, responses=errors(AlbumNotFound))
async def edit_album(
    editing: Editing, browsing: Browsing, identity: Who, album_id: FromPath[UUID], data: JSONBody[AlbumPatch]
) -> Album:
    """Change an album. Scans leave a changed field alone until it is set to null."""
    await editing.edit(identity, "album", str(album_id), data)
    return await browsing.get_album(identity, str(album_id))


@patch("/tracks/{track_id:uuid}", responses=errors(TrackNotFound, NotYourTrack, AlbumOfFile))
async def edit_track(
    editing: Editing, browsing: Browsing, identity: Who, track_id: FromPath[UUID], data: JSONBody[TrackPatch]
) -> TrackDetail:
    """Change a track, as an admin or its uploader. Scans leave a changed field alone until it is set to null."""
    await editing.edit_track(identity, str(track_id), data)
    return await browsing.get_track(identity, str(track_id))


@patch("/genres/{genre_id:uuid}", guards=_ADMIN, responses=errors(GenreNotFound))
async def edit_genre(
    editing: Editing, browsing: Browsing, identity: Who, genre_id: FromPath[UUID], data: JSONBody[GenrePatch]
) -> Genre:
    """Call a genre something else; files that say its old name still mean it."""
    await editing.edit(identity, "genre", str(genre_id), data)
    return await browsing.get_genre(identity, str(genre_id))


@delete("/artists/{artist_id:uuid}", guards=_ADMIN, responses=errors(ArtistNotFound))
async def delete_artist(editing: Editing, artist_id: FromPath[UUID]) -> None:
    """Delete an artist, and the albums and tracks that are theirs alone. Files stay on disk and are ignored."""
    await editing.delete("artist", str(artist_id))


@delete("/albums/{album_id:uuid}", guards=_ADMIN, responses=errors(AlbumNotFound))
async def delete_album(editing: Editing, album_id: FromPath[UUID]) -> None:
    """Delete an album and its tracks. Files stay on disk and are ignored."""
    await editing.delete("album", str(album_id))


@delete("/tracks/{track_id:uuid}", responses=errors(TrackNotFound, NotYourTrack))
async def delete_track(editing: Editing, identity: Who, track_id: FromPath[UUID]) -> None:
    """Delete a track, as an admin or its uploader. An upload goes for good; a library's file stays and is ignored."""
    await editing.delete_track(identity, str(track_id))


@delete("/genres/{genre_id:uuid}", guards=_ADMIN, responses=errors(GenreNotFound))
async def delete_genre(editing: Editing, genre_id: FromPath[UUID]) -> None:
    """Delete a genre; what was in it stays."""
    await editing.delete("genre", str(genre_id))


@post("/artists/{artist_id:uuid}/merge", guards=_ADMIN, status_code=200, responses=errors(ArtistNotFound, CannotMerge))
async def merge_artists(
    editing: Editing, browsing: Browsing, identity: Who, artist_id: FromPath[UUID], data: JSONBody[Merge]
) -> Artist:
    """Make other artists one with this one; scans then mean this one by their names."""
    await editing.merge_artists(str(artist_id), [str(id_) for id_ in data.from_ids])
    return await browsing.get_artist(identity, str(artist_id))


@post("/albums/{album_id:uuid}/merge", guards=_ADMIN, status_code=200, responses=errors(AlbumNotFound, CannotMerge))
async def merge_albums(
    editing: Editing, browsing: Browsing, identity: Who, album_id: FromPath[UUID], data: JSONBody[Merge]
) -> Album:
    """Move the tracks of other albums to this one; scans then put files of theirs here too."""
    await editing.merge_albums(str(album_id), [str(id_) for id_ in data.from_ids])
    return await browsing.get_album(identity, str(album_id))


routes = [
    create_artist,
    create_album,
    create_track,
    create_genre,
    edit_artist,
    edit_album,
    edit_track,
    edit_genre,
    delete_artist,
    delete_album,
    delete_track,
    delete_genre,
    merge_artists,
    merge_albums,
]

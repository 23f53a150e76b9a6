"""Tables of the catalogue: what the scanner knows (``files``), and what people see (``music``)."""

from tutti.services.catalog.tables.files import (
    FOLDER,
    UPLOADS,
    bad_files,
    files,
    folders,
    libraries,
    library_users,
    scans,
)
from tutti.services.catalog.tables.links import (
    album_aliases,
    album_artists,
    album_genres,
    artist_aliases,
    artist_libraries,
    credits_,
    track_genres,
)
from tutti.services.catalog.tables.music import (
    FAILED,
    PROCESSING,
    READY,
    albums,
    artists,
    covers,
    genres,
    lyrics,
    overrides,
    tracks,
)
from tutti.services.catalog.tables.renditions import cover_renditions
from tutti.services.catalog.tables.search import search_entries

__all__ = [
    "FAILED",
    "FOLDER",
    "PROCESSING",
    "READY",
    "UPLOADS",
    "album_aliases",
    "album_artists",
    "album_genres",
    "albums",
    "artist_aliases",
    "artist_libraries",
    "artists",
    "bad_files",
    "cover_renditions",
    "covers",
    "credits_",
    "files",
    "folders",
    "genres",
    "libraries",
    "library_users",
    "lyrics",
    "overrides",
    "scans",
    "search_entries",
    "track_genres",
    "tracks",
]

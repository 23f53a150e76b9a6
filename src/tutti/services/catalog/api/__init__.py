"""What others may know of the catalogue: its types, errors, events, and the calls it answers."""

from collections.abc import Sequence
from typing import Protocol

from tutti.kit.rpc.marks import idempotent, lengthy
from tutti.services.catalog.api.errors import (
    AlbumNotFound,
    AlbumOfFile,
    ArtistNotFound,
    CannotMerge,
    CoverNotFound,
    CoversBusy,
    CoverTooLarge,
    DemoNotWritten,
    FolderNotFound,
    GenreNotFound,
    LibraryNotFound,
    LibraryPathTaken,
    NameTaken,
    NoFolderToRead,
    NotAFolder,
    NotAnImage,
    NotAudio,
    NotYourTrack,
    ScanRunning,
    TrackNotFound,
    UploadWithdrawn,
)
from tutti.services.catalog.api.events import (
    AlbumsMerged,
    ArtistsMerged,
    LibraryChanged,
    TrackAdded,
    TrackChanged,
    TrackDeleted,
    TrackMissing,
    TrackReturned,
)
from tutti.services.catalog.api.types import (
    Album,
    AlbumSummary,
    Artist,
    ArtistRef,
    ArtistSummary,
    BadFile,
    Cover,
    Credit,
    Disc,
    Folder,
    FolderEntry,
    FolderListing,
    FolderRef,
    Genre,
    Library,
    Lyrics,
    LyricsLine,
    Original,
    Purged,
    ReplayGain,
    Scan,
    ScanCounts,
    SearchResults,
    Track,
    TrackDetail,
    Viewer,
)
from tutti.services.catalog.api.uploads import AddedUpload, UploadedAudio, UploadTags

__all__ = [
    "AddedUpload",
    "Album",
    "AlbumNotFound",
    "AlbumOfFile",
    "AlbumSummary",
    "AlbumsMerged",
    "Artist",
    "ArtistNotFound",
    "ArtistRef",
    "ArtistSummary",
    "ArtistsMerged",
    "BadFile",
    "CannotMerge",
    "Catalog",
    "Cover",
    "CoverNotFound",
    "CoverTooLarge",
    "CoversBusy",
    "Credit",
    "DemoNotWritten",
    "Disc",
    "Folder",
    "FolderEntry",
    "FolderListing",
    "FolderNotFound",
    "FolderRef",
    "Genre",
    "GenreNotFound",
    "Library",
    "LibraryChanged",
    "LibraryNotFound",
    "LibraryPathTaken",
    "Lyrics",
    "LyricsLine",
    "NameTaken",
    "NoFolderToRead",
    "NotAFolder",
    "NotAnImage",
    "NotAudio",
    "NotYourTrack",
    "Original",
    "Purged",
    "ReplayGain",
    "Scan",
    "ScanCounts",
    "ScanRunning",
    "SearchResults",
    "Track",
    "TrackAdded",
    "TrackChanged",
    "TrackDeleted",
    "TrackDetail",
    "TrackMissing",
    "TrackNotFound",
    "TrackReturned",
    "UploadTags",
    "UploadWithdrawn",
    "UploadedAudio",
    "Viewer",
]


class Catalog(Protocol):
    """The calls other services need; what the viewer may not see is not there."""

    @idempotent
    async def get_tracks(self, viewer: Viewer, track_ids: Sequence[str]) -> list[Track]:
        """Return the visible tracks among ``track_ids``, in the order asked."""
        ...

    @idempotent
    async def get_original(self, viewer: Viewer, track_id: str) -> Original:
        """Return where the original of a track lies and what it is.

        Raises:
            TrackNotFound: no such track, not visible to the viewer, or its file is missing.
        """
        ...

    @lengthy
    @idempotent
    async def add_uploaded(self, audio: UploadedAudio) -> AddedUpload:
        """Make a track of an uploaded file, seen by its uploader alone until media tells `TrackReady`.

        Asked again for the same track it does nothing more, whatever came in between.

        Raises:
            NotAudio: the file cannot be read as audio.
            UploadWithdrawn: the track was deleted meanwhile.
            FileNotFoundError: its bytes are neither at the path nor in storage.
        """
        ...

    async def edit_uploaded(self, track_id: str, user_id: str, tags: UploadTags) -> None:
        """Change what an uploaded track says, on behalf of who uploaded it.

        Raises:
            TrackNotFound: this user uploaded no such track, or it is gone.
        """
        ...

"""What can go wrong with the catalogue."""

from tutti.kit.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    Unavailable,
    Unprocessable,
    UnsupportedType,
)


class TrackNotFound(NotFound):
    """No such track, or not for you."""


class AlbumNotFound(NotFound):
    """No such album, or not for you."""


class ArtistNotFound(NotFound):
    """No such artist, or not for you."""


class GenreNotFound(NotFound):
    """No such genre."""


class CoverNotFound(NotFound):
    """No such cover art, or its file is away."""


class LibraryNotFound(NotFound):
    """No such library, or not for you."""


class FolderNotFound(NotFound):
    """No such folder, or not for you."""


class LibraryPathTaken(Conflict):
    """The folder is (inside, or around) the folder of another library, or the name is in use."""


class DemoNotWritten(Unprocessable):
    """The demo music could not be made; the message says why."""


class NotAFolder(Invalid):
    """The path is not a folder that this server can read."""


class ScanRunning(Conflict):
    """This library is being scanned already."""


class NameTaken(Conflict):
    """There is one of this name already; ``details`` says which."""


class CannotMerge(Unprocessable):
    """These cannot become one: the same one twice, or in libraries that different people see."""


class NotAnImage(UnsupportedType):
    """The body is no JPEG, PNG, WebP or GIF that can be shown."""


class CoverTooLarge(TooLarge):
    """The image is larger than this server takes."""


class CoversBusy(Unavailable):
    """Too many covers are being made at the moment."""


class NotAudio(Unprocessable):
    """The file is no audio that we read, or is damaged; ``details`` says why as ``reason``."""


class UploadWithdrawn(NotFound):
    """The track of this upload was deleted meanwhile, and does not come back."""


class NotYourTrack(Forbidden):
    """Only an admin, or whoever uploaded the track, may change it."""


class NoFolderToRead(Conflict):
    """This is the library of uploads: it has no folder to scan or watch, and goes only with its tracks."""


class AlbumOfFile(Unprocessable):
    """A track of a library is on the album that its file says: change the album, or merge it with another."""

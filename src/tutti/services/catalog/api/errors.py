"""What can go wrong with the catalogue."""

from tutti.kit.errors import Conflict, Invalid, NotFound


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


class NotAFolder(Invalid):
    """The path is not a folder that this server can read."""


class ScanRunning(Conflict):
    """This library is being scanned already."""

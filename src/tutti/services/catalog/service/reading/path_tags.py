"""What a file's path says where its tags say nothing: "Artist/Album (1999)/CD 2/05 - Title.mp3"."""

import re

import msgspec

# "02 Title", "2. Title", "1-02 - Title"; a single digit before a mere space is a word of the title ("7 Seconds").
_NUMBERED = re.compile(
    r"^(?:(?P<disc>\d{1,2})[-.](?=\d))?(?P<track>\d{1,3})(?:\s*[-._)]\s*|(?<=\d\d)\s+)(?P<rest>\S.*)$"
)
_DISC_FOLDER = re.compile(
    r"^(?:cd|disc|disk|dvd|vinyl|lp)\s*[-_#.]?\s*(?P<disc>\d{1,3})(?:\s*[-_:.]\s*(?P<subtitle>.+))?$", re.IGNORECASE
)
_YEAR_AFTER = re.compile(r"^(?P<album>.+?)\s*[(\[](?P<year>(?:19|20)\d\d)[)\]]\s*$")
_YEAR_BEFORE = re.compile(r"^[(\[]?(?P<year>(?:19|20)\d\d)[)\]]?\s*[-._]\s*(?P<album>\S.*)$")
_BETWEEN = re.compile(r"\s+[-\u2013\u2014]\s+")


class PathTags(msgspec.Struct):
    """`title` is never empty."""

    title: str
    artist: str | None = None
    album: str | None = None
    date: str | None = None
    track_number: int | None = None
    disc_number: int | None = None
    disc_subtitle: str | None = None


def read_path(path: str) -> PathTags:
    """Return what a path (of the file in its library, or absolute) says about the track.

    Folders above count only as far as they are given: the folder is the album, the one above it the artist; a folder
    such as "CD 2" stands for a disc of the album above it.
    """
    *folders, name = [part for part in path.replace("\\", "/").split("/") if part]
    stem = name.rpartition(".")[0] or name
    tags = PathTags(stem.strip() or name)
    _read_stem(tags)
    if folders and (disc := _DISC_FOLDER.match(folders[-1].strip())):
        tags.disc_number = int(disc["disc"])
        tags.disc_subtitle = disc["subtitle"]
        folders.pop()
    if folders:
        _read_album_folder(tags, folders[-1].strip())
    if len(folders) > 1 and tags.artist is None:
        tags.artist = folders[-2].strip() or None
    return tags


def _read_stem(tags: PathTags) -> None:
    stem = tags.title.replace("_", " ") if " " not in tags.title else tags.title
    numbered = _NUMBERED.match(stem)
    if numbered is not None:
        stem = numbered["rest"]
        tags.track_number = int(numbered["track"])
        if numbered["disc"]:
            tags.disc_number = int(numbered["disc"])
    parts = _BETWEEN.split(stem, maxsplit=1)
    if len(parts) == 2 and all(part.strip() for part in parts):
        first, second = (part.strip() for part in parts)
        again = _NUMBERED.match(second)
        if numbered is None and again is not None:  # "Artist - 02 - Title"
            tags.track_number, second = int(again["track"]), again["rest"]
        tags.artist, stem = first, second
    tags.title = stem.strip() or tags.title


def _read_album_folder(tags: PathTags, folder: str) -> None:
    dated = _YEAR_AFTER.match(folder) or _YEAR_BEFORE.match(folder)
    if dated is not None:
        tags.date, folder = dated["year"], dated["album"]
    parts = _BETWEEN.split(folder, maxsplit=1)
    if len(parts) == 2 and all(parts):  # "Artist - Album"
        tags.artist = tags.artist or parts[0]
        folder = parts[1]
        dated = _YEAR_BEFORE.match(folder)
        if dated is not None and tags.date is None:
            tags.date, folder = dated["year"], dated["album"]
    tags.album = folder.strip() or None

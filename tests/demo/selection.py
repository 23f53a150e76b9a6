"""What of the demo library the tests write: every album, format and manner of playing, in a third of the time."""

from dataclasses import replace

from tutti.demo.library import ALBUMS, Album, Track

_PIECES = {"weather", "umbrella", "save", "bread", "lantern", "stretch", "rain"}


def part_of(album: Album, pieces: set[str]) -> Album:
    """The album with only these pieces."""
    return replace(album, recordings=tuple(each for each in album.recordings if each.piece in pieces))


def album_of(piece: str) -> Album:
    """The album with one piece only."""
    return next(part for album in ALBUMS if (part := part_of(album, {piece})).recordings)


ALBUMS_HERE: tuple[Album, ...] = tuple(part_of(album, _PIECES) for album in ALBUMS)
TRACKS_HERE: tuple[tuple[Album, Track], ...] = tuple((album, track) for album in ALBUMS_HERE for track in album.tracks)
TITLES_HERE = [track.title for _, track in TRACKS_HERE]

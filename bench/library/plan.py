"""What the library holds: albums first, then their tracks."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from bench.library.names import GENRES, artist_name, pick_tongue, title

FORMATS = ("mp3", "flac", "m4a", "opus", "ogg")
_FORMAT_WEIGHTS = (50, 25, 12, 8, 5)
_ALBUMS_PER_ARTIST = 3


@dataclass(frozen=True)
class PlannedTrack:
    """One file to be."""

    path: str
    tags: dict[str, list[str]]
    clip: int
    cover: int | None


@dataclass
class PlannedAlbum:
    """One folder to be."""

    folder: str
    suffix: str
    folder_cover: int | None
    tracks: list[PlannedTrack] = field(default_factory=list)


def plan(tracks: int, seed: int) -> Iterator[PlannedAlbum]:
    """Yield albums that hold ``tracks`` tracks in all, the same for the same seed."""
    random = Random(seed)
    left, number = tracks, 0
    while left > 0:
        album = _album(random, number, left)
        left -= len(album.tracks)
        number += 1
        yield album


def _album(random: Random, number: int, left: int) -> PlannedAlbum:
    tongue = pick_tongue(random)
    artist = artist_name(Random(number // _ALBUMS_PER_ARTIST), tongue, number // _ALBUMS_PER_ARTIST)
    name = title(random, tongue)
    year = random.randint(1958, 2026)
    compilation = random.random() < 0.06
    discs = random.choices((1, 2, 3), (88, 9, 3))[0]
    genres = random.sample(GENRES, random.choice((1, 1, 2)))
    cover_kind = random.random()
    suffix = random.choices(FORMATS, _FORMAT_WEIGHTS)[0]
    owner = "Various Artists" if compilation else artist
    folder = f"{_safe(owner)}/{_safe(name)} ({year}) [{number}]"
    album = PlannedAlbum(folder, suffix, number if cover_kind < 0.4 else None)
    for disc in range(1, discs + 1):
        total = random.randint(8, 14)
        for position in range(1, total + 1):
            if len(album.tracks) >= left:
                return album
            song = title(random, tongue)
            performer = artist_name(random, pick_tongue(random), random.randint(0, number)) if compilation else artist
            tags = {
                "title": [song],
                "artist": [performer],
                "albumartist": [owner],
                "album": [name],
                "date": [str(year)],
                "genre": genres,
                "tracknumber": [f"{position}/{total}"],
                "discnumber": [f"{disc}/{discs}"],
            }
            if random.random() < 0.07:
                tags["artist"].append(artist_name(random, tongue, random.randint(0, number)))
            if compilation:
                tags["compilation"] = ["1"]
            prefix = f"{disc}-{position:02d}" if discs > 1 else f"{position:02d}"
            path = f"{folder}/{prefix} {_safe(song)}.{suffix}"
            clip = random.randrange(1 << 30)
            album.tracks.append(PlannedTrack(path, tags, clip, number if 0.4 <= cover_kind < 0.7 else None))
    return album


def _safe(name: str) -> str:
    return name.replace("/", "-")[:80]

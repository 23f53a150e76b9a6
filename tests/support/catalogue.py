"""A catalogue written straight into the tables: deterministic, distinct names, quick at 100,000 tracks."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.repository.search import reindex
from tutti.services.catalog.repository.statistics import recompute
from tutti.services.catalog.service.keys import name_key, sort_key
from tutti.services.catalog.tables import (
    album_artists,
    album_genres,
    albums,
    artists,
    covers,
    credits_,
    files,
    folders,
    genres,
    libraries,
    lyrics,
    track_genres,
    tracks,
)

TRACKS_PER_ALBUM = 10
ALBUMS_PER_ARTIST = 2
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_WORDS = (
    *("Night", "River", "Étude", "The", "Golden", "Über", "Ночь", "Stille", "東京", "Blue", "Echo", "Wind", "Señor"),
    *("Ørn", "Glass", "Paper", "Moon", "Slow", "Iron", "Field", "Sun", "Harbour", "Low", "Winter", "Signal", "Quiet"),
    *("Łuk", "Bright", "Ash", "Coral", "Drift", "Ember", "Fable", "Grain", "Hollow", "Ivory", "Juniper", "Kite"),
)
_GENRES = ("Ambient", "Blues", "Classical", "Drum & Bass", "Électro", "Folk", "Jazz", "Pop", "Rock", "Techno")
_BATCH = 2000


@dataclass(frozen=True)
class Seeded:
    """What was written, in order of its number."""

    library_ids: list[str]
    track_ids: list[str] = field(default_factory=list[str])
    album_ids: list[str] = field(default_factory=list[str])
    artist_ids: list[str] = field(default_factory=list[str])
    artist_names: list[str] = field(default_factory=list[str])
    genre_ids: list[str] = field(default_factory=list[str])
    folder_ids: list[str] = field(default_factory=list[str])


def made_id(kind: int, number: int) -> str:
    """The UUIDv7-shaped id of the thing ``number`` of a kind."""
    return str(UUID(int=(0x0190 << 112) | (kind << 96) | (0x7 << 76) | (0x8 << 60) | number))


def seed(db: Connection, tracks_wanted: int = 200, *, hidden_library: bool = False, start: int = 7) -> Seeded:
    """Write a library of so many tracks; ``hidden_library`` puts every fourth album in one that only admins see."""
    seeded = Seeded([made_id(1, n) for n in range(2 if hidden_library else 1)])
    db.execute(sa.insert(libraries), [_library(n, id_) for n, id_ in enumerate(seeded.library_ids)])
    choose = random.Random(start)
    album_count = max(1, -(-tracks_wanted // TRACKS_PER_ALBUM))
    _write_artists(db, seeded, -(-album_count // ALBUMS_PER_ARTIST), choose)
    _write_genres(db, seeded)
    _write_albums(db, seeded, album_count, tracks_wanted, choose)
    _write_tracks(db, seeded, tracks_wanted, choose)
    _settle(db, seeded)
    return seeded


def name(number: int, choose: random.Random) -> str:
    """A name of two or three words that no other number has."""
    return " ".join(choose.choice(_WORDS) for _ in range(choose.randint(2, 3))) + f" {number}"


def _library(number: int, library_id: str) -> dict[str, Any]:
    return {
        "id": library_id,
        "name": f"Library {number}",
        "path": f"/music/{number}",
        "everyone": number == 0,
        "watch": False,
        "created_at": EPOCH,
    }


def _write_artists(db: Connection, seeded: Seeded, count: int, choose: random.Random) -> None:
    def row(number: int) -> dict[str, Any]:
        seeded.artist_ids.append(made_id(2, number))
        text = name(number, choose)
        seeded.artist_names.append(text)
        return {
            "id": made_id(2, number),
            "name": text,
            "sort_name": sort_key(text),
            "name_key": name_key(text),
            "play_count": choose.randint(0, 500),
            "added_at": EPOCH + timedelta(minutes=choose.randint(0, 10_000)),
            "updated_at": EPOCH,
        }

    _insert(db, artists, (row(n) for n in range(count)))


def _write_genres(db: Connection, seeded: Seeded) -> None:
    seeded.genre_ids.extend(made_id(3, n) for n in range(len(_GENRES)))
    rows = zip(seeded.genre_ids, _GENRES, strict=True)
    _insert(db, genres, ({"id": i, "name": g, "sort_name": sort_key(g), "name_key": name_key(g)} for i, g in rows))


def _write_albums(db: Connection, seeded: Seeded, count: int, tracks_wanted: int, choose: random.Random) -> None:
    def row(number: int) -> dict[str, Any]:
        seeded.album_ids.append(made_id(4, number))
        library = number % 4 == 3 and len(seeded.library_ids) > 1
        text = name(number, choose)
        length = min(TRACKS_PER_ALBUM, tracks_wanted - number * TRACKS_PER_ALBUM)
        artist_name = seeded.artist_names[number // ALBUMS_PER_ARTIST]
        return {
            "id": made_id(4, number),
            "library_id": seeded.library_ids[library],
            "identity_key": f"{library}:{name_key(text)}",
            "title": text,
            "sort_title": sort_key(text),
            "artist_name": artist_name,
            "sort_artist": sort_key(artist_name),
            "year": choose.choice([0, *range(1960, 2025)]),
            "compilation": number % 10 == 9,
            "cover_id": f"{number:032x}",
            "disc_count": 1,
            "track_count": length,
            "duration_ms": length * 200_000,
            "play_count": choose.randint(0, 50),
            "last_played_at": EPOCH + timedelta(days=number % 300) if number % 3 else None,
            "rating": choose.choice([0.0, 2.5, 3.0, 4.5, 5.0]),
            "added_at": EPOCH + timedelta(minutes=choose.randint(0, 5_000)),
            "updated_at": EPOCH,
        }

    _insert(db, albums, (row(n) for n in range(count)))
    _insert(db, covers, (_cover(n, seeded.library_ids[0]) for n in range(count)))
    artist_of = [seeded.artist_ids[n // ALBUMS_PER_ARTIST] for n in range(count)]
    _insert(
        db,
        album_artists,
        (
            {"album_id": a, "position": 0, "artist_id": artist, "name": seeded.artist_names[n // ALBUMS_PER_ARTIST]}
            for n, (a, artist) in enumerate(zip(seeded.album_ids, artist_of, strict=True))
        ),
    )
    _insert(
        db,
        album_genres,
        ({"album_id": a, "genre_id": _genre(seeded, n)} for n, a in enumerate(seeded.album_ids)),
    )
    seeded.folder_ids.extend(made_id(6, n) for n in range(count))
    _insert(db, folders, _folders(seeded))


def _cover(number: int, library_id: str) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "library_id": library_id,
        "path": f"album {number}/cover.jpg",
        "embedded": False,
        "described": True,
        "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
        "palette": ["#102030", "#405060"],
    }


def _folders(seeded: Seeded) -> Iterator[dict[str, Any]]:
    for number, library_id in enumerate(seeded.library_ids):
        yield _folder(made_id(7, number), library_id, None, "")
    for number, folder_id in enumerate(seeded.folder_ids):
        library = number % 4 == 3 and len(seeded.library_ids) > 1
        yield _folder(folder_id, seeded.library_ids[library], made_id(7, int(library)), f"album {number}")


def _folder(folder_id: str, library_id: str, parent_id: str | None, path: str) -> dict[str, Any]:
    return {
        "id": folder_id,
        "library_id": library_id,
        "parent_id": parent_id,
        "path": path,
        "name": path,
        "mtime_ns": 0,
    }


def _write_tracks(db: Connection, seeded: Seeded, count: int, choose: random.Random) -> None:
    def row(number: int) -> dict[str, Any]:
        seeded.track_ids.append(made_id(5, number))
        album = number // TRACKS_PER_ALBUM
        library = album % 4 == 3 and len(seeded.library_ids) > 1
        text = name(number, choose)
        artist_name = seeded.artist_names[album // ALBUMS_PER_ARTIST]
        return {
            "id": made_id(5, number),
            "library_id": seeded.library_ids[library],
            "album_id": seeded.album_ids[album],
            "title": text,
            "sort_title": sort_key(text),
            "artist_name": artist_name,
            "sort_artist": sort_key(artist_name),
            "sort_album": f"album {album:06d}",
            "disc_number": 1,
            "track_number": number % TRACKS_PER_ALBUM + 1,
            "year": choose.choice([0, *range(1960, 2025)]),
            "duration_ms": choose.randint(30, 600) * 1000,
            "codec": "flac",
            "mime": "audio/flac",
            "bit_rate_kbps": 900,
            "sample_rate_hz": 44_100,
            "bit_depth": 16,
            "channels": 2,
            "size_bytes": 1000 + number,
            "has_lyrics": number % 10 == 0,
            "cover_id": f"{album:032x}",
            "play_count": choose.randint(0, 20),
            "rating": choose.choice([0.0, 1.0, 3.5, 5.0]),
            "present": number % 50 != 49,
            "added_at": EPOCH + timedelta(minutes=choose.randint(0, 5_000)),
            "updated_at": EPOCH,
        }

    _insert(db, tracks, (row(n) for n in range(count)))
    _insert(db, files, (_file(seeded, n) for n in range(count)))
    _insert(db, credits_, _credits(seeded, count))
    _insert(
        db,
        track_genres,
        ({"track_id": t, "genre_id": _genre(seeded, n // TRACKS_PER_ALBUM)} for n, t in enumerate(seeded.track_ids)),
    )
    _insert(
        db,
        lyrics,
        ({"track_id": t, "plain": "la la", "synced": [[0, "la"], [900, "la"]]} for t in seeded.track_ids[::10]),
    )


def _file(seeded: Seeded, number: int) -> dict[str, Any]:
    album = number // TRACKS_PER_ALBUM
    return {
        "id": made_id(8, number),
        "library_id": seeded.library_ids[album % 4 == 3 and len(seeded.library_ids) > 1],
        "folder_id": seeded.folder_ids[album],
        "path": f"album {album}/{number}.flac",
        "size_bytes": 1000 + number,
        "mtime_ns": 1,
        "fingerprint": f"{number:032x}",
        "track_id": seeded.track_ids[number],
        "missing_since": EPOCH if number % 50 == 49 else None,
    }


def _credits(seeded: Seeded, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        artist = number // TRACKS_PER_ALBUM // ALBUMS_PER_ARTIST
        yield _credit(seeded, number, "artist", 0, artist)
        if number % 7 == 0:
            yield _credit(seeded, number, "artist", 1, (artist + 1) % len(seeded.artist_ids))
        if number % 9 == 0:
            yield _credit(seeded, number, "composer", 0, (artist + 2) % len(seeded.artist_ids))


def _credit(seeded: Seeded, number: int, role: str, position: int, artist: int) -> dict[str, Any]:
    return {
        "track_id": seeded.track_ids[number],
        "role": role,
        "position": position,
        "artist_id": seeded.artist_ids[artist],
        "name": seeded.artist_names[artist],
        "detail": None,
    }


def _genre(seeded: Seeded, album: int) -> str:
    return seeded.genre_ids[album % len(seeded.genre_ids)]


def _insert(db: Connection, table: sa.Table, rows: Iterator[dict[str, Any]]) -> None:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            db.execute(sa.insert(table), batch)
            batch = []
    if batch:
        db.execute(sa.insert(table), batch)


def _settle(db: Connection, seeded: Seeded) -> None:
    recompute(db, seeded.album_ids, seeded.artist_ids, seeded.genre_ids)
    reindex(db, album_ids=seeded.album_ids, artist_ids=seeded.artist_ids)
    for begin in range(0, len(seeded.track_ids), _BATCH):
        reindex(db, track_ids=seeded.track_ids[begin : begin + _BATCH])

"""Tags of absurd size and shape: read at once, and cut. A pattern that backtracks would not come to an end here."""

from pathlib import Path

import pytest
from mutagen.flac import FLAC

from support.audio import audio_bytes, make_audio
from tutti.services.catalog.service.reading import raw_tags
from tutti.services.catalog.service.reading.raw_tags import MAX_VALUE_CHARS, MAX_VALUES, RawTags, free_name
from tutti.services.catalog.service.reading.reader import read_file
from tutti.services.catalog.service.reading.text import MAX_LYRICS_CHARS, MAX_NAME_CHARS

MEGABYTE = 1_000_000


def frame(name: bytes, payload: bytes) -> bytes:
    return name + bytes(len(payload) >> shift & 0x7F for shift in (21, 14, 7, 0)) + b"\0\0" + payload


def with_tag(folder: Path, *frames: bytes) -> Path:
    body = b"".join(frames)
    size = bytes(len(body) >> shift & 0x7F for shift in (21, 14, 7, 0))
    path = folder / "song.mp3"
    path.write_bytes(b"ID3\x04\0\0" + size + body + audio_bytes("mp3"))
    return path


@pytest.mark.parametrize(
    "text",
    [
        " ",
        " x",
        ";",
        " / ",
        " feat. ",
        " (feat. ",
        "[",
        "(17)",
        "1",
        "/",
        "<",
        "\\",
        "AC/DC",
        "\n",
        "[00:01.00]",
        "\u0301",
    ],
)
@pytest.mark.parametrize("name", [b"TIT2", b"TPE1", b"TCON", b"TRCK", b"TDRC", b"TSRC", b"TBPM", b"USLT", b"COMM"])
def test_endless_text(name: bytes, text: str, tmp_path: Path) -> None:
    head = b"\x03eng\0" if name in (b"USLT", b"COMM") else b"\x03"
    long = ("a" + text * (MEGABYTE // len(text.encode())) + "b").encode()[:MEGABYTE]
    tags = read_file(with_tag(tmp_path, frame(name, head + long)))
    assert 0 < len(tags.title) <= MAX_NAME_CHARS
    assert all(len(artist.name) <= MAX_NAME_CHARS for artist in tags.artists)
    assert len(tags.lyrics or "") <= MAX_LYRICS_CHARS


@pytest.mark.parametrize(
    "content",
    [
        frame(b"TIT2", b"\3a") * 300_000,
        frame(b"TXXX", b"\3PERFORMER\0" + b"(" * MEGABYTE),
        frame(b"TXXX", b"\3MusicBrainz Artist Id\0" + b"/" * MEGABYTE) + frame(b"TPE1", b"\3a"),
        frame(b"SYLT", b"\0eng\2\1\0" + b"a\0\0\0\0\1" * 500_000),
        frame(b"SYLT", b"\1eng\2\1\0\0" + b"\0a" * 2 * MEGABYTE),
        frame(b"TIPL", b"\3" + b"a\0b\0" * MEGABYTE),
        frame(b"USLT", b"\3eng\0" + b"[00:01.00]" * 100_000) * 20,
        frame(b"TPE1", b"\0" + b"\xe0\xe1 \xe2" * MEGABYTE),
    ],
    ids=["frames", "performer", "ids", "lyrics", "wide-lyrics", "people", "stamps", "latin"],
)
def test_endless_frames(content: bytes, tmp_path: Path) -> None:
    tags = read_file(with_tag(tmp_path, content))
    assert len(tags.credits) <= MAX_VALUES
    assert len(tags.synced_lyrics) <= 10_000


def test_endless_lists(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "flac")
    file = FLAC(path)
    file["artist"] = [f"Artist {number}" for number in range(3000)]
    file["genre"] = [f"Genre {number}" for number in range(3000)]
    file.save()
    tags = read_file(path)
    assert len(tags.artists) == len(tags.genres) == MAX_VALUES


def test_values_are_cut_where_they_come_in() -> None:
    raw = RawTags()
    raw.add("artist", "x" * MEGABYTE)
    raw.add("lyrics", "x" * MEGABYTE)
    assert len(raw.fields["artist"][0]) == MAX_VALUE_CHARS
    assert len(raw.fields["lyrics"][0]) == MEGABYTE


def test_endless_names_are_not_remembered() -> None:
    before = raw_tags._field_of.cache_info().currsize
    assert free_name("_" * MEGABYTE + "title") is None
    assert raw_tags._field_of.cache_info().currsize == before
    assert free_name("_Title_") == "title"


def test_of_many_pictures_two_at_most_are_kept() -> None:
    raw = RawTags()
    for number, kind in enumerate((8, 4, 3, 3, 0)):
        raw.add_picture(kind, bytes([number]))
    assert [picture.content for picture in raw.pictures] == [b"\0", b"\2"]
    assert raw.front_cover() == b"\2"

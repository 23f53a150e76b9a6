"""Lyrics: plain, LRC, in frames, beside the file."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen import id3

from support.audio import make_audio
from support.tagging import write_tags
from tutti.services.catalog.service.reading.lyrics import (
    MAX_REPEATS,
    MAX_SYNCED_LINES,
    decode_lrc,
    parse_lrc,
    read_lyrics,
)
from tutti.services.catalog.service.reading.reader import read_file
from tutti.services.catalog.service.reading.track_tags import SyncedLine

LRC = """[ar:Artist]
[ti:Title]

[00:12.34]First line
[00:15.6]<00:15.60>Sec<00:16.00>ond <00:16.20> line
[01:02:50]Third line
[00:20.00][01:30.125] Again
[02:00]
no time
"""
LINES = [
    SyncedLine(12_340, "First line"),
    SyncedLine(15_600, "Sec ond line"),
    SyncedLine(20_000, "Again"),
    SyncedLine(62_500, "Third line"),
    SyncedLine(90_125, "Again"),
    SyncedLine(120_000, ""),
]


def test_lrc() -> None:
    assert parse_lrc(LRC) == LINES
    assert parse_lrc("plain\ntext [not:a:time]") == []
    assert parse_lrc("\ufeff[00:01.00]x\r\n[00:02.00]y") == [SyncedLine(1000, "x"), SyncedLine(2000, "y")]
    assert parse_lrc("[1:02:03.04]x") == [SyncedLine(3_723_040, "x")]


@pytest.mark.parametrize(("offset", "start_ms"), [("+500", 500), ("500", 500), ("-500", 1500), ("+9999", 0)])
def test_a_positive_offset_shows_lines_earlier(offset: str, start_ms: int) -> None:
    assert parse_lrc(f"[offset:{offset}]\n[00:01.00]x") == [SyncedLine(start_ms, "x")]


def test_lrc_has_an_end() -> None:
    assert len(parse_lrc("[00:01.00]x\n" * (MAX_SYNCED_LINES + 5))) == MAX_SYNCED_LINES
    assert len(parse_lrc("[00:01.00]" * (MAX_SYNCED_LINES + 5))) == MAX_REPEATS


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_files_in_any_encoding(codec: str) -> None:
    text = "[00:01.00]Звезда по имени Солнце"
    assert parse_lrc(decode_lrc(text.encode(codec))) == [SyncedLine(1000, "Звезда по имени Солнце")]


def test_what_counts_first() -> None:
    timed = [SyncedLine(1, "frame")]
    assert read_lyrics([], [], None) == (None, [])
    assert read_lyrics(["plain"], [], None) == ("plain", [])
    assert read_lyrics(["[00:01.00]tag"], [], None) == ("tag", [SyncedLine(1000, "tag")])
    assert read_lyrics(["plain", "[00:01.00]tag"], timed, None) == ("plain", timed)
    assert read_lyrics(["plain"], timed, "[00:02.00]file") == ("plain", [SyncedLine(2000, "file")])
    assert read_lyrics(["plain"], [], "words beside") == ("words beside", [])
    assert read_lyrics([], [SyncedLine(5, "b"), SyncedLine(2, "a\0")], None)[1] == [
        SyncedLine(2, "a"),
        SyncedLine(5, "b"),
    ]


def test_in_files(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "flac")
    write_tags(path, {"lyrics": [LRC]})
    assert read_file(path).synced_lyrics == tuple(LINES)
    assert (read_file(path).lyrics or "").startswith("First line\nSec ond line")

    (tmp_path / "song.lrc").write_text("[00:01.00]beside")
    assert read_file(path).synced_lyrics == (SyncedLine(1000, "beside"),)


def test_timed_frames_of_id3(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3")
    tags = id3.ID3()
    tags.add(id3.SYLT(encoding=1, lang="eng", format=2, type=1, desc="", text=[("\nOne", 10), ("\nTwo", 20)]))
    tags.save(path)
    assert read_file(path).synced_lyrics == (SyncedLine(10, "One"), SyncedLine(20, "Two"))
    assert read_file(path).lyrics == "One\nTwo"


def test_a_folder_of_that_name_is_no_lyrics(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "flac")
    (tmp_path / "song.lrc").mkdir()
    assert read_file(path).lyrics is None


@settings(deadline=None)
@given(st.text("[]<>:.0123456789ab \n", max_size=200))
def test_no_lrc_is_too_odd(text: str) -> None:
    lines = parse_lrc(text)
    assert lines == sorted(lines, key=lambda line: line.start_ms)
    assert all(line.start_ms >= 0 for line in lines)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5_999_990), st.text("abc ", max_size=9)), max_size=20))
def test_times_come_back(lines: list[tuple[int, str]]) -> None:
    text = "\n".join(f"[{ms // 60000:02}:{ms // 1000 % 60:02}.{ms % 1000:03}]{words}" for ms, words in lines)
    assert sorted((line.start_ms, line.text) for line in parse_lrc(text)) == sorted((ms, w.strip()) for ms, w in lines)

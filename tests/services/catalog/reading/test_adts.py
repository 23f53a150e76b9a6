"""Bare AAC streams: known by their frames, and as long as these are in all."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.audio import audio_bytes, ffmpeg, make_audio
from tutti.services.catalog.service.reading.adts import parse_adts
from tutti.services.catalog.service.reading.reader import read_file
from tutti.services.catalog.service.reading.track_tags import UnreadableFile

ID3 = b"ID3\x03\0\0\0\0\0\x15TIT2\0\0\0\x0b\0\0\0Somewhere!"


def encode(folder: Path, *arguments: str) -> Path:
    path = folder / "song.aac"
    tone = ["-f", "lavfi", "-i", "sine=d=7"]
    subprocess.run([ffmpeg(), "-v", "error", *tone, *arguments, "-c:a", "aac", str(path)], check=True)
    return path


@pytest.mark.parametrize(("rate_hz", "channels"), [(44_100, 2), (48_000, 1), (22_050, 2), (8_000, 1), (48_000, 6)])
def test_it_is_as_long_as_its_frames(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = encode(tmp_path, "-ar", str(rate_hz), "-ac", str(channels))
    tags = read_file(path)
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-f", "s16le", "-"]
    samples = len(subprocess.run(command, check=True, capture_output=True).stdout) // (2 * channels)
    assert (tags.audio.container, tags.audio.codec) == ("adts", "aac")
    assert (tags.audio.sample_rate_hz, tags.audio.channels) == (rate_hz, channels)
    assert tags.audio.duration_ms == round(samples * 1000 / rate_hz)
    assert tags.audio.bit_rate_kbps == round(path.stat().st_size * 8 / tags.audio.duration_ms)


def test_tags_before_it_are_read(tmp_path: Path) -> None:
    path = tmp_path / "song.aac"
    path.write_bytes(ID3 + audio_bytes("adts", seconds=3.0))
    assert (read_file(path).title, read_file(path).audio.duration_ms) == ("Somewhere!", pytest.approx(3000, abs=60))


def test_junk_between_frames_is_not_counted(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "adts", seconds=30.0)
    whole = read_file(path).audio
    content = path.read_bytes()
    at = len(content) // 2
    path.write_bytes(content[:at] + b"\xff\xf1junk" * 500 + content[at:])
    assert read_file(path).audio.duration_ms == pytest.approx(whole.duration_ms, abs=50)


@pytest.mark.parametrize("name", ["song.mp3", "song.aac"])
def test_its_name_does_not_matter(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(audio_bytes("adts", seconds=2.0))
    assert read_file(path).audio.container == "adts"


def test_an_mp3_is_none(tmp_path: Path) -> None:
    path = tmp_path / "song.aac"
    path.write_bytes(audio_bytes("mp3"))
    with pytest.raises(UnreadableFile, match="no AAC stream"):
        read_file(path)


@given(st.binary(max_size=9))
def test_any_header_can_be_read(content: bytes) -> None:
    frame = parse_adts(b"\xff\xf1" + content)
    assert frame is None or (frame.size > 7 and frame.channels > 0)

"""MPEG audio: frame headers of every kind, and the notes that encoders leave in the first frame."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.mp3 import MP3

from support.audio import audio_bytes, ffmpeg, make_audio
from tutti.services.catalog.service.reading.mpeg_audio import parse_frame, read_vbr_header
from tutti.services.catalog.service.reading.reader import read_file


def encode(folder: Path, *arguments: str, channels: int = 2, extension: str = ".mp3") -> Path:
    source = make_audio(folder, "source", "wav", seconds=3)
    path = folder / f"encoded{extension}"
    command = [ffmpeg(), "-v", "error", "-y", "-i", source, "-ac", str(channels), *arguments, path]
    subprocess.run([str(part) for part in command], check=True)
    return path


@pytest.mark.parametrize("rate_hz", [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_every_sample_rate(rate_hz: int, channels: int, tmp_path: Path) -> None:
    path = encode(tmp_path, "-ar", str(rate_hz), "-c:a", "libmp3lame", channels=channels)
    audio = read_file(path).audio
    known = MP3(path).info
    assert (audio.sample_rate_hz, audio.channels, audio.codec) == (rate_hz, channels, "mp3")
    assert audio.duration_ms == pytest.approx(3000, abs=2)
    assert audio.bit_rate_kbps == pytest.approx(known.bitrate / 1000, abs=1)
    assert audio.encoder_delay_samples is not None


def test_layer_2(tmp_path: Path) -> None:
    audio = read_file(encode(tmp_path, "-c:a", "mp2", "-b:a", "192k", "-f", "mp2")).audio
    assert (audio.codec, audio.bit_rate_kbps) == ("mp2", 192)
    assert audio.duration_ms == pytest.approx(3000, abs=60)


def test_without_a_note_the_size_tells(tmp_path: Path) -> None:
    path = encode(tmp_path, "-c:a", "libmp3lame", "-b:a", "160k", "-write_xing", "0", "-id3v2_version", "0")
    audio = read_file(path).audio
    assert (audio.bit_rate_kbps, audio.encoder_delay_samples, audio.encoder_padding_samples) == (160, None, None)
    assert audio.duration_ms == pytest.approx(3000, abs=80)


def test_the_gap_that_the_encoder_left(tmp_path: Path) -> None:
    audio = read_file(make_audio(tmp_path, "song", "mp3", seconds=2)).audio
    assert (audio.encoder_delay_samples, audio.duration_ms) == (576, 2000)


def test_frames_of_the_encoder_are_what_mutagen_sees(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3-vbr", seconds=3)
    assert read_file(path).audio.bit_rate_kbps == pytest.approx(MP3(path).info.bitrate / 1000, abs=1)


def test_the_note_of_the_other_encoder() -> None:
    header = b"\xff\xfb\x90\x00"
    frame = parse_frame(header)
    assert frame is not None
    note = b"VBRI\0\1\0\0\0\x50" + (41_700).to_bytes(4, "big") + (100).to_bytes(4, "big")
    found = read_vbr_header(header.ljust(36, b"\0") + note, frame)
    assert found is not None
    assert (found.frames, found.size_bytes) == (100, 41_700)


def test_a_false_start_is_passed_over(tmp_path: Path) -> None:
    """Junk that looks like a frame header, but is not followed by another."""
    path = tmp_path / "song.mp3"
    for junk in (b"\xff\xfb\x90\x00" * 5, b"\xff\xfb\x90\x00" + bytes(500), b"\xff" * 3000):
        path.write_bytes(junk + audio_bytes("mp3"))
        assert read_file(path).audio.duration_ms == 1000


def test_a_single_frame_is_a_track(tmp_path: Path) -> None:
    path = encode(tmp_path, "-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0", "-id3v2_version", "0")
    content = path.read_bytes()
    frame = parse_frame(content[:4])
    assert frame is not None
    path.write_bytes(content[: frame.size])
    assert read_file(path).audio.duration_ms == 26


@settings(deadline=None)
@given(st.binary(min_size=0, max_size=6))
def test_no_header_is_too_odd(header: bytes) -> None:
    frame = parse_frame(header)
    assert frame is None or (frame.size >= 21 and frame.samples in (384, 576, 1152))


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_note_is_too_odd(content: bytes) -> None:
    frame = parse_frame(b"\xff\xfb\x90\x00")
    assert frame is not None
    for start in (b"", bytes(36) + b"Xing", bytes(36) + b"Info\0\0\0\x0f", bytes(36) + b"VBRI"):
        read_vbr_header(start + content, frame)

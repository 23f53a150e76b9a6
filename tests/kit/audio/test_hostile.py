"""Files made to harm: each is refused with a reason, or handled within limits, and leads ffmpeg to no other file."""

import random
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kit.audio.sounds import decode, run_ffmpeg, tones, write_sound, write_wav
from kit.audio.validator import validate
from tutti.kit.audio import (
    AudioError,
    AudioRefused,
    AudioSettings,
    LimitExceeded,
    Source,
    make_ladder,
    measure,
    reading,
)
from tutti.kit.audio.source import CONTAINERS

SECONDS = 3.0
PLAYLISTS: dict[str, Callable[[Path], str]] = {
    "hls": lambda secret: f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:3,\nfile://{secret}\n#EXT-X-ENDLIST\n",
    "m3u": lambda secret: f"{secret}\n",
    "concat": lambda secret: f"ffconcat version 1.0\nfile 'file:{secret}'\n",
    "dash": lambda secret: (
        f'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>{secret}</BaseURL></MPD>'
    ),
    "asx": lambda secret: f'<asx version="3.0"><entry><ref href="file://{secret}"/></entry></asx>',
    "ref": lambda secret: f"[Reference]\nRef1=file://{secret}\n",
    "sdp": lambda secret: "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
    "svg": lambda secret: f'<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{secret}"/></svg>',
}


def named(path: Path, container: str, codec: str = "pcm") -> Source:
    return Source(str(path), codec, container, 44_100, 2, None, True)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file of the server that has nothing to do with what was sent in; it would be decoded if it were reached."""
    folder = tmp_path / "private"
    folder.mkdir()
    return write_wav(folder / "secret.wav", tones(SECONDS))


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("playlist", PLAYLISTS)
async def test_a_playlist_is_no_sound_whatever_it_is_called(
    playlist: str, container: str, secret: Path, tmp_path: Path
) -> None:
    path = tmp_path / "song.mp3"
    path.write_text(PLAYLISTS[playlist](secret))

    with pytest.raises(AudioRefused):
        await measure(named(path, container))


def test_those_playlists_would_lead_an_unguarded_ffmpeg_there(secret: Path, tmp_path: Path) -> None:
    """Or the test above would prove nothing."""
    path = tmp_path / "list.m3u8"
    path.write_text(PLAYLISTS["concat"](secret))
    assert len(decode("-f", "concat", "-safe", "0", "-i", str(path))) == SECONDS * 44_100
    path.write_text(PLAYLISTS["hls"](secret))
    opened = decode("-f", "hls", "-allowed_extensions", "ALL", "-extension_picky", "0", "-i", str(path))
    assert len(opened) == SECONDS * 44_100


@pytest.mark.parametrize("playlist", ["hls", "concat"])
async def test_a_playlist_behind_a_tag_or_inside_a_container_is_not_followed(
    playlist: str, secret: Path, tmp_path: Path
) -> None:
    text = PLAYLISTS[playlist](secret).encode()
    tag = b"ID3\x04\0\0\0\0\0\x10" + bytes(16)
    riff = (
        b"RIFF"
        + struct.pack("<I", 36 + len(text))
        + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, 2, 44100, 176400, 4, 16)
    )
    path = tmp_path / "song"
    path.write_bytes(tag + text)
    with pytest.raises(AudioRefused):
        await measure(named(path, "mp3", "mp3"))
    path.write_bytes(riff + b"data" + struct.pack("<I", len(text)) + text)
    assert (await measure(named(path, "wav"))).total_samples == len(text) // 4  # the text itself, heard as noise


@pytest.mark.parametrize(
    "prefix", ["concat:", "file:", "subfile,,start,0,end,0,,:", "pipe:", "http://127.0.0.1/", "data:"]
)
async def test_a_protocol_in_a_name_is_but_a_name(prefix: str, secret: Path, tmp_path: Path) -> None:
    with pytest.raises((AudioRefused, OSError)):
        await measure(named(Path(f"{prefix}{secret}"), "wav"))

    odd = tmp_path / f"{prefix}x|y.wav".replace("/", "_")
    write_wav(odd, tones(1.0))
    assert (await measure(named(odd, "wav"))).duration_s == 1


@pytest.mark.parametrize(
    "name", ["-i.wav", "%d.wav", "a\nb.wav", "é" * 100 + ".wav", "[0:a]'\\,;.wav", "$(touch x).wav"]
)
async def test_any_name_that_a_file_may_have(name: str, tmp_path: Path) -> None:
    path = write_wav(tmp_path / name, tones(1.0))
    (tmp_path / "ladder").mkdir()

    await make_ladder(named(path, "wav"), tmp_path / "ladder")

    validate(tmp_path / "ladder")


async def test_a_reference_inside_mp4_to_another_file_is_not_followed(secret: Path, tmp_path: Path) -> None:
    path = tmp_path / "reference.mov"
    run_ffmpeg("-i", str(secret), "-c:a", "pcm_s16le", "-f", "mov", str(path))
    path.write_bytes(with_reference(path.read_bytes(), secret))
    followed = decode("-enable_drefs", "1", "-use_absolute_path", "1", "-i", str(path))
    assert np.abs(followed).max() > 0.3, "an unguarded ffmpeg would have read the other file"

    with pytest.raises(AudioRefused):
        await measure(named(path, "mp4"))


def with_reference(movie: bytes, other: Path) -> bytes:
    """Return the movie with an alias of QuickTime in its `dref` box, and its own sound silenced."""
    target = str(other).encode()
    path_tag = struct.pack(">HH", 2, len(target)) + target + bytes(len(target) % 2)
    alias = bytes(10) + bytes(1 + 27) + bytes(12) + bytes(1 + 63) + bytes(16) + struct.pack(">hh", 0, 0) + bytes(16)
    alias += path_tag + struct.pack(">HH", 0xFFFF, 0) + bytes(40)
    dref = box(b"dref", struct.pack(">II", 0, 1), box(b"alis", bytes(4), alias))

    def rewritten(content: bytes) -> bytes:
        made, at = b"", 0
        while at < len(content):
            size, kind = struct.unpack_from(">I4s", content, at)
            inside = content[at + 8 : at + size]
            if kind == b"dref":
                made += dref
            elif kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
                made += box(kind, rewritten(inside))
            else:
                made += box(kind, bytes(len(inside)) if kind == b"mdat" else inside)
            at += size
        return made

    return rewritten(movie)


def box(kind: bytes, *content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + sum(map(len, content)), kind) + b"".join(content)


@pytest.mark.parametrize("container", CONTAINERS)
async def test_what_is_no_sound_is_refused(container: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (
        b"",
        b"\0",
        Path(sys.executable).read_bytes()[:200_000],
        b"#!/bin/sh\necho hello\n",
        b"PK\x03\x04" + bytes(1000),
        random.Random(3).randbytes(50_000),
        b"\x89PNG\r\n\x1a\n" + bytes(1000),
    ):
        path.write_bytes(content)
        with pytest.raises(AudioRefused):
            await measure(named(path, container))


@pytest.mark.parametrize("kind", ["flac", "m4a", "mp3", "ogg", "opus", "wav", "aiff", "wv", "wma", "adts", "alac"])
@pytest.mark.parametrize("part", [0.001, 0.1, 0.5, 0.999])
async def test_a_truncated_file_is_refused_or_played_as_far_as_it_goes(kind: str, part: float, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    content = Path(source.path).read_bytes()
    Path(source.path).write_bytes(content[: int(len(content) * part)])
    (tmp_path / "ladder").mkdir()
    try:
        ladder = await make_ladder(source, tmp_path / "ladder")
    except AudioRefused as refused:
        assert str(refused)
    else:
        assert ladder.extent.duration_s <= 20.4
        validate(tmp_path / "ladder")


@pytest.mark.parametrize("kind", ["flac", "m4a", "mp3", "ogg", "wav", "wv"])
@pytest.mark.parametrize("seed", range(3))
async def test_a_damaged_file_ends_in_a_ladder_or_a_reason(kind: str, seed: int, tmp_path: Path) -> None:
    source = write_sound(tmp_path, kind)
    content, chance = bytearray(Path(source.path).read_bytes()), random.Random(seed)
    for _ in range(200):
        content[chance.randrange(len(content))] = chance.randrange(256)
    Path(source.path).write_bytes(content)
    (tmp_path / "ladder").mkdir()
    try:
        await make_ladder(source, tmp_path / "ladder")
    except AudioError as error:
        assert str(error)
    else:
        validate(tmp_path / "ladder")


async def test_ten_hours_of_silence_are_over_a_limit_before_any_is_encoded(tmp_path: Path) -> None:
    path = tmp_path / "silence.flac"
    run_ffmpeg("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "36000", "-c:a", "flac", str(path))
    assert path.stat().st_size < 5_000_000

    with pytest.raises(LimitExceeded, match="3600 s"):
        await make_ladder(named(path, "flac", "flac"), tmp_path, settings=AudioSettings(max_duration_s=3600))
    assert (await measure(named(path, "flac", "flac"))).duration_s == 36_000


def test_nothing_that_reads_more_than_one_file_may_be_opened(tmp_path: Path) -> None:
    arguments = reading(named(tmp_path / "x", "mp4"))
    said = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert said["-protocol_whitelist"] == "file"
    assert said["-format_whitelist"] == said["-f"] == "mov"
    assert said["-enable_drefs"] == "0"
    assert said["-i"].startswith("file:")
    assert not {"mjpeg", "png", "h264"} & set(said["-codec_whitelist"].split(","))

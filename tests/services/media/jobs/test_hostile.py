"""What nobody should send, through the real flow: each upload ends with a reason or a track, and nothing hangs."""

import struct
import sys
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.media.jobs.sounds import record
from services.media.jobs.workshop import Workshop, open_workshop
from support.audio import audio_bytes, make_audio
from support.tagging import write_tags

MAGIC = {
    "flac": b"fLaC",
    "ogg": b"OggS",
    "wav": b"RIFF\xff\xff\xff\xffWAVEfmt ",
    "aiff": b"FORM\xff\xff\xff\xffAIFFCOMM",
    "mp4": b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42isom",
    "asf": bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
    "ape": b"MAC \x96\x0f\0\0",
    "wavpack": b"wvpk\xff\xff\xff\xff",
    "dsf": b"DSD \x1c\0\0\0\0\0\0\0",
    "id3": b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
}


@pytest.fixture(scope="module")
def executable() -> bytes:
    return Path(sys.executable).read_bytes()[:300_000]


async def fails(workshop: Workshop, content: bytes, code: str, filename: str = "Song.mp3") -> str:
    """Upload it; return the reason why nothing was made of it."""
    upload = await workshop.made(content, filename)
    assert (upload["state"], upload["reasonCode"]) == ("failed", code), upload
    await nothing_is_left(workshop, upload)
    return upload["reason"]


async def nothing_is_left(workshop: Workshop, upload: Any) -> None:
    """But the bytes as they came, which are kept for some days."""
    assert await workshop.keys() == [f"incoming/{upload['id']}"]
    (job,) = await workshop.jobs()
    assert (job["state"], job["attempts"]) == ("done", 1)
    assert job["error"] == upload["reason"]
    assert list((workshop.site.data_dir / "tmp/media").iterdir()) == []


async def test_an_executable_is_no_audio(workshop: Workshop, executable: bytes) -> None:
    assert "format" in await fails(workshop, executable, "NOT_AUDIO")


@pytest.mark.parametrize("content", [b"x", bytes(70_000), b"MZ" + bytes(100), b"PK\x03\x04" + bytes(100)])
async def test_what_is_nothing_is_no_audio(workshop: Workshop, content: bytes) -> None:
    await fails(workshop, content, "NOT_AUDIO")


async def test_an_empty_file_is_not_taken(workshop: Workshop) -> None:
    wish = {"filename": "Song.mp3", "sizeBytes": 0, "contentType": "audio/mpeg"}
    assert (await workshop.site.ask("POST", "/uploads", wish)).status_code == 400


@pytest.mark.parametrize("magic", sorted(MAGIC))
async def test_a_good_beginning_is_not_enough(workshop: Workshop, magic: str) -> None:
    await fails(workshop, MAGIC[magic] + zlib.compress(b"nothing of the kind" * 999), "NOT_AUDIO")


@pytest.mark.parametrize("kind", ["flac", "wav", "aiff", "m4a", "alac", "wv"])
async def test_half_a_file_is_damaged(workshop: Workshop, kind: str) -> None:
    content = audio_bytes(kind, seconds=20.0)
    upload = await workshop.made(content[: len(content) // 2])
    if upload["state"] == "failed":
        assert upload["reasonCode"] in ("DAMAGED", "NOT_AUDIO")
        assert upload["reason"]
        await nothing_is_left(workshop, upload)
    else:  # a container whose length is that of its bytes is a shorter track
        track = await workshop.site.get(f"/tracks/{upload['trackId']}", "ada")
        assert track["durationMs"] == pytest.approx(10_000, abs=1500)


@pytest.mark.parametrize("kind", ["mp3", "ogg", "opus"])
async def test_half_a_stream_is_a_shorter_track(workshop: Workshop, kind: str) -> None:
    content = audio_bytes(kind, seconds=20.0)
    upload = await workshop.made(content[: len(content) // 2])
    assert upload["state"] in ("ready", "failed")
    assert (upload["state"] == "ready") is (upload["reason"] is None)


@pytest.mark.parametrize("kind", ["mp3", "flac", "m4a", "opus", "wav"])
async def test_a_wrong_ending_does_not_matter(workshop: Workshop, kind: str) -> None:
    upload = await workshop.made(audio_bytes(kind, seconds=2.0), "Song.wma")
    assert (upload["state"], upload["reason"]) == ("ready", None)


async def test_noise_inside_a_stream_is_borne(workshop: Workshop) -> None:
    content = bytearray(audio_bytes("mp3", seconds=20.0))
    middle = len(content) // 2
    content[middle : middle + 5000] = zlib.compress(bytes(range(256)) * 999)[:5000].ljust(5000, b"\x55")
    upload = await workshop.made(bytes(content))
    assert upload["state"] in ("ready", "failed")
    assert upload["state"] == "ready" or upload["reason"]


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
        "concat:{path}|{path}",
        "[playlist]\nFile1=file://{path}\nNumberOfEntries=1\n",
        "<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'><BaseURL>file://{path}</BaseURL></MPD>",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n",
        "RIFF....WAVE#EXTM3U\nfile://{path}\n",
        "ID3\x04\0\0\0\0\0\0#EXTM3U\n#EXTINF:10,\nfile://{path}\n",
    ],
)
async def test_a_list_of_other_files_is_no_audio(workshop: Workshop, tmp_path: Path, text: str) -> None:
    secret = record(tmp_path / "secret.wav", "0.5*sin(2*PI*440*t)", 2)
    reason = await fails(workshop, text.format(path=secret).encode(), "NOT_AUDIO")
    assert str(tmp_path) not in reason


async def test_mp4_that_names_another_file_plays_none_of_it(workshop: Workshop, tmp_path: Path) -> None:
    """A data reference to a file, as QuickTime has them (ISO/IEC 14496-12 §8.7.2)."""
    secret = record(tmp_path / "secret.wav", "0.5*sin(2*PI*440*t)", 30)
    content = audio_bytes("m4a", seconds=2.0)
    at = content.index(b"url \0\0\0\x01") - 4
    outside = f"file://{secret}".encode() + b"\0"
    entry = struct.pack(">I4sI", 12 + len(outside), b"url ", 0) + outside
    grown = len(entry) - 12
    patched = bytearray(content[:at] + entry + content[at + 12 :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = patched.index(box) - 4
        patched[place : place + 4] = struct.pack(">I", struct.unpack_from(">I", patched, place)[0] + grown)
    upload = await workshop.made(bytes(patched), "Song.m4a")
    if upload["state"] == "ready":  # by its own bytes
        track = await workshop.site.get(f"/tracks/{upload['trackId']}", "ada")
        assert track["durationMs"] == pytest.approx(2000, abs=50)
    else:
        assert upload["reasonCode"] in ("NOT_AUDIO", "DAMAGED")


def png_bomb(side: int) -> bytes:
    """A picture of a few bytes that would take gigabytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["flac", "mp3", "m4a"])
async def test_a_cover_that_is_a_bomb_does_no_harm(workshop: Workshop, tmp_path: Path, kind: str) -> None:
    path = make_audio(tmp_path, "bomb", kind, seconds=2.0)
    write_tags(path, {"title": ["Bomb"], "artist": ["A"], "album": ["B"]}, png_bomb(60_000))
    upload = await workshop.made(path.read_bytes(), path.name)
    assert (upload["state"], upload["reason"]) == ("ready", None)
    track = await workshop.site.get(f"/tracks/{upload['trackId']}", "ada")
    assert track["title"] == "Bomb"


@pytest.mark.parametrize(
    "filename",
    [
        "ä" * 496 + ".mp3",
        "音楽" * 248 + ".mp3",
        "../../../../etc/passwd.mp3",
        "..\\..\\windows.mp3",
        "\u202egnp.exe\u202c.mp3",
        "a\nb\tc.mp3",
        "'; DROP TABLE media_uploads; --.mp3",
        "👩‍👩‍👧‍👧" * 45 + ".mp3",
    ],
)
async def test_strange_names_are_only_names(workshop: Workshop, filename: str) -> None:
    upload = await workshop.made(audio_bytes("mp3", seconds=1.0), filename)
    assert (upload["state"], upload["reason"]) == ("ready", None)
    assert (await workshop.site.get(f"/tracks/{upload['trackId']}", "ada"))["title"]


@pytest.fixture
async def short_workshop(data_dir: Path) -> AsyncIterator[Workshop]:
    async with open_workshop(data_dir, TUTTI_MEDIA_MAX_DURATION_S="60") as opened:
        yield opened


async def test_hours_of_silence_are_too_long(short_workshop: Workshop, tmp_path: Path) -> None:
    content = record(tmp_path / "silence.flac", "0", 600).read_bytes()
    assert len(content) < 1_000_000
    assert "lasts" in await fails(short_workshop, content, "TOO_LONG")


async def test_a_checksum_that_differs_fails(workshop: Workshop) -> None:
    upload = await workshop.made(audio_bytes("mp3", seconds=1.0), sha256="0" * 64)
    assert (upload["state"], upload["reasonCode"]) == ("failed", "CHECKSUM_MISMATCH")

"""Junk between the frames of an mp3: what is lost is counted as ffmpeg loses it, and seeks stay exact and quick."""

import random
import subprocess
from pathlib import Path

import numpy as np
import pytest

from kit.audio.sounds import Samples, sound, write_sound
from support.audio import ffmpeg
from tutti.kit.audio import Source
from tutti.kit.audio.measuring import Survey, survey
from tutti.kit.audio.transport import opened

APE_TAG = b"APETAGEX" + (2000).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(16)
ID3 = b"ID3\x03\0\0\0\0\x02\0" + b"TIT2\0\0\0\x06\0\0\0Track" + bytes(240)
NOISE = random.Random(5).randbytes(3000)
HTML = b"<html><body>502 Bad Gateway</body></html>\r\n" * 9
SAMPLES = (1, 44_100, 401_409, 800_000)


def decode(*arguments: str) -> Samples:
    """Decode and let ffmpeg complain."""
    command = [ffmpeg(), "-v", "quiet", "-nostdin", *arguments, "-ac", "2", "-f", "f32le", "-"]
    made = subprocess.run(command, check=True, capture_output=True)
    return np.frombuffer(made.stdout, "<f4").reshape(-1, 2).astype(np.float64)


def frames_of(content: bytes) -> list[int]:
    """Where the frames of an mp3 of one bit rate and 44.1 kHz begin."""
    found: list[int] = []
    at = content.find(b"\xff\xfb")
    while at + 4 <= len(content) and content[at : at + 2] == b"\xff\xfb":
        found.append(at)
        kbps = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)[content[at + 2] >> 4]
        at += 144_000 * kbps // 44_100 + (content[at + 2] >> 1 & 1)
    return found


def broken(kind: str, pieces: list[tuple[int, int, bytes]]) -> bytes:
    """An mp3 in which junk stands after so many bytes of a frame, in place of the rest of the frame or between two."""
    content = sound(kind)
    starts = frames_of(content)
    for number, offset, junk in sorted(pieces, reverse=True):
        at = starts[number]
        behind = starts[number + 1] if offset else at
        content = content[: at + offset] + junk + content[behind:]
    return content


async def expect_exact(source: Source) -> Survey:
    surveyed = await survey(source)
    whole = decode("-i", source.path)
    assert surveyed.extent.total_samples == len(whole)
    for sample in SAMPLES:
        arguments, filters = opened(source, surveyed, sample)
        rest = decode("-copyts", *arguments, "-map", "0:a:0", "-af", ",".join(filters))[: len(whole) - sample]
        assert np.abs(rest - whole[sample:]).max() <= 1e-4
    return surveyed


@pytest.mark.parametrize("kind", ["mp3-bare", "mp3", "mp3-vbr"])
@pytest.mark.parametrize("junk", [ID3, APE_TAG, HTML, bytes(700), b"\0\0\0x", NOISE])
async def test_junk_between_frames(tmp_path: Path, kind: str, junk: bytes) -> None:
    source = write_sound(tmp_path, kind)
    Path(source.path).write_bytes(broken(kind, [(200, 0, junk), (201, 0, junk), (350, 0, junk), (560, 0, junk)]))
    surveyed = await expect_exact(source)
    if junk is not NOISE:
        assert surveyed.way == "frames"


@pytest.mark.parametrize("kind", ["mp3-bare", "mp3"])
async def test_frames_that_are_cut_short(tmp_path: Path, kind: str) -> None:
    """As where downloads were broken off and gone on with: of one frame only the beginning is there."""
    source = write_sound(tmp_path, kind)
    Path(source.path).write_bytes(broken(kind, [(120, 150, b""), (333, 7, HTML), (500, 400, bytes(9))]))
    await expect_exact(source)


@pytest.mark.parametrize("times", [2, 3])
async def test_files_behind_each_other(tmp_path: Path, times: int) -> None:
    """The table of the first says where the end is cut, which is in the middle of the whole."""
    source = write_sound(tmp_path, "mp3")
    Path(source.path).write_bytes(sound("mp3") * times)
    assert (await expect_exact(source)).way == "frames"


@pytest.mark.parametrize("seed", range(12))
async def test_any_junk_anywhere(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    pieces = [
        (
            chance.randrange(5, 770),
            chance.choice([0, chance.randrange(1, 400)]),
            chance.randbytes(chance.randrange(900)),
        )
        for _ in range(chance.randrange(1, 9))
    ]
    source = write_sound(tmp_path, "mp3-bare")
    Path(source.path).write_bytes(broken("mp3-bare", pieces))
    await expect_exact(source)

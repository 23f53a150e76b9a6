"""Small real audio files of every format, made once per test run.

ffmpeg makes all but two. DSF is written by `support.dsd`. For Monkey's Audio there is no encoder: its headers are
written here by hand around bytes that no decoder would play, real to everything that reads headers and tags.
"""

import random
import shutil
import struct
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import imageio_ffmpeg
import numpy as np

from support.dsd import GIVEN_RATE_HZ, dsf

OLDEST_FFMPEG = 5


@dataclass(frozen=True)
class Kind:
    """One sort of file: what makes it, and what a reader should find."""

    extension: str
    container: str
    codec: str
    arguments: tuple[str, ...] = ()
    sample_rate_hz: int = 44100
    bit_depth: int | None = None


KINDS = {
    "mp3": Kind(".mp3", "mp3", "mp3", ("-c:a", "libmp3lame", "-b:a", "128k")),
    "mp3-vbr": Kind(".mp3", "mp3", "mp3", ("-c:a", "libmp3lame", "-q:a", "4")),
    "adts": Kind(".aac", "adts", "aac", ("-c:a", "aac", "-b:a", "96k")),
    "flac": Kind(".flac", "flac", "flac", ("-c:a", "flac", "-sample_fmt", "s16"), bit_depth=16),
    "m4a": Kind(".m4a", "mp4", "aac", ("-c:a", "aac", "-b:a", "96k")),
    "alac": Kind(".m4a", "mp4", "alac", ("-c:a", "alac", "-sample_fmt", "s16p"), bit_depth=16),
    "ogg": Kind(".ogg", "ogg", "vorbis", ("-c:a", "libvorbis", "-q:a", "3")),
    "opus": Kind(".opus", "ogg", "opus", ("-c:a", "libopus", "-b:a", "64k"), sample_rate_hz=48000),
    "ogg-flac": Kind(".oga", "ogg", "flac", ("-c:a", "flac", "-sample_fmt", "s16", "-f", "ogg"), bit_depth=16),
    "wav": Kind(".wav", "wav", "pcm", ("-c:a", "pcm_s16le"), bit_depth=16),
    "aiff": Kind(".aiff", "aiff", "pcm", ("-c:a", "pcm_s16be"), bit_depth=16),
    "wma": Kind(".wma", "asf", "wma", ("-c:a", "wmav2", "-b:a", "96k")),
    "wv": Kind(".wv", "wavpack", "wavpack", ("-c:a", "wavpack", "-sample_fmt", "s16p"), bit_depth=16),
    "ape": Kind(".ape", "ape", "ape", bit_depth=16),
    "dsf": Kind(".dsf", "dsf", "dsd", sample_rate_hz=2822400, bit_depth=1),
}


def ffmpeg() -> str:
    """The ffmpeg on the PATH if it is recent enough, else the one that comes as a package."""
    system = shutil.which("ffmpeg")
    if system is not None:
        banner = subprocess.run([system, "-version"], capture_output=True, text=True, check=False).stdout
        version = banner.split()[2].lstrip("n").split(".")[0] if banner.startswith("ffmpeg version") else ""
        if version.isdecimal() and int(version) >= OLDEST_FFMPEG:
            return system
    return imageio_ffmpeg.get_ffmpeg_exe()


def make_audio(folder: Path, name: str, kind: str, *, seconds: float = 1.0, pitch_hz: int = 440) -> Path:
    """Write a stereo file without tags; `name` has no extension. The same arguments give the same bytes."""
    path = folder / f"{name}{KINDS[kind].extension}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio_bytes(kind, seconds=seconds, pitch_hz=pitch_hz))
    return path


@cache
def audio_bytes(kind: str, *, seconds: float = 1.0, pitch_hz: int = 440) -> bytes:
    """Return the content of such a file: a tone in one ear, a rising one in the other."""
    if kind == "ape":
        return _monkeys_audio(seconds, pitch_hz)
    if kind == "dsf":
        return _dsf(seconds, pitch_hz)
    made = KINDS[kind]
    tone = f"0.3*sin(2*PI*{pitch_hz}*t)|0.3*sin(2*PI*({pitch_hz}+40*t)*t)"
    source = f"aevalsrc={tone}:d={seconds}:s={made.sample_rate_hz}"
    # Containers with an index at the end cannot go through a pipe.
    with TemporaryDirectory(prefix="tutti-audio-") as folder:
        path = Path(folder) / f"made{made.extension}"
        command = [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", source, "-map_metadata", "-1", "-bitexact"]
        subprocess.run([*command, *made.arguments, str(path)], check=True)
        return path.read_bytes()


def _monkeys_audio(seconds: float, pitch_hz: int) -> bytes:
    """Version 3.99: a descriptor of 52 bytes, a header of 24, then frames."""
    blocks_per_frame, sample_rate = 73728 * 4, 44100
    blocks = int(seconds * sample_rate)
    frames = -(-blocks // blocks_per_frame)
    audio = random.Random(pitch_hz).randbytes(int(seconds * 20_000))
    descriptor = struct.pack("<4sHHIIIIIII16s", b"MAC ", 3990, 0, 52, 24, 0, 0, len(audio), 0, 0, b"\0" * 16)
    last_blocks = blocks - (frames - 1) * blocks_per_frame
    header = struct.pack("<HHIIIHHI", 2000, 0, blocks_per_frame, last_blocks, frames, 16, 2, sample_rate)
    return descriptor + header + audio


def _dsf(seconds: float, pitch_hz: int) -> bytes:
    t = np.arange(int(seconds * GIVEN_RATE_HZ)) / GIVEN_RATE_HZ
    pitches_hz = (pitch_hz, pitch_hz + 40 * t)
    return dsf(np.stack([0.3 * np.sin(2 * np.pi * hz * t) for hz in pitches_hz], axis=1))

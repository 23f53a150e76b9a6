"""From samples to files, by ffmpeg."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tutti.demo.library import AudioFormat
from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Stereo

_CHUNK = 1 << 16
_FULL_SCALE = 32767.0
_PARTS = re.compile(r"^(\[[^]]*\] )+")

# Muxers are named because the files have no telling names while they are written.
_ARGUMENTS: dict[AudioFormat, tuple[str, ...]] = {
    "flac": ("-c:a", "flac", "-compression_level", "8", "-f", "flac"),
    "mp3": ("-c:a", "libmp3lame", "-q:a", "2", "-f", "mp3"),
    "m4a": ("-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", "-f", "ipod"),
    "opus": ("-c:a", "libopus", "-b:a", "112k", "-f", "opus"),
}


class EncodingFailed(Exception):
    """ffmpeg did not write the file; the message is its own."""


def pcm(sound: Stereo, seed: int) -> Iterator[bytes]:
    """Yield the sound of shape (2, n) as interleaved 16-bit little-endian samples.

    Dithered with triangular noise of ±1 step, so that fades end in a whisper instead of in crackles; the noise is the
    same for the same seed.
    """
    rng = np.random.default_rng(seed)
    for start in range(0, sound.shape[1], _CHUNK):
        chunk = sound[:, start : start + _CHUNK].T
        dither = rng.random(chunk.shape, dtype=np.float32) - rng.random(chunk.shape, dtype=np.float32)
        stepped = np.rint(chunk * np.float32(_FULL_SCALE) + dither)
        yield np.clip(stepped, -_FULL_SCALE, _FULL_SCALE).astype("<i2").tobytes()


def encode(sound: Stereo, target: Path, audio_format: AudioFormat, *, ffmpeg: str, seed: int) -> None:
    """Write the sound of shape (2, n) to a file, without tags.

    Raises:
        EncodingFailed: ffmpeg ended with an error. OSError: it could not be started.
    """
    command = [ffmpeg, "-hide_banner", "-loglevel", "error", "-y"]
    command += ["-f", "s16le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "2", "-i", "pipe:0", "-threads", "1"]
    command += ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
    command += [*_ARGUMENTS[audio_format], str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        if process.stdin is None or process.stderr is None:
            raise EncodingFailed("ffmpeg has no pipes")
        try:
            for chunk in pcm(sound, seed):
                process.stdin.write(chunk)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early; its message says why
        message = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise EncodingFailed(_first_complaint(message) or f"ffmpeg ended with {process.returncode}")


def _first_complaint(message: str) -> str:
    """The first line, which later ones only follow from, without the `[part @ address]` before it."""
    return _PARTS.sub("", message.split("\n", 1)[0])

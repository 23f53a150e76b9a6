"""Sound whose place in time can be read off: three tones that share no period, and a rising one in the other ear."""

import subprocess
import wave
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from support.audio import KINDS, ffmpeg
from support.dsd import GIVEN_RATE_HZ, dsf
from tutti.kit.audio import Source, lossless_codec

SECONDS = 20.3
RATE_HZ = 44_100
_TONES_HZ = (313.7, 997.1, 1733.3)
_SILENT = ("-v", "error", "-nostdin", "-y")
_MORE = {
    "adts": (".aac", "adts", "aac", ("-c:a", "aac", "-b:a", "160k")),
    "he-aac": (".aac", "adts", "aac", ()),
    "mp2": (".mp3", "mp3", "mp2", ("-c:a", "mp2", "-b:a", "192k", "-f", "mp2")),
    "mp3-bare": (".mp3", "mp3", "mp3", ("-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0")),
    "mp3-low": (".mp3", "mp3", "mp3", ("-c:a", "libmp3lame", "-b:a", "32k", "-ar", "22050")),
    "mp3-mono": (".mp3", "mp3", "mp3", ("-c:a", "libmp3lame", "-b:a", "64k", "-ac", "1")),
    "flac-mp4": (".mp4", "mp4", "flac", ("-c:a", "flac", "-sample_fmt", "s16")),
    "flac-96": (".flac", "flac", "flac", ("-c:a", "flac", "-ar", "96000", "-sample_fmt", "s32")),
    "wma-1": (".wma", "asf", "wma", ("-c:a", "wmav1", "-b:a", "128k")),
    "wma-low": (".wma", "asf", "wma", ("-c:a", "wmav2", "-b:a", "32k", "-ar", "22050", "-ac", "1")),
    "wav-odd": (".wav", "wav", "pcm", ("-c:a", "pcm_s16le", "-ar", "37800")),
    "wav-mono": (".wav", "wav", "pcm", ("-c:a", "pcm_s16le", "-ac", "1")),
    "wav-5.1": (".wav", "wav", "pcm", ("-c:a", "pcm_s16le", "-ac", "6")),
}
_HE_AAC = Path(__file__).with_name("he-aac.aac")
"""The left of the tones at 16 kbit/s, by the FDK encoder 2.0: ffmpeg has none that may be given away."""
PLAYABLE = sorted({*(kind for kind in KINDS if kind != "ape"), *_MORE})
"""The other one of `KINDS` holds no sound."""
LOSSLESS = sorted(kind for kind in PLAYABLE if kind.startswith(("wav", "aiff", "flac", "alac", "ogg-flac", "wv")))

Samples = npt.NDArray[np.float64]


def tones(seconds: float, rate_hz: int = RATE_HZ) -> Samples:
    """Two channels in rows of [left, right], between -1 and 1."""
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    left = sum(0.2 * np.sin(2 * np.pi * hz * t) for hz in _TONES_HZ)
    right = 0.4 * np.sin(2 * np.pi * (300 + 40 * t) * t)
    return np.stack([left, right], axis=1)


def write_wav(path: Path, samples: Samples, rate_hz: int = RATE_HZ) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes((samples * 32767).round().astype("<i2").tobytes())
    return path


@cache
def sound(kind: str, seconds: float = SECONDS) -> bytes:
    """The tones in a file of that kind."""
    extension, *_, arguments = _of(kind)
    if kind == "dsf":
        return dsf(tones(seconds, GIVEN_RATE_HZ))
    if kind == "he-aac" and seconds == SECONDS:
        return _HE_AAC.read_bytes()
    with TemporaryDirectory() as folder:
        wav = write_wav(Path(folder) / "tones.wav", tones(seconds))
        made = Path(folder) / f"made{extension}"
        subprocess.run([ffmpeg(), *_SILENT, "-i", str(wav), *arguments, str(made)], check=True)
        return made.read_bytes()


def write_sound(folder: Path, kind: str, seconds: float = SECONDS, *, bit_rate_kbps: int | None = None) -> Source:
    """Write such a file and say what it is."""
    extension, container, codec, _ = _of(kind)
    path = folder / f"{kind}{extension}"
    path.write_bytes(sound(kind, seconds))
    return Source(str(path), codec, container, 0, 0, bit_rate_kbps, lossless_codec(codec))


def run_ffmpeg(*arguments: str, folder: Path | None = None) -> None:
    subprocess.run([ffmpeg(), *_SILENT, *arguments], check=True, cwd=folder)


def decode(*arguments: str, channels: int = 2) -> Samples:
    """Decode what ffmpeg's input arguments name, in rows of channels, between -1 and 1."""
    command = [ffmpeg(), *_SILENT, *arguments, "-ac", str(channels), "-f", "f32le", "-"]
    made = subprocess.run(command, check=True, capture_output=True)
    assert made.stderr == b"", made.stderr
    return np.frombuffer(made.stdout, "<f4").reshape(-1, channels).astype(np.float64)


def lag(reference: Samples, heard: Samples, at: int, width: int = 2048, reach: int = 64) -> int:
    """How many samples ``heard`` is behind ``reference`` in the window that begins at ``at``, by correlation."""
    window = reference[at : at + width, 0]
    scores = [float(window @ heard[at + shift : at + shift + width, 0]) for shift in range(-reach, reach + 1)]
    return int(np.argmax(scores)) - reach


def _of(kind: str) -> tuple[str, str, str, tuple[str, ...]]:
    if kind in _MORE:
        return _MORE[kind]
    known = KINDS[kind]
    return known.extension, known.container, known.codec, known.arguments

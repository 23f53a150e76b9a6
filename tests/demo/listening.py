"""Ears for the tests: what ffmpeg decodes, and figures for what a listener would notice."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from support.audio import ffmpeg

RATE_HZ = 44_100
Sound = npt.NDArray[np.float32]
_BLOCK = 220
_AUDIBLE = 0.02
_CLICK = 4.0


@dataclass(frozen=True)
class Loudness:
    """By EBU R 128: LUFS over all, and the highest peak between samples, in dBTP."""

    integrated_lufs: float
    true_peak_db: float


def decoded(path: Path) -> Sound:
    """The samples of a file, shape (n, 2)."""
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-f", "f32le", "-ac", "2", "-ar", str(RATE_HZ), "-"]
    raw = subprocess.run(command, capture_output=True, check=True)
    assert raw.stderr == b"", raw.stderr
    return np.frombuffer(raw.stdout, "<f4").reshape(-1, 2)


def loudness(path: Path) -> Loudness:
    command = [ffmpeg(), "-hide_banner", "-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary:") :]
    found = {name: re.search(rf"{name}:\s+(-?[\d.]+)", summary) for name in ("I", "Peak")}
    integrated, peak = found["I"], found["Peak"]
    assert integrated is not None
    assert peak is not None
    return Loudness(float(integrated[1]), float(peak[1]))


def level_db(sound: Sound) -> float:
    """Root mean square in dB of full scale."""
    return 10.0 * float(np.log10(np.mean(np.square(sound, dtype=np.float64)) + 1e-12))


def share_of_power(sound: Sound, low_hz: float, high_hz: float) -> float:
    """How much of the power of both ears together lies between two frequencies."""
    size = 8192
    mono = sound.mean(axis=1)[: len(sound) // size * size].reshape(-1, size)
    power = np.square(np.abs(np.fft.rfft(mono * np.hanning(size)))).sum(axis=0)
    freqs = np.fft.rfftfreq(size, 1.0 / RATE_HZ)
    return float(power[(freqs >= low_hz) & (freqs < high_hz)].sum() / power.sum())


def needles(sound: Sound) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Where a sample stands out most within each 5 ms, and how many times it stands out from those around it.

    It is the second difference that is looked at. Of waves and noise it has many peaks of a like height; of a step, or
    of samples that were lost, it has a few in a row and nothing else.
    """
    bends = np.pad(np.abs(np.diff(sound, 2, axis=0)).max(axis=1), _BLOCK)
    blocks = bends[: len(bends) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    loud = np.flatnonzero(blocks.max(axis=1) > _AUDIBLE)
    peaks = loud * _BLOCK + blocks[loud].argmax(axis=1)
    around = np.concatenate([np.arange(-_BLOCK, -3), np.arange(4, _BLOCK)])
    rest = bends[np.minimum(peaks[:, None] + around, len(bends) - 1)].max(axis=1)
    return peaks - _BLOCK, bends[peaks] / (rest + 1e-9)


def clicks(sound: Sound) -> list[float]:
    """The seconds at which a sample jumps."""
    places, heights = needles(sound)
    return [float(place) / RATE_HZ for place in places[heights > _CLICK]]

"""What a sound is here: float32 at 44.1 kHz around ±1; one channel has shape (n,), two have shape (2, n)."""

import math
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ: Final = 44_100

Mono: TypeAlias = npt.NDArray[np.float32]
Stereo: TypeAlias = npt.NDArray[np.float32]


def as_sound(values: npt.NDArray[np.floating[Any]]) -> Mono:
    """Return the values as float32, not copied if they are. (Numpy declares products with plain numbers wider.)"""
    return values.astype(np.float32, copy=False)


def samples(seconds: float) -> int:
    """Return the number of samples in `seconds`, at least 1."""
    return max(1, round(seconds * SAMPLE_RATE_HZ))


def time_axis(n: int) -> Mono:
    """Return the seconds at which each of `n` samples lies. For envelopes; oscillators count phases in float64."""
    return np.arange(n, dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def frequency(pitch: float) -> float:
    """Return the frequency in Hz of a MIDI pitch (69 = A4 = 440 Hz, equal temperament)."""
    return 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)


def gain(level_db: float) -> float:
    """Return the factor of a level in dB."""
    return math.pow(10.0, level_db / 20.0)


def noise(n: int, seed: int) -> Mono:
    """Return `n` samples of white Gaussian noise with a standard deviation of 1, the same for the same seed."""
    return np.random.default_rng(seed).standard_normal(n, dtype=np.float32)


def normalised(sound: Mono) -> Mono:
    """Return the sound scaled to a peak of 1 (silence stays silence)."""
    peak = float(np.max(np.abs(sound), initial=0.0))
    return sound / np.float32(peak) if peak > 0 else sound

"""Tones of one cycle, repeated. Waves are built from their harmonics, so nothing folds back from above 22 kHz."""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, as_sound

TABLE_SAMPLES = 4096
_TOP_HZ = 16_000.0

Phase: TypeAlias = npt.NDArray[np.float64]
"""Position in the cycle, 0 to 1; float64 because rounding of a long count would be heard as noise."""


def phase(freq_hz: float, n: int, *, start: float = 0.0, cents: Mono | None = None) -> Phase:
    """Return the phases of `n` samples of a tone; `cents` bends it sample by sample."""
    if cents is None:
        cycles = start + np.arange(n) * (freq_hz / SAMPLE_RATE_HZ)
    else:
        cycles = start + np.cumsum(np.exp2(cents.astype(np.float64) / 1200.0)) * (freq_hz / SAMPLE_RATE_HZ)
    return np.mod(cycles, 1.0).astype(np.float64, copy=False)


def sine(phases: Phase) -> Mono:
    """Return the sine of phases."""
    return as_sound(np.sin(phases.astype(np.float32) * np.float32(2.0 * math.pi)))


def harmonics(freq_hz: float) -> Mono:
    """Return the numbers 1, 2, 3, … of the harmonics of a tone that can be heard and represented."""
    count = int(min(_TOP_HZ / freq_hz, TABLE_SAMPLES / 4))
    return np.arange(1, max(count, 1) + 1, dtype=np.float32)


def saw(numbers: Mono) -> Mono:
    """Return the amplitudes of a sawtooth's harmonics."""
    return as_sound(1.0 / numbers)


def pulse(numbers: Mono, width: float) -> Mono:
    """Return the amplitudes of a rectangle's harmonics; `width` is the share of the cycle that it is up."""
    return as_sound(np.sin(np.float32(math.pi * width) * numbers) / numbers)


def triangle(numbers: Mono) -> Mono:
    """Return the amplitudes of a triangle's harmonics (signs as for sines)."""
    signs = np.sin(np.float32(math.pi / 2) * numbers)
    return as_sound(np.round(signs) / np.square(numbers))


def softened(amplitudes: Mono, freq_hz: float, cutoff_hz: float, order: float = 2.0) -> Mono:
    """Return the amplitudes behind a low-pass of `order` (6 dB per octave each) at `cutoff_hz`."""
    numbers = np.arange(1, len(amplitudes) + 1, dtype=np.float32)
    return as_sound(amplitudes / np.sqrt(1.0 + (numbers * np.float32(freq_hz / cutoff_hz)) ** np.float32(2.0 * order)))


def wavetable(amplitudes: Mono) -> Mono:
    """Return one cycle of the sum of sines with these amplitudes; its shape is (TABLE_SAMPLES + 1,), last = first."""
    spectrum = np.zeros(TABLE_SAMPLES // 2 + 1, dtype=np.complex128)
    spectrum[1 : len(amplitudes) + 1] = amplitudes * (-0.5j * TABLE_SAMPLES)
    cycle = np.fft.irfft(spectrum)
    return np.append(cycle, cycle[0]).astype(np.float32)


def read_table(table: Mono, phases: Phase) -> Mono:
    """Return the wave at these phases, linear between its points."""
    position = phases * TABLE_SAMPLES
    index = position.astype(np.int32)
    share = (position - index).astype(np.float32)
    low = table[index]
    return as_sound(low + share * (table[index + 1] - low))


def read_tables(tables: list[Mono], phases: Phase, position: Mono) -> Mono:
    """Return a wave that moves through `tables`: `position` 0 is the first, 1 the last. So a filter opens and shuts."""
    stacked = np.stack(tables)
    where = np.clip(position, 0.0, 1.0) * np.float32(len(tables) - 1.001)
    lower = where.astype(np.int32)
    blend = where - lower
    at = phases * TABLE_SAMPLES
    index = at.astype(np.int32)
    share = (at - index).astype(np.float32)
    first = stacked[lower, index] * (1.0 - share) + stacked[lower, index + 1] * share
    second = stacked[lower + 1, index] * (1.0 - share) + stacked[lower + 1, index + 1] * share
    return (first + blend * (second - first)).astype(np.float32)


def vibrato(n: int, *, rate_hz: float, cents: float, delay_s: float) -> Mono:
    """Return a bend in cents that sets in softly after `delay_s`."""
    seconds = np.arange(n, dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)
    onset = np.clip((seconds - np.float32(delay_s)) / np.float32(0.4), 0.0, 1.0)
    return (onset * np.float32(cents) * np.sin(np.float32(2.0 * math.pi * rate_hz) * seconds)).astype(np.float32)

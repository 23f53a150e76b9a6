"""Sounds of many: string sections, choirs, warm pads.

The method is PADsynth (N. Paul Nasca, 2006): every harmonic is a narrow hill in the spectrum instead of a line, with
random phases; one inverse transform gives a loop without a seam that moves like an ensemble.
"""

import math

import numpy as np

from tutti.demo.synth.envelopes import swell
from tutti.demo.synth.oscillators import harmonics, saw, softened
from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, Stereo, as_sound, frequency, samples

_LOOP_SAMPLES = 1 << 18
_HILL_WIDTHS = 3.0

# Centre in Hz, level, width in Hz: where a singer's mouth is resonant (Peterson and Barney's averages, rounded).
VOWELS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "ooh": ((340.0, 1.0, 90.0), (870.0, 0.22, 110.0), (2240.0, 0.02, 200.0)),
    "aah": ((700.0, 1.0, 130.0), (1120.0, 0.5, 140.0), (2500.0, 0.10, 250.0)),
    "ohh": ((480.0, 1.0, 100.0), (840.0, 0.45, 120.0), (2410.0, 0.05, 220.0)),
}


def formants(freqs_hz: Mono, vowel: str) -> Mono:
    """Return how strongly a mouth that forms `vowel` lets through these frequencies (plus a little of everything)."""
    level = np.full(len(freqs_hz), 0.03, dtype=np.float32)
    for centre, height, width in VOWELS[vowel]:
        level += np.float32(height) / (1.0 + np.square((freqs_hz - np.float32(centre)) / np.float32(width)))
    return level


def resonances(freqs_hz: Mono, peaks: tuple[tuple[float, float], ...]) -> Mono:
    """Return how strongly a wooden body with these peaks (Hz, level) answers to frequencies."""
    level = np.full(len(freqs_hz), 0.65, dtype=np.float32)
    for centre, height in peaks:
        level += np.float32(height) / (1.0 + np.square((freqs_hz - np.float32(centre)) / np.float32(0.33 * centre)))
    return level


def _loop(freq_hz: float, amplitudes: Mono, width_cents: float, seed: int) -> Mono:
    rng = np.random.default_rng(seed)
    spectrum = np.zeros(_LOOP_SAMPLES // 2 + 1, dtype=np.complex64)
    bins_per_hz = _LOOP_SAMPLES / SAMPLE_RATE_HZ
    for number, amplitude in enumerate(amplitudes.tolist(), start=1):
        centre = freq_hz * number * bins_per_hz
        width = max(1.0, centre * (2.0 ** (width_cents / 1200.0) - 1.0))
        first, last = int(centre - _HILL_WIDTHS * width), int(centre + _HILL_WIDTHS * width) + 1
        if last >= len(spectrum) or first < 1:
            continue
        bins = np.arange(first, last, dtype=np.float32)
        # Dividing by the root of the width keeps the power of the harmonic.
        hill = amplitude / math.sqrt(width) * np.exp(-np.square((bins - centre) / width))
        turn = rng.uniform(0.0, 2.0 * math.pi, len(bins)).astype(np.float32)
        spectrum[first:last] += (hill * np.exp(1j * turn)).astype(np.complex64)
    loop = np.fft.irfft(spectrum)
    return (loop * (0.2 / np.sqrt(np.mean(np.square(loop))))).astype(np.float32)


def _stretch(loop: Mono, start: int, n: int) -> Mono:
    return np.resize(np.roll(loop, -start), n)


def sustained(loop: Mono, pitch: int, length_s: float, attack_s: float, release_s: float) -> Stereo:
    """Return a note made of a loop: another place of it in each ear, breathed in, held, breathed out afterwards."""
    n = samples(length_s + release_s)
    left = (pitch * 7919) % _LOOP_SAMPLES
    both = np.stack([_stretch(loop, left, n), _stretch(loop, left + _LOOP_SAMPLES // 3, n)])
    return both * swell(n, attack_s, release_s)


def pad_loop(pitch: int, cutoff_hz: float, width_cents: float = 30.0) -> Mono:
    """Return the loop of a synthesiser pad: sawtooth-like, as dark as `cutoff_hz` says."""
    base = frequency(pitch)
    return _loop(base, softened(saw(harmonics(base)), base, cutoff_hz), width_cents, pitch)


def choir_loop(pitch: int, vowel: str) -> Mono:
    """Return the loop of a choir on one of `VOWELS`."""
    base = frequency(pitch)
    numbers = harmonics(base)[:60]
    amplitudes = as_sound(formants(numbers * base, vowel) / numbers ** np.float32(0.6))
    return _loop(base, amplitudes, 26.0, pitch + 500)


def section_loop(pitch: int, brightness: float) -> Mono:
    """Return the loop of a section of bowed strings."""
    base = frequency(pitch)
    numbers = harmonics(base)
    body = resonances(numbers * base, ((300.0, 0.5), (1050.0, 0.45), (2700.0, 0.35)))
    return _loop(base, softened(as_sound(body / numbers), base, 1500.0 + 2500.0 * brightness), 20.0, pitch + 900)

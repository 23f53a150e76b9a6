"""Drums and other noises. Every function returns one hit with a peak of about 1."""

import math

import numpy as np

from tutti.demo.synth.envelopes import decay, faded, rise, wobble
from tutti.demo.synth.filters import band_pass, chain, filtered, high_pass, low_pass
from tutti.demo.synth.modes import ring
from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, as_sound, noise, normalised, samples, time_axis


def _hiss(n: int, seed: int, low_hz: float, high_hz: float) -> Mono:
    return normalised(filtered(noise(n, seed), chain(high_pass(low_hz), low_pass(high_hz))))


def kick(tone_hz: float = 48.0, punch: float = 0.6, t60_s: float = 0.42) -> Mono:
    """A bass drum: a sine that falls to `tone_hz`, and the beater (`punch`, 0 to 1)."""
    n = samples(t60_s + 0.05)
    seconds = time_axis(n)
    fall_s, height_hz = 0.022, 90.0 + 120.0 * punch
    # The integral of tone + height * exp(-t / fall).
    cycles = tone_hz * seconds + height_hz * fall_s * (1.0 - np.exp(-seconds / np.float32(fall_s)))
    body = np.sin(np.float32(2.0 * math.pi) * cycles) * decay(n, t60_s)
    beater = _hiss(n, 11, 700.0, 3800.0) * decay(n, 0.018) * np.float32(0.22 * punch)
    return faded((body + beater).astype(np.float32), 0.0015, 0.04)


def snare(brightness: float = 0.5, t60_s: float = 0.26) -> Mono:
    """A snare drum, from a soft lo-fi tap (0) to a bright crack (1)."""
    n = samples(t60_s + 0.06)
    skin = ring(
        np.array([184.0, 286.0, 331.0], dtype=np.float32),
        np.array([0.8, 0.35, 0.4], dtype=np.float32),
        np.array([0.16, 0.12, 0.1], dtype=np.float32),
        n,
    )
    wires = _hiss(n, 23, 900.0, 2600.0 + 6500.0 * brightness) * decay(n, t60_s)
    return faded(normalised(as_sound(np.float32(0.55) * skin + np.float32(0.8) * wires)), 0.001, 0.05)


def brush(t60_s: float = 0.3) -> Mono:
    """A brush swept over the snare."""
    n = samples(t60_s + 0.1)
    sweep = _hiss(n, 31, 1200.0, 5200.0) * decay(n, t60_s)
    onset = samples(0.025)
    sweep[:onset] *= rise(onset)
    return faded(normalised(sweep), 0.002, 0.08)


def hat(t60_s: float = 0.07, brightness: float = 0.5, seed: int = 41) -> Mono:
    """A hi-hat, closed (short `t60_s`) or open."""
    n = samples(t60_s + 0.04)
    ratios = np.array([1.0, 1.342, 1.232, 1.654, 1.523, 2.049], dtype=np.float32)
    metal = ring(ratios * np.float32(4900.0), np.full(6, 0.2, np.float32), np.full(6, t60_s, np.float32), n)
    air = _hiss(n, seed, 6200.0, 9500.0 + 4000.0 * brightness) * decay(n, t60_s)
    return faded(normalised(as_sound(metal * np.float32(0.25) + air)), 0.001, 0.03)


def clap() -> Mono:
    """A few hands that are not quite together."""
    n = samples(0.4)
    source = _hiss(n, 53, 750.0, 3600.0)
    envelope = np.zeros(n, dtype=np.float32)
    for offset_s, t60_s, level in ((0.0, 0.03, 0.7), (0.011, 0.03, 0.8), (0.021, 0.035, 0.7), (0.03, 0.28, 1.0)):
        start = samples(offset_s)
        envelope[start:] = np.maximum(envelope[start:], np.float32(level) * decay(n - start, t60_s))
    return faded(normalised(source * envelope), 0.002, 0.05)


def rim() -> Mono:
    """A stick across the rim."""
    n = samples(0.12)
    freqs = np.array([520.0, 1120.0, 1730.0, 2480.0], dtype=np.float32)
    levels = np.array([0.5, 0.8, 1.0, 0.4], dtype=np.float32)
    return faded(normalised(ring(freqs, levels, np.full(4, 0.06, np.float32), n)), 0.001, 0.02)


def shaker(length_s: float = 0.09) -> Mono:
    """Seeds thrown forward: swells, then stops."""
    n = samples(length_s)
    grains = _hiss(n, 61, 4200.0, 9000.0)
    peak = n * 2 // 5
    envelope = np.concatenate([rise(peak), rise(n - peak)[::-1]])
    return normalised(grains * envelope)


def tom(tone_hz: float = 110.0) -> Mono:
    """A tom, or a soft hand drum."""
    n = samples(0.45)
    seconds = time_axis(n)
    cycles = tone_hz * (seconds + 0.012 * (1.0 - np.exp(seconds * np.float32(-1.0 / 0.03))))
    body = np.sin(np.float32(2.0 * math.pi) * cycles) * decay(n, 0.38)
    skin = _hiss(n, 71, 300.0, 1400.0) * decay(n, 0.05) * np.float32(0.25)
    return faded((body + skin).astype(np.float32), 0.002, 0.05)


def cymbal(t60_s: float = 2.4) -> Mono:
    """A crash, far away."""
    n = samples(t60_s)
    wash = _hiss(n, 83, 3000.0, 9000.0) * decay(n, t60_s)
    return faded(normalised(wash), 0.006, t60_s / 3)


def crackle(n: int, per_second: float, seed: int) -> Mono:
    """Dust in a groove, for one ear: sparse soft clicks over very quiet surface noise."""
    rng = np.random.default_rng(seed)
    clicks = np.zeros(n, dtype=np.float32)
    count = int(per_second * n / SAMPLE_RATE_HZ)
    clicks[rng.integers(0, n, count)] = rng.uniform(0.02, 0.3, count).astype(np.float32) ** 2
    clicks = filtered(clicks, band_pass(2600.0, 0.6))
    clicks += np.float32(0.0012) * filtered(noise(n, seed), band_pass(1500.0, 0.4))
    return clicks


def weather(n: int, centre_hz: float, gusts_hz: float, seed: int) -> Mono:
    """Rain or wind, for one ear: noise around `centre_hz` that comes and goes."""
    wind = filtered(noise(n, seed), chain(band_pass(centre_hz, 0.5), low_pass(centre_hz * 3.0)))
    wind *= np.float32(0.6) + wobble(n, gusts_hz, 0.4, seed + 10)
    return wind

"""Plucked strings: guitar, harp, upright bass. Each note is a sum of decaying partials (see `modes`)."""

import math

import numpy as np

from tutti.demo.synth.envelopes import decay, faded
from tutti.demo.synth.filters import band_pass, filtered
from tutti.demo.synth.modes import ring
from tutti.demo.synth.signal import Mono, frequency, noise, normalised, samples

_STIFFNESS = 5e-5
_RELEASE_S = 0.12


def _string(pitch: float, n: int, *, pluck_at: float, softness_hz: float, t60_s: float, damping_hz: float) -> Mono:
    """A string plucked at the share `pluck_at` of its length; partials far above `softness_hz` are not excited, those
    above `damping_hz` die much faster than the fundamental's `t60_s`."""
    base = frequency(pitch)
    numbers = np.arange(1, int(min(80.0, 14_000.0 / base)) + 1, dtype=np.float32)
    freqs = base * numbers * np.sqrt(1.0 + _STIFFNESS * np.square(numbers))
    amplitudes = np.sin(np.float32(math.pi * pluck_at) * numbers) / numbers * np.exp(-freqs / np.float32(softness_hz))
    t60s = 1.0 / (1.0 / t60_s + (freqs / np.float32(damping_hz)) ** np.float32(1.5))
    # A string moves in two planes that are not quite in tune, and one of them gives its energy away faster.
    both = np.concatenate([freqs, freqs * np.float32(1.00025)])
    shares = np.concatenate([amplitudes, amplitudes * np.float32(0.45)])
    lives = np.concatenate([t60s, t60s * np.float32(1.8)])
    return ring(both.astype(np.float32), shares.astype(np.float32), lives.astype(np.float32), n)


def _finger(seed: int, centre_hz: float) -> Mono:
    n = samples(0.05)
    skin = filtered(noise(n, seed), band_pass(centre_hz, 0.8))
    return faded(skin * decay(n, 0.03), 0.001, 0.01)


def guitar(pitch: int, length_s: float, brightness: float) -> Mono:
    """A nylon-ish acoustic guitar; `brightness` 0 is the flesh of the thumb, 1 a nail."""
    n = samples(length_s + _RELEASE_S)
    t60_s = 6.5 * 2.0 ** (-(pitch - 40) / 22.0)
    tone = _string(
        pitch,
        n,
        pluck_at=0.23 - 0.08 * brightness,
        softness_hz=1300.0 + 3600.0 * brightness,
        t60_s=t60_s,
        damping_hz=2500.0,
    )
    tone = normalised(tone)
    finger = _finger(pitch, 1400.0 + 900.0 * brightness)
    tone[: len(finger)] += np.float32(0.02 + 0.03 * brightness) * finger[:n]
    return faded(tone, 0.0015, _RELEASE_S)


def harp(pitch: int, length_s: float, brightness: float) -> Mono:
    """A harp: plucked near the middle, rounder and longer than a guitar."""
    n = samples(length_s + 0.4)
    t60_s = 6.0 * 2.0 ** (-(pitch - 48) / 24.0)
    tone = _string(pitch, n, pluck_at=0.42, softness_hz=1100.0 + 1500.0 * brightness, t60_s=t60_s, damping_hz=2400.0)
    return faded(normalised(tone), 0.002, 0.4)


def upright_bass(pitch: int, length_s: float, brightness: float) -> Mono:
    """A double bass, plucked: a thump, then a warm tone that the next note stops."""
    n = samples(length_s + 0.08)
    tone = _string(pitch, n, pluck_at=0.3, softness_hz=260.0 + 420.0 * brightness, t60_s=2.6, damping_hz=480.0)
    tone = normalised(tone)
    thump = _finger(pitch, 320.0)
    tone[: len(thump)] += np.float32(0.05) * thump[:n]
    return faded(tone, 0.006, 0.08)

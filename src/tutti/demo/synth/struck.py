"""Struck strings, bars and tines: piano, electric piano, vibraphone, celesta, kalimba, glass."""

import math

import numpy as np

from tutti.demo.synth.envelopes import decay, faded
from tutti.demo.synth.filters import filtered, low_pass
from tutti.demo.synth.modes import ring
from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, as_sound, frequency, noise, normalised, samples

_FELT_S = 0.18


def piano(pitch: int, length_s: float, brightness: float) -> Mono:
    """A piano with the lid half shut. Two strings a note, stretched partials, a fast first decay and a long second."""
    n = samples(length_s + _FELT_S)
    base = frequency(pitch)
    numbers = np.arange(1, int(min(36.0, 9_000.0 / base)) + 1, dtype=np.float32)
    stiffness = 2.5e-4 * math.exp(0.055 * (pitch - 60))
    freqs = base * numbers * np.sqrt(1.0 + stiffness * np.square(numbers))
    # The hammer strikes an eighth of the string from its end, so every eighth partial is missing.
    strike = np.abs(np.sin(np.float32(math.pi / 8.0) * numbers)) / numbers ** np.float32(0.9)
    amplitudes = strike * np.exp(-freqs / np.float32(500.0 + 1900.0 * brightness + base))
    life = 19.0 * 2.0 ** (-(pitch - 36) / 22.0)
    t60s = life / (1.0 + 0.22 * (numbers - 1.0))
    spread = np.float32(2.0 ** (0.7 / 1200.0))
    tone = ring(
        np.concatenate([freqs, freqs * spread, freqs / spread]).astype(np.float32),
        np.concatenate([amplitudes, amplitudes * 0.3, amplitudes * 0.3]).astype(np.float32),
        np.concatenate([t60s * 0.4, t60s, t60s * 0.9]).astype(np.float32),
        n,
    )
    tone = as_sound(normalised(tone) + np.float32(0.035 + 0.05 * brightness) * _knock(pitch, n))
    return faded(tone, 0.002 + 0.003 * (1.0 - brightness), _FELT_S)


def _knock(pitch: int, n: int) -> Mono:
    """Wood and felt, heard at the start of a note more than one thinks."""
    m = samples(0.12)
    body = filtered(noise(m, pitch), low_pass(260.0 + 6.0 * pitch)) * decay(m, 0.07)
    result = np.zeros(n, dtype=np.float32)
    result[:m] = normalised(faded(body, 0.002, 0.03))[:n]
    return result


def electric_piano(pitch: int, length_s: float, brightness: float) -> Mono:
    """Tines before a pickup: nearly a sine when touched softly, a bark and a chime when struck."""
    n = samples(length_s + 0.15)
    base = frequency(pitch)
    life = 9.5 * 2.0 ** (-(pitch - 48) / 26.0)
    partials = np.array(
        [
            # multiple of the base, amplitude, share of the life
            (1.0, 1.0, 1.0),
            (1.002, 0.12, 1.3),
            (2.0, 0.10 + 0.32 * brightness, 0.5),
            (3.0, 0.03 + 0.16 * brightness**2, 0.34),
            (4.0, 0.10 * brightness**2, 0.25),
            (6.27, 0.03 + 0.07 * brightness, 0.05),
            (14.2, 0.015 + 0.03 * brightness, 0.03),
        ],
        dtype=np.float32,
    )
    tone = ring(base * partials[:, 0], partials[:, 1], np.float32(life) * partials[:, 2], n)
    return faded(normalised(tone), 0.004, 0.15)


def vibraphone(pitch: int, length_s: float, brightness: float) -> Mono:
    """Metal bars over tubes, the motor turning slowly."""
    n = samples(length_s + 0.35)
    base = frequency(pitch)
    life = 5.0 * 2.0 ** (-(pitch - 60) / 30.0)
    partials = np.array(
        [(1.0, 1.0, 1.0), (4.0, 0.10 + 0.15 * brightness, 0.25), (10.0, 0.05 * brightness, 0.05)], dtype=np.float32
    )
    tone = ring(base * partials[:, 0], partials[:, 1], np.float32(life) * partials[:, 2], n)
    turn = np.float32(2.0 * math.pi * 4.6 / SAMPLE_RATE_HZ) * np.arange(n, dtype=np.float32)
    return faded(as_sound(normalised(tone) * (0.86 + 0.14 * np.cos(turn))), 0.003, 0.35)


def celesta(pitch: int, length_s: float, brightness: float) -> Mono:
    """Small steel plates on wood: a music box that has grown up."""
    n = samples(length_s + 0.3)
    base = frequency(pitch)
    life = 3.4 * 2.0 ** (-(pitch - 72) / 24.0)
    partials = np.array(
        [(1.0, 1.0, 1.0), (2.0, 0.18, 0.7), (4.05, 0.10 + 0.12 * brightness, 0.22), (7.3, 0.05 * brightness, 0.08)],
        dtype=np.float32,
    )
    tone = ring(base * partials[:, 0], partials[:, 1], np.float32(life) * partials[:, 2], n)
    return faded(normalised(tone), 0.002, 0.3)


def kalimba(pitch: int, length_s: float, brightness: float) -> Mono:
    """Thumbed tongues over a wooden box."""
    n = samples(length_s + 0.2)
    base = frequency(pitch)
    life = 2.2 * 2.0 ** (-(pitch - 60) / 24.0)
    partials = np.array(
        [(1.0, 1.0, 1.0), (2.0, 0.06, 0.5), (5.4, 0.08 + 0.1 * brightness, 0.08), (8.9, 0.03, 0.04)],
        dtype=np.float32,
    )
    tone = ring(base * partials[:, 0], partials[:, 1], np.float32(life) * partials[:, 2], n)
    return faded(normalised(tone), 0.003, 0.2)


def glass(pitch: int, length_s: float, brightness: float) -> Mono:
    """Soft bells that ring long; partials close to a harmonic series so that they agree with any chord."""
    n = samples(length_s + 1.0)
    base = frequency(pitch)
    life = 8.0 * 2.0 ** (-(pitch - 60) / 30.0)
    partials = np.array(
        [
            (1.0, 1.0, 1.0),
            (1.0012, 0.5, 0.9),
            (2.0, 0.22, 0.6),
            (3.003, 0.12 * brightness + 0.03, 0.4),
            (4.01, 0.07 * brightness, 0.25),
            (6.03, 0.04 * brightness, 0.12),
        ],
        dtype=np.float32,
    )
    tone = ring(base * partials[:, 0], partials[:, 1], np.float32(life) * partials[:, 2], n)
    return faded(normalised(tone), 0.012, 1.0)

"""Rooms and echoes."""

import math

import numpy as np

from tutti.demo.synth.envelopes import decay
from tutti.demo.synth.filters import add_convolved, band_pass, chain, filtered, high_pass, low_pass
from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, Stereo, noise, samples

# Octave bands of a room, and how much shorter the highs live than the lows (air and curtains take them first).
_BANDS_HZ = (180.0, 360.0, 720.0, 1440.0, 2880.0, 5760.0)
_BAND_DECAYS = (1.0, 1.05, 1.0, 0.85, 0.6, 0.38)

_TAPE_BLOCK = 1 << 16
_FLUTTER_HZ = 5.3


def room_response(decay_s: float, *, damping: float = 0.5, predelay_s: float = 0.015, seed: int = 1) -> Stereo:
    """Return the impulse response of a room, shape (2, n): decaying noise, other noise in each ear.

    `decay_s` is the time in which the middle octaves fall by 60 dB; `damping` from 0 (tiles) to 1 (carpets).
    """
    n = samples(decay_s * 1.05)
    ears: list[Mono] = []
    for ear in range(2):
        tail = np.zeros(n, dtype=np.float32)
        for band, (centre, share) in enumerate(zip(_BANDS_HZ, _BAND_DECAYS, strict=True)):
            lived = decay_s * (share + (1.0 - share) * (1.0 - damping))
            source = noise(n, seed * 1000 + ear * 100 + band)
            tail += filtered(source, band_pass(centre, 1.1)) * decay(n, lived)
        build_up = samples(0.02)
        tail[:build_up] *= np.linspace(0.15, 1.0, build_up, dtype=np.float32)
        tail[-build_up:] *= np.linspace(1.0, 0.0, build_up, dtype=np.float32)
        silence = np.zeros(samples(predelay_s), dtype=np.float32)
        ears.append(np.concatenate([silence, tail]))
    response = np.stack(ears)
    return response / np.sqrt(np.sum(np.square(response), axis=1, keepdims=True))


def add_reverb(target: Stereo, sound: Stereo, response: Stereo) -> None:
    """Add to `target` what a room gives back of `sound`."""
    for ear in range(2):
        add_convolved(target[ear], sound[ear], response[ear])


def add_echoes(
    sound: Stereo, time_s: float, *, level: float, feedback: float, repeats: int = 6, cutoff_hz: float = 3500.0
) -> None:
    """Add echoes to the sound, in place, from one side to the other, duller than what they repeat."""
    n = sound.shape[1]
    middle = (sound[0] + sound[1]) * np.float32(0.5)
    dull = filtered(middle, chain(low_pass(cutoff_hz), high_pass(180.0)))
    for repeat in range(1, repeats + 1):
        offset = samples(time_s * repeat)
        if offset >= n:
            break
        near, far = (0, 1) if repeat % 2 else (1, 0)
        sound[near, offset:] += np.float32(level * 0.9) * dull[: n - offset]
        sound[far, offset:] += np.float32(level * 0.35) * dull[: n - offset]
        level *= feedback


def drift(sound: Stereo, *, depth_ms: float, rate_hz: float, flutter_ms: float = 0.0) -> None:
    """Play the sound, in place, from a tape that runs unevenly: a slow wow and, if asked for, a faster flutter."""
    n = sound.shape[1]
    # Backwards, because a tape that is late reads what came before.
    for start in range((n - 1) // _TAPE_BLOCK * _TAPE_BLOCK, -1, -_TAPE_BLOCK):
        counted = np.arange(start, min(start + _TAPE_BLOCK, n), dtype=np.float64)
        seconds = counted / SAMPLE_RATE_HZ
        wow = depth_ms * (1.0 + np.sin(2.0 * math.pi * rate_hz * seconds))
        flutter = flutter_ms * (1.0 + np.sin(2.0 * math.pi * _FLUTTER_HZ * seconds + 1.0))
        position = np.maximum(counted - (wow + flutter) * (SAMPLE_RATE_HZ / 1000.0), 0.0)
        index = np.minimum(position.astype(np.int64), n - 2)
        share = (position - index).astype(np.float32)
        sound[:, start : start + len(counted)] = sound[:, index] * (1.0 - share) + sound[:, index + 1] * share

"""How loud a note is over time. All curves have shape (n,), begin and end near 0, and have no corners that click."""

import math

import numpy as np

from tutti.demo.synth.signal import SAMPLE_RATE_HZ, Mono, as_sound, samples, time_axis

_LN_1000 = math.log(1000.0)
_POINTS_PER_TURN = 24


def rise(n: int) -> Mono:
    """Return half a cosine from 0 to 1 in `n` samples."""
    return as_sound(0.5 - 0.5 * np.cos(np.arange(n, dtype=np.float32) * np.float32(math.pi / n)))


def decay(n: int, t60_s: float) -> Mono:
    """Return an exponential from 1 that falls by 60 dB in `t60_s`."""
    return np.exp(time_axis(n) * np.float32(-_LN_1000 / t60_s))


def faded(sound: Mono, in_s: float, out_s: float) -> Mono:
    """Return the sound (last axis is time) faded in and out; fades that do not fit share its length."""
    n = sound.shape[-1]
    enter, leave = min(samples(in_s), n // 2), min(samples(out_s), n - n // 2)
    result = sound.copy()
    result[..., :enter] *= rise(enter)
    result[..., n - leave :] *= rise(leave)[::-1]
    return result


def adsr(length_s: float, attack_s: float, decay_s: float, sustain: float, release_s: float) -> Mono:
    """Return an envelope that is held for `length_s` and then released (its shape is (length + release,)).

    The decay is an exponential towards `sustain` that has nearly arrived after `decay_s`; the release falls 60 dB.
    """
    held = samples(length_s)
    after_attack = np.maximum(time_axis(held) - np.float32(attack_s), np.float32(0.0))
    curve = sustain + (1.0 - sustain) * np.exp(after_attack * np.float32(-4.0 / max(decay_s, 1e-3)))
    attack = min(samples(attack_s), held)
    curve[:attack] *= rise(attack)
    tail = samples(release_s)
    released = np.float32(curve[-1]) * decay(tail, release_s) * (1.0 - np.linspace(0.0, 1.0, tail, dtype=np.float32))
    return np.concatenate([curve, released]).astype(np.float32)


def swell(n: int, attack_s: float, release_s: float) -> Mono:
    """Return a curve that breathes in for `attack_s`, stays, and breathes out for `release_s`, `n` samples in all."""
    return faded(np.ones(n, dtype=np.float32), attack_s, release_s)


def drawn_out(points: Mono, n: int) -> Mono:
    """Return `n` samples on straight lines between equally spaced points, from the first to the last."""
    gaps = len(points) - 1
    hop = math.ceil(n / gaps)
    share = np.arange(hop, dtype=np.float32) / np.float32(hop)
    lines = points[:-1, None] + (points[1:] - points[:-1])[:, None] * share
    return as_sound(lines.reshape(-1)[:n])


def wobble(n: int, rate_hz: float, depth: float, seed: int) -> Mono:
    """Return a slow random curve around 0, within ±`depth`: what keeps a machine from sounding like one.

    It turns about `rate_hz` times a second, in cosines from one random point to the next.
    """
    turns = max(2, math.ceil(n * rate_hz / SAMPLE_RATE_HZ) + 2)
    values = np.random.default_rng(seed).uniform(-depth, depth, turns + 1).astype(np.float32)
    bends = rise(_POINTS_PER_TURN)
    curve = values[:-1, None] + (values[1:] - values[:-1])[:, None] * bends
    return drawn_out(as_sound(curve.reshape(-1)), n)

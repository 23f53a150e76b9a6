"""The last steps: stems to a mix, a mix to a master that is as loud as asked and never clips."""

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from tutti.demo.mixing.bus import Bus
from tutti.demo.mixing.loudness import SILENCE_LUFS, integrated_lufs
from tutti.demo.synth.envelopes import drawn_out, rise
from tutti.demo.synth.filters import apply, bell, chain, high_pass, high_shelf
from tutti.demo.synth.signal import Mono, Stereo, as_sound, gain, samples
from tutti.demo.synth.space import add_reverb

CEILING_DBFS = -1.6
"""Peak of a master. Lossy codecs overshoot by a few tenths, so 1 dB is still free after decoding."""

_HOP = 32
_LOOK_HOPS = 60
_RUMBLE_HZ = 26.0


class Stem(NamedTuple):
    """A layer of the mix: who plays it, how loud it is while it plays (LUFS), and how much of it the room gets (dB).

    Stems are played one after another, into the same memory.
    """

    play: Callable[[Bus], None]
    level_lufs: float
    room_db: float | None = None


def mixed(duration_s: float, stems: Iterable[Stem], room: Stereo) -> Stereo:
    """Return the sum of stems, each brought to its loudness, and of what the room gives back."""
    bus = Bus(duration_s)
    dry, wet = np.zeros_like(bus.sound), np.zeros_like(bus.sound)
    for stem in stems:
        bus.sound[:] = 0.0
        stem.play(bus)
        loudness = integrated_lufs(bus.sound)
        if loudness > SILENCE_LUFS:
            bus.sound *= np.float32(gain(stem.level_lufs - loudness))
        dry += bus.sound
        if stem.room_db is not None:
            bus.sound *= np.float32(gain(stem.room_db))
            wet += bus.sound
    add_reverb(dry, wet, room)
    return dry


def ducked(sound: Stereo, hits_s: Iterable[float], *, depth: float, recovery_s: float) -> None:
    """Lower the sound, in place, at each of these times by the share `depth`, recovering smoothly: a side-chain."""
    n = sound.shape[1]
    dip_samples = samples(recovery_s)
    dip = as_sound(1.0 - depth * (1.0 - rise(dip_samples)))
    lead = samples(0.004)
    dip[:lead] = np.maximum(dip[:lead], as_sound(1.0 - depth * rise(lead)))
    curve = np.ones(n, dtype=np.float32)
    for hit in hits_s:
        start = samples(hit) if hit > 0 else 0
        stretch = curve[start : start + dip_samples]
        np.minimum(stretch, dip[: len(stretch)], out=stretch)
    sound *= curve


def equalise(sound: Stereo, *, warmth_db: float = 0.0, presence_db: float = 0.0, air_db: float = 0.0) -> None:
    """Take the rumble out of the sound, in place, and move its low mids, upper mids and highs by these amounts."""
    shapes = [high_pass(_RUMBLE_HZ)]
    if warmth_db:
        shapes.append(bell(220.0, warmth_db, 0.7))
    if presence_db:
        shapes.append(bell(2800.0, presence_db, 0.7))
    if air_db:
        shapes.append(high_shelf(7500.0, air_db))
    apply(sound, chain(*shapes))


def warm(sound: Stereo, drive_db: float) -> None:
    """Send the sound, in place, through a soft curve (tanh) that rounds peaks; its quiet parts stay as loud."""
    drive = np.float32(gain(drive_db))
    sound *= drive
    np.tanh(sound, out=sound)
    sound /= drive


def limit(sound: Stereo, ceiling_dbfs: float = CEILING_DBFS) -> None:
    """Turn peaks down, in place, ahead of time and smoothly, so that none passes the ceiling.

    The gain that each hop of 0.7 ms needs is spread over the hops around it by a sliding minimum, then averaged over
    the same width: an average of values that are all low enough is low enough.
    """
    ceiling = np.float32(gain(ceiling_dbfs))
    n = sound.shape[1]
    hops = math.ceil(n / _HOP)
    peaks = np.zeros(hops * _HOP, dtype=np.float32)
    np.abs(sound[0], out=peaks[:n])
    np.maximum(peaks[:n], np.abs(sound[1]), out=peaks[:n])
    needed = as_sound(np.minimum(1.0, ceiling / np.maximum(peaks.reshape(hops, _HOP).max(axis=1), ceiling * 0.01)))
    low = _sliding_minimum(needed, _LOOK_HOPS + 1)
    window = np.hanning(2 * _LOOK_HOPS + 1).astype(np.float32)
    padded: Mono = np.pad(low, _LOOK_HOPS, mode="edge")
    smooth = _averaged(padded, as_sound(window / window.sum()))
    sound *= drawn_out(np.pad(smooth, (0, 1), mode="edge"), n)


def _averaged(values: Mono, weights: Mono) -> Mono:
    averages: Mono = np.convolve(values, weights, mode="valid")
    return averages


def _sliding_minimum(values: Mono, reach: int) -> Mono:
    padded: Mono = np.pad(values, reach, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)


def master(sound: Stereo, level_lufs: float, *, fade_in_s: float, fade_out_s: float) -> None:
    """Finish a sound in place: no rumble or DC, faded at both ends, at `level_lufs`, peaks below `CEILING_DBFS`."""
    equalise(sound)
    enter, leave = samples(fade_in_s), samples(fade_out_s)
    sound[:, :enter] *= rise(enter)
    sound[:, -leave:] *= rise(leave)[::-1]
    # Twice, because what the limiter takes away is only known afterwards.
    for _ in range(2):
        sound *= np.float32(gain(level_lufs - integrated_lufs(sound)))
        limit(sound)

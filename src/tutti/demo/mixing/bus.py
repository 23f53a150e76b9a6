"""Where sounds are laid on a line of time, and who plays them there."""

import math
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from tutti.demo.synth.pads import sustained
from tutti.demo.synth.signal import Mono, Stereo, samples

Instrument: TypeAlias = Callable[[int, float, float], Mono]
"""MIDI pitch, length in seconds, brightness 0 to 1."""

_NOTES_KEPT = 32
_LOOPS_KEPT = 16
_LENGTH_STEP_S = 0.05
_BRIGHTNESS_STEPS = 5


class Bus:
    """Two channels of a fixed length to which sounds are added."""

    def __init__(self, duration_s: float) -> None:
        self.sound: Stereo = np.zeros((2, samples(duration_s)), dtype=np.float32)

    def add(self, sound: Mono | Stereo, at_s: float, level: float = 1.0, pan: float = 0.0) -> None:
        """Add a sound at a time; `pan` is -1 (left) to 1. What would come before 0 or after the end is dropped."""
        start = round(at_s * 44_100)
        skipped = max(0, -start)
        start += skipped
        fitting = sound[..., skipped : skipped + max(0, self.sound.shape[1] - start)]
        angle = (min(1.0, max(-1.0, pan)) + 1.0) * math.pi / 4.0
        # Equal power; two-channel sounds are turned towards a side by the same rule, unchanged in the middle.
        for ear, share in enumerate((math.cos(angle) * level, math.sin(angle) * level)):
            channel = fitting if fitting.ndim == 1 else fitting[ear] * np.float32(math.sqrt(2.0))
            self.sound[ear, start : start + fitting.shape[-1]] += channel * np.float32(share)


class Player:
    """Somebody with an instrument at a bus. Plays a little off time, as people do, and the same way every time."""

    def __init__(
        self,
        bus: Bus,
        instrument: Instrument,
        *,
        seed: int,
        pan: float = 0.0,
        spread: float = 0.0,
        loose_s: float = 0.0,
    ) -> None:
        """`spread` moves high notes to the right by that much per octave; `loose_s` is how far off time (deviation)."""
        self._bus, self._pan, self._spread, self._loose_s = bus, pan, spread, loose_s
        self._rng = np.random.default_rng(seed)
        self._note = lru_cache(maxsize=_NOTES_KEPT)(instrument)

    def play(self, at_s: float, pitch: int, length_s: float, velocity: float = 0.7) -> None:
        """Play one note; `velocity` 0 to 1 is both louder and brighter."""
        length = math.ceil(max(length_s, 0.03) / _LENGTH_STEP_S) * _LENGTH_STEP_S
        brightness = round(velocity * _BRIGHTNESS_STEPS) / _BRIGHTNESS_STEPS
        off_s = float(np.clip(self._rng.normal(0.0, 1.0), -2.0, 2.0)) * self._loose_s
        pan = self._pan + self._spread * (pitch - 60) / 12.0
        self._bus.add(self._note(pitch, round(length, 2), brightness), at_s + off_s, velocity**1.5, pan)


class Ensemble:
    """Players of sustained chords, from loops (see `pads`)."""

    def __init__(self, bus: Bus, loop: Callable[[int], Mono], *, attack_s: float, release_s: float) -> None:
        self._bus, self._attack_s, self._release_s = bus, attack_s, release_s
        self._loop = lru_cache(maxsize=_LOOPS_KEPT)(loop)

    def hold(self, at_s: float, pitches: Iterable[int], length_s: float, level: float = 1.0) -> None:
        """Hold a chord; it begins to fade at the end of its length."""
        for pitch in pitches:
            note = sustained(self._loop(pitch), pitch, length_s, self._attack_s, self._release_s)
            self._bus.add(note, at_s, level)


class Drum(NamedTuple):
    """One drum of a kit: a hit, how loud it is beside the others, where it stands."""

    sound: Mono
    level: float
    pan: float = 0.0


class Kit:
    """A drummer."""

    def __init__(self, bus: Bus, drums: Mapping[str, Drum], *, seed: int, loose_s: float = 0.0) -> None:
        self._bus, self._drums, self._loose_s = bus, drums, loose_s
        self._rng = np.random.default_rng(seed)

    def hit(self, name: str, at_s: float, velocity: float = 1.0) -> None:
        """Hit a drum; no two hits are equally loud."""
        drum = self._drums[name]
        off_s = float(np.clip(self._rng.normal(0.0, 1.0), -2.0, 2.0)) * self._loose_s
        level = drum.level * velocity * float(self._rng.uniform(0.9, 1.05))
        self._bus.add(drum.sound, at_s + off_s, level, drum.pan)

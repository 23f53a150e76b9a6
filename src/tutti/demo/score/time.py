"""Beats to seconds, patterns of beats, and the parts that a piece is built of."""

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Pulse:
    """A tempo. `swing` is where the second half of a beat (or of half a beat, `swung=0.5`) falls: 0.5 is straight."""

    bpm: float
    swing: float = 0.5
    swung: float = 1.0
    lead_in_s: float = 0.05

    def at(self, beat: float) -> float:
        """Return the second at which a beat falls."""
        whole, part = divmod(beat / self.swung, 1.0)
        moved = part * 2.0 * self.swing if part < 0.5 else self.swing + (part - 0.5) * 2.0 * (1.0 - self.swing)
        return self.lead_in_s + (whole + moved) * self.swung * 60.0 / self.bpm

    def span(self, beats: float) -> float:
        """Return how many seconds a number of beats lasts."""
        return beats * 60.0 / self.bpm


@dataclass(frozen=True)
class Breath:
    """A tempo that breathes: phrases press forward and yield by the share `depth`, and the end slows down.

    The time of a beat is the integral of 1 / tempo; with a tempo of bpm / (1 - depth cos) it has a closed form.
    """

    bpm: float
    phrase_beats: float
    end_beat: float
    depth: float = 0.04
    slowing_beats: float = 6.0
    lead_in_s: float = 0.1

    def at(self, beat: float) -> float:
        """Return the second at which a beat falls."""
        turn = 2.0 * math.pi / self.phrase_beats
        late = max(0.0, beat - (self.end_beat - self.slowing_beats))
        beats = beat + self.depth * math.sin(turn * beat) / turn + 0.35 * late * late / (2.0 * self.slowing_beats)
        return self.lead_in_s + beats * 60.0 / self.bpm

    def span(self, beats: float) -> float:
        """Return how many seconds a number of beats lasts, breathing aside."""
        return beats * 60.0 / self.bpm


@dataclass(frozen=True)
class Part:
    """A section of a piece: its bars and who plays in it."""

    name: str
    bar: int
    bars: int
    players: frozenset[str]

    def has(self, player: str) -> bool:
        """Whether somebody plays here."""
        return player in self.players

    def each_bar(self) -> Iterator[int]:
        """Yield the numbers of its bars."""
        yield from range(self.bar, self.bar + self.bars)

    @property
    def last_bar(self) -> int:
        """The number of its last bar."""
        return self.bar + self.bars - 1


def form(*parts: tuple[str, int, str]) -> tuple[Part, ...]:
    """Return the parts of a piece from (name, bars, players separated by spaces), one after another."""
    result: list[Part] = []
    bar = 0
    for name, bars, players in parts:
        result.append(Part(name, bar, bars, frozenset(players.split())))
        bar += bars
    return tuple(result)


def steps(pattern: str, beats_per_step: float) -> list[tuple[float, float]]:
    """Return (beat, velocity) of the hits in a pattern: digits 1 to 9 are velocities, anything else is silence; spaces
    and bar strokes only help the eye."""
    plain = pattern.replace(" ", "").replace("|", "")
    return [(i * beats_per_step, int(sign) / 9.0) for i, sign in enumerate(plain) if sign.isdigit()]


def rhythm(pattern: str, beats_per_step: float) -> list[tuple[float, float]]:
    """Return (beat, length in beats) of the notes in a pattern: `x` begins one, `-` holds it, `.` is silence."""
    plain = pattern.replace(" ", "").replace("|", "")
    notes: list[tuple[float, float]] = []
    for i, sign in enumerate(plain):
        if sign == "x":
            notes.append((i * beats_per_step, beats_per_step))
        elif sign == "-" and notes:
            notes[-1] = (notes[-1][0], notes[-1][1] + beats_per_step)
    return notes

"""Chords as a guitarist grips them, and picking patterns for the right hand."""

from collections.abc import Sequence
from typing import NamedTuple

from tutti.demo.score.harmony import Progression

_TUNING = (40, 45, 50, 55, 59, 64)
_BASS_STRINGS = (0, 1, 2, 3)

# From the lowest string to the highest; x is not played.
_GRIPS = {
    "A": "x02220",
    "A/C#": "x42220",
    "A7": "x02020",
    "Am": "x02210",
    "Am7": "x02010",
    "Bm": "x24432",
    "C": "x32010",
    "C/E": "032010",
    "C/G": "332010",
    "Cadd9": "x32030",
    "D": "xx0232",
    "D/F#": "2x0232",
    "Dm7": "xx0211",
    "E7": "020100",
    "E7sus": "020200",
    "Em": "022000",
    "Em7": "022030",
    "F": "xx3211",
    "Fmaj7": "xx3210",
    "F#m": "244222",
    "G": "320033",
    "G/B": "x20033",
    "G6": "320000",
    "G7": "320001",
}


class Pluck(NamedTuple):
    """One string plucked: when and how long it rings (beats), its pitch, how hard."""

    beat: float
    beats: float
    pitch: int
    velocity: float


def grip(symbol: str) -> tuple[int | None, ...]:
    """Return the pitches of the six strings of a chord, lowest first; None for one that is not played."""
    return tuple(
        None if fret == "x" else open_pitch + int(fret)
        for open_pitch, fret in zip(_TUNING, _GRIPS[symbol], strict=True)
    )


def grips_of(progression_text: str) -> list[tuple[int | None, ...]]:
    """Return the grips of a line of chords as `harmony.progression` reads it, one for each chord."""
    return [grip(symbol) for symbol in progression_text.replace("|", " ").split()]


def picked(
    grips: Sequence[tuple[int | None, ...]],
    chords: Progression,
    pattern: str,
    *,
    start: float,
    beats: float,
    beats_per_step: float,
    longest_beats: float = 6.0,
) -> list[Pluck]:
    """Return what the right hand plays over `chords`, repeating, from beat `start` on.

    A step of the pattern is a group of signs: `b` the bass, `B` the other bass, `1` to `4` a string from the top, `.`
    nobody. A string rings until it is plucked again.
    """
    groups = pattern.split()
    starts = [span.start for span in chords.spans]
    hits: list[tuple[float, int, int, float]] = []
    for step in range(round(beats / beats_per_step)):
        at = step * beats_per_step
        within = at % chords.beats
        strings = grips[max(number for number, first in enumerate(starts) if first <= within + 1e-9)]
        for sign in groups[step % len(groups)]:
            string = _string(strings, sign)
            pitch = None if string is None else strings[string]
            if string is not None and pitch is not None:
                hits.append((start + at, string, pitch, _velocity(sign, at)))
    return _ringing(hits, longest_beats)


def _string(strings: tuple[int | None, ...], sign: str) -> int | None:
    if sign in "1234":
        return 6 - int(sign)
    basses = [string for string in _BASS_STRINGS if strings[string] is not None]
    if sign == "b":
        return basses[0]
    return basses[min(2, len(basses) - 1)] if sign == "B" else None


def _velocity(sign: str, at: float) -> float:
    thumb = sign in "bB"
    return (0.68 if thumb else 0.56) + (0.08 if at % 2.0 == 0.0 else 0.0)


def _ringing(hits: Sequence[tuple[float, int, int, float]], longest_beats: float) -> list[Pluck]:
    again: dict[int, float] = {}
    plucks: list[Pluck] = []
    for beat, string, pitch, velocity in reversed(hits):
        plucks.append(Pluck(beat, min(again.get(string, beat + longest_beats) - beat, longest_beats), pitch, velocity))
        again[string] = beat
    return plucks[::-1]

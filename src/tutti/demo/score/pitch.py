"""Pitches by name, scales, chords by symbol."""

import re
from dataclasses import dataclass

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_ACCIDENTALS = {"#": 1, "b": -1}
_NOTE = re.compile(r"([A-G])([#b]*)(-?\d)")
_CHORD = re.compile(r"([A-G])([#b]?)([^/]*)(?:/([A-G])([#b]?))?")

# Semitones above the root, the root first, in the order in which a pianist would rather leave them out (last first).
_QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "6": (0, 4, 9, 7),
    "m6": (0, 3, 9, 7),
    "69": (0, 4, 9, 2, 7),
    "7": (0, 4, 10, 7),
    "maj7": (0, 4, 11, 7),
    "m7": (0, 3, 10, 7),
    "9": (0, 4, 10, 2, 7),
    "maj9": (0, 4, 11, 2, 7),
    "m9": (0, 3, 10, 2, 7),
    "m11": (0, 3, 10, 5, 7),
    "13": (0, 4, 10, 9, 7),
    "7b9": (0, 4, 10, 1, 7),
    "7sus": (0, 5, 10, 7),
    "9sus": (0, 5, 10, 2, 7),
    "add9": (0, 4, 2, 7),
    "madd9": (0, 3, 2, 7),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "maj7#11": (0, 4, 11, 6, 7),
}
_MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
}


def midi(name: str) -> int:
    """Return the MIDI pitch of a note such as `C4` (60), `F#3`, `Bb5`. Raises ValueError for anything else."""
    match = _NOTE.fullmatch(name)
    if match is None:
        raise ValueError(f"not a note: {name}")
    letter, accidentals, octave = match.groups()
    return 12 * (int(octave) + 1) + _LETTERS[letter] + sum(_ACCIDENTALS[sign] for sign in accidentals)


@dataclass(frozen=True)
class Chord:
    """Pitch classes (0 = C): those of the chord in order of importance, and the one in the bass."""

    classes: tuple[int, ...]
    bass: int

    @property
    def root(self) -> int:
        """The pitch class that the chord is named after."""
        return self.classes[0]

    @property
    def upper(self) -> "Chord":
        """The chord as the right hand plays it when somebody else has the root: that comes last in importance."""
        return Chord((*self.classes[1:], self.classes[0]), self.bass)


def chord(symbol: str) -> Chord:
    """Return the chord of a symbol such as `Am`, `Bbmaj7`, `F#m7b5`, `D/F#`. Raises ValueError for anything else."""
    match = _CHORD.fullmatch(symbol)
    if match is None or match[3] not in _QUALITIES:
        raise ValueError(f"not a chord: {symbol}")
    root = (_LETTERS[match[1]] + _ACCIDENTALS.get(match[2], 0)) % 12
    bass = (_LETTERS[match[4]] + _ACCIDENTALS.get(match[5] or "", 0)) % 12 if match[4] else root
    return Chord(tuple((root + interval) % 12 for interval in _QUALITIES[match[3]]), bass)


@dataclass(frozen=True)
class Scale:
    """The pitch classes of a key, rising from its tonic."""

    classes: tuple[int, ...]

    def __contains__(self, pitch: int) -> bool:
        """Whether a MIDI pitch belongs to the scale."""
        return pitch % 12 in self.classes

    def between(self, low: int, high: int) -> tuple[int, ...]:
        """Return the scale's MIDI pitches from `low` to `high`, both included."""
        return tuple(pitch for pitch in range(low, high + 1) if pitch in self)


def scale(tonic: str, mode: str) -> Scale:
    """Return a scale such as `scale("Eb", "lydian")`."""
    root = midi(f"{tonic}4")
    return Scale(tuple((root + step) % 12 for step in _MODES[mode]))


def nearest(pitch_class: int, pitch: int) -> int:
    """Return the MIDI pitch of a pitch class that is nearest to `pitch` (the lower one of two)."""
    above = pitch + (pitch_class - pitch) % 12
    return above if above - pitch < 6 else above - 12


def at_or_above(pitch_class: int, low: int) -> int:
    """Return the lowest MIDI pitch of a pitch class that is not below `low`."""
    return low + (pitch_class - low) % 12

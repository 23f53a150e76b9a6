"""Melodies: written down, or found by the rules that good ones follow.

The rules: chord tones on strong beats and long notes; mostly steps; a leap is followed by a step back; a phrase is an
arch; phrases end on a stable tone; what was heard once comes again, moved to the new chord.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutti.demo.score.harmony import Progression
from tutti.demo.score.pitch import Chord, Scale, midi
from tutti.demo.score.time import rhythm

# How likely a move by so many steps of the scale is.
_MOVES = {0: 0.12, 1: 1.0, 2: 0.7, 3: 0.32, 4: 0.2, 5: 0.1}
_LEAP = 3
_MOTIF_PULL = 6.0


@dataclass(frozen=True)
class Note:
    """One note: when and how long in beats, which MIDI pitch, how strong (0 to 1)."""

    beat: float
    beats: float
    pitch: int
    velocity: float


def written(text: str) -> list[Note]:
    """Return the notes of a line such as `"E5:1 G5:.5 r:.5 A5:2"` (`r` rests); bar strokes only help the eye."""
    notes: list[Note] = []
    beat = 0.0
    for word in text.replace("|", " ").split():
        name, length = word.split(":")
        if name != "r":
            notes.append(Note(beat, float(length), midi(name), 0.78 if beat % 2 == 0 else 0.66))
        beat += float(length)
    return notes


@dataclass(frozen=True)
class Style:
    """What a melody may do: its notes, its range, how phrases are ordered (`form`, one letter each), their rhythms."""

    scale: Scale
    low: int
    high: int
    form: str
    rhythms: Mapping[str, str]
    beats_per_step: float
    phrase_beats: float


def found(style: Style, chords: Progression, start: float, seed: int) -> list[Note]:
    """Return a melody over `chords` that begins at beat `start`, the same for the same seed.

    Phrases with the same letter share rhythm and contour.
    """
    rng = np.random.default_rng(seed)
    ladder = style.scale.between(style.low, style.high)
    contours: dict[str, list[int]] = {}
    notes: list[Note] = []
    place = len(ladder) // 2
    for number, letter in enumerate(style.form):
        onsets = rhythm(style.rhythms[letter], style.beats_per_step)
        offset = start + number * style.phrase_beats
        closing = number == len(style.form) - 1
        walk = _walk(rng, ladder, onsets, chords, offset, place, contours.get(letter), closing=closing)
        contours.setdefault(letter, [step - walk[0] for step in walk])
        for (beat, beats), step in zip(onsets, walk, strict=True):
            strength = 0.8 if beat % 2 == 0 else 0.66
            notes.append(Note(offset + beat, beats, ladder[step], strength + float(rng.uniform(-0.05, 0.05))))
        place = walk[-1]
    return notes


def _walk(
    rng: np.random.Generator,
    ladder: Sequence[int],
    onsets: Sequence[tuple[float, float]],
    chords: Progression,
    offset: float,
    place: int,
    contour: Sequence[int] | None,
    *,
    closing: bool,
) -> list[int]:
    walk: list[int] = []
    last_move = 0
    for index, (beat, beats) in enumerate(onsets):
        harmony = chords.at(offset + beat)
        ending = index == len(onsets) - 1
        strong = beat % 2 == 0 or beats >= 1.5 or ending
        weights = np.zeros(len(ladder))
        arch = len(ladder) * (0.35 + 0.4 * np.sin(np.pi * index / max(1, len(onsets) - 1)))
        for candidate, pitch in enumerate(ladder):
            move = candidate - (walk[-1] if walk else place)
            weight = _MOVES.get(abs(move), 0.0) if walk else float(np.exp(-abs(move) / 2.0))
            weight *= _fit(pitch, harmony, strong=strong, stable=ending and closing)
            weight *= float(np.exp(-abs(candidate - arch) / 6.0))
            if len(walk) > 1 and last_move == 0 and move == 0:
                weight *= 0.1
            if abs(last_move) >= _LEAP:
                weight *= 1.6 if move * last_move < 0 and abs(move) <= 2 else 0.15
            if contour is not None and walk:
                weight *= float(np.exp(-_MOTIF_PULL * 0.25 * abs(candidate - walk[0] - contour[index])))
            weights[candidate] = weight
        if not weights.any():
            weights[walk[-1] if walk else place] = 1.0
        # Sharpened: the rules decide, chance only breaks near-ties.
        weights = np.square(weights / weights.max())
        step = int(rng.choice(len(ladder), p=weights / weights.sum()))
        last_move = step - walk[-1] if walk else 0
        walk.append(step)
    return walk


def _fit(pitch: int, harmony: Chord, *, strong: bool, stable: bool) -> float:
    pitch_class = pitch % 12
    if stable:
        return 1.0 if pitch_class in (harmony.classes[0], harmony.classes[1]) else 0.0
    if pitch_class in harmony.classes:
        return 1.3
    rubs = (pitch_class - 1) % 12 in harmony.classes
    if strong:
        return 0.0 if rubs else 0.04
    return 0.2 if rubs else 0.8

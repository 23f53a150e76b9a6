"""Chamber music: rain on a piano, a waltz that leans to one side, a string quartet at nightfall."""

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import numpy as np

from tutti.demo.mixing.bus import Bus, Player
from tutti.demo.mixing.mastering import Stem, mixed
from tutti.demo.pieces.take import Take
from tutti.demo.score.harmony import led, progression
from tutti.demo.score.melody import Note, Style, found, written
from tutti.demo.score.pitch import Scale, at_or_above, nearest, scale
from tutti.demo.score.time import Breath
from tutti.demo.synth.leads import bow
from tutti.demo.synth.signal import Mono
from tutti.demo.synth.space import room_response
from tutti.demo.synth.struck import piano

_TAIL_S = 5.0
_RAIN_TAIL_S = 3.0

_RAIN_CHORDS = progression(
    "Bmadd9 | Bm/A | Gmaj7 | D/F# | Em7 | D/F# | Gmaj7 | F#7sus F#7 |"
    "Bmadd9 | A/C# | Dmaj7 | Gmaj9 | Em9 | F#7sus F#7 | Bmadd9"
)
_RAIN = Breath(66.0, phrase_beats=16.0, end_beat=60.0)
_RAIN_PATTERN = (0, 2, 1, 3, 2, 4, 3, 2, 1, 3, 2, 4, 3, 4, 2, 3)
_RAIN_TUNE = Style(
    scale("B", "minor"),
    74,
    90,
    "abacabd",
    {"a": "x-----x- x-------", "b": "x---x--- ----x---", "c": "x-----x- x-x-x---", "d": "x-------x-------"},
    beats_per_step=0.5,
    phrase_beats=8.0,
)

_WALTZ = Breath(134.0, phrase_beats=24.0, end_beat=111.0, depth=0.05)
_WALTZ_CHORDS = progression("Am | Am | Dm | Dm | G7 | C | Fmaj7 | E7 | Am | A7 | Dm | Dm | Am/E | E7 | Am | Am", 3.0)
_WALTZ_TUNE = written(
    "E5:2 A5:1 | G#5:1 A5:1 E5:1 | F5:2 D5:1 | A4:1 D5:1 F5:1 | F5:2 B4:1 | E5:2 C5:1 |"
    "A4:1 C5:1 E5:1 | D5:1 B4:1 G#4:1 | E5:2 A5:1 | G5:2 C#5:1 | F5:1 A5:1 F5:1 | D5:3 |"
    "C5:1 E5:1 A5:1 | G#5:1 B5:1 E5:1 | A5:3 | r:1 E5:1 A4:1"
)
_WALTZ_INTRO_BARS = 4

_DUSK = Breath(56.0, phrase_beats=16.0, end_beat=56.0, depth=0.03)
_DUSK_CHORDS = progression(
    "Eb | Bb/D | Cm7 | Gm/Bb | Abmaj7 | Eb/G | Fm7 | Bb7sus Bb7 | Cm | Abmaj7 | Eb/G | Fm9 | Ab Bb7sus | Eb"
)
_DUSK_SCALE = scale("Eb", "major")
_DUSK_TUNE = Style(
    _DUSK_SCALE,
    75,
    91,
    "abacab",
    {"a": "....x-x- x-----..", "b": "....x--- x---x-..", "c": "..x-x-x- x-----.."},
    beats_per_step=0.5,
    phrase_beats=8.0,
)


def play_rain(seed: int) -> Take:
    """`Prélude à la pluie`."""
    sound = mixed(
        _RAIN.at(_RAIN_CHORDS.beats) + _RAIN_TAIL_S,
        [Stem(partial(_rain, seed=seed), -18.0, -11.0), Stem(partial(_rain_tune, seed=seed), -19.5, -9.0)],
        room_response(2.6, damping=0.55, predelay_s=0.02, seed=seed),
    )
    return Take(sound)


def play_waltz(seed: int) -> Take:
    """`Valse oblique`."""
    end = 3.0 * (_WALTZ_INTRO_BARS + 32) + 3.0
    again = 3.0 * (_WALTZ_INTRO_BARS + 16)
    first, second = _moved(_WALTZ_TUNE, 3.0 * _WALTZ_INTRO_BARS), _moved(_WALTZ_TUNE, again)
    sound = mixed(
        _WALTZ.at(end) + _TAIL_S,
        [
            Stem(partial(_oom_pah, seed=seed, end=end), -20.5, -12.0),
            Stem(partial(_waltz_hand, first=first, second=second, seed=seed), -18.5, -11.0),
            Stem(partial(_violin, notes=second, seed=seed), -22.0, -7.0),
            Stem(partial(_cello, start=again, seed=seed), -27.0, -8.0),
        ],
        room_response(2.0, damping=0.5, predelay_s=0.015, seed=seed),
    )
    return Take(sound)


def play_dusk(seed: int) -> Take:
    """`Ce qui reste du soir`."""
    sound = mixed(
        _DUSK.at(_DUSK_CHORDS.beats) + _TAIL_S,
        [Stem(partial(_quartet, seed=seed), -18.0, -8.0), Stem(partial(_stars, seed=seed), -23.0, -5.0)],
        room_response(3.2, damping=0.5, predelay_s=0.03, seed=seed),
    )
    return Take(sound)


def _moved(notes: Sequence[Note], beats: float) -> list[Note]:
    return [Note(note.beat + beats, note.beats, note.pitch, note.velocity) for note in notes]


def _arch(beat: float, end: float) -> float:
    """How much louder the middle of a piece is than its ends, 0 to 1."""
    return math.sin(math.pi * min(1.0, beat / end)) ** 1.5


def _rain(bus: Bus, seed: int) -> None:
    """Sixteenths over a chord that changes a note or two at a time; the left hand holds octaves."""
    keys = Player(bus, piano, seed=seed, spread=0.14, loose_s=0.007)
    last = _RAIN_CHORDS.spans[-1]
    for span, pitches in led(_RAIN_CHORDS.spans[:-1], count=5, low=54, high=76):
        bass = at_or_above(span.chord.bass, 35)
        loud = 0.12 * _arch(span.start, last.start)
        keys.play(_RAIN.at(span.start), bass, _RAIN.span(span.beats + 0.3), 0.56 + loud)
        keys.play(_RAIN.at(span.start) + 0.012, bass + 12, _RAIN.span(span.beats), 0.42 + loud)
        for step in range(int(span.beats * 4)):
            pitch = pitches[_RAIN_PATTERN[(step + int(span.start * 4)) % 16]]
            accent = 0.07 if step % 4 == 0 else 0.0
            keys.play(_RAIN.at(span.start + step / 4.0), pitch, _RAIN.span(1.6), 0.4 + accent + loud)
    (_, pitches), *_ = led([last], count=5, low=54, high=76)
    for number, pitch in enumerate((35, 47, *pitches)):
        keys.play(_RAIN.at(last.start) + 0.08 * number, pitch, 6.0, 0.5)


def _rain_tune(bus: Bus, seed: int) -> None:
    keys = Player(bus, piano, seed=seed + 1, pan=0.12, loose_s=0.01)
    for note in found(_RAIN_TUNE, _RAIN_CHORDS, 4.0, seed):
        loud = 0.16 * _arch(note.beat, 60.0)
        keys.play(_RAIN.at(note.beat), note.pitch, _RAIN.span(note.beats + 0.5), note.velocity * 0.72 + loud)


def _oom_pah(bus: Bus, seed: int, end: float) -> None:
    """The left hand: a bass note, then two light chords, the second a little early."""
    keys = Player(bus, piano, seed=seed, spread=0.14, pan=-0.05, loose_s=0.006)
    spans = list(_WALTZ_CHORDS.over(0.0, 3.0 * _WALTZ_INTRO_BARS)) + [
        span.moved(3.0 * _WALTZ_INTRO_BARS) for span in _WALTZ_CHORDS.over(0.0, 96.0)
    ]
    for span, pitches in led(spans, count=3, low=52, high=67):
        keys.play(_WALTZ.at(span.start), at_or_above(span.chord.bass, 33), _WALTZ.span(2.2), 0.6)
        for beat, velocity in ((1.0, 0.4), (1.94, 0.36)):
            for pitch in pitches:
                keys.play(_WALTZ.at(span.start + beat), pitch, _WALTZ.span(0.7), velocity)
    for number, pitch in enumerate((33, 45, 52, 57, 60, 64, 69)):
        keys.play(_WALTZ.at(end - 3.0) + 0.05 * number, pitch, 5.0, 0.5)


def _waltz_hand(bus: Bus, first: Sequence[Note], second: Sequence[Note], seed: int) -> None:
    """The right hand: the tune, and when the violin has it, two notes above its chords."""
    keys = Player(bus, piano, seed=seed + 1, pan=0.12, loose_s=0.01)
    for note in first:
        keys.play(_WALTZ.at(note.beat), note.pitch, _WALTZ.span(note.beats + 0.2), note.velocity * 0.95)
    for note in second:
        answer = note.beat + 1.5
        pitch = nearest(_WALTZ_CHORDS.at(answer - second[0].beat).classes[1], 84)
        if note.beats >= 2.0:
            keys.play(_WALTZ.at(answer), pitch, _WALTZ.span(0.9), 0.42)
            keys.play(_WALTZ.at(answer + 0.5), pitch + 12, _WALTZ.span(1.2), 0.36)


def _violin(bus: Bus, notes: Sequence[Note], seed: int) -> None:
    violin = Player(bus, bow, seed=seed + 2, pan=-0.3, loose_s=0.01)
    for note in notes:
        violin.play(_WALTZ.at(note.beat), note.pitch, _WALTZ.span(note.beats * 0.97), note.velocity)


def _cello(bus: Bus, start: float, seed: int) -> None:
    cello = Player(bus, partial(bow, player=2), seed=seed + 3, pan=0.35, loose_s=0.012)
    pitch = 50
    for span in _WALTZ_CHORDS.over(0.0, 48.0):
        pitch = nearest(span.chord.classes[1 if int(span.start / 3.0) % 2 else 0], pitch)
        pitch = pitch + 12 if pitch < 43 else pitch
        cello.play(_WALTZ.at(start + span.start), pitch, _WALTZ.span(2.9), 0.6)


def _quartet(bus: Bus, seed: int) -> None:
    """Four voices. Those that fall by a step are late by a beat now and then, so that they rub before they resolve;
    those that leap by a third walk through the note between."""
    rng = np.random.default_rng(seed)
    voiced = led(_DUSK_CHORDS.spans, count=3, low=55, high=77)
    lines = [[pitches[voice] for _, pitches in voiced] for voice in range(3)]
    bass = [48]
    for span in _DUSK_CHORDS.spans:
        step = nearest(span.chord.bass, bass[-1])
        bass.append(step + 12 if step < 38 else step - 12 if step > 55 else step)
    lines.insert(0, bass[1:])
    for player, (line, pan) in enumerate(zip(lines, (0.4, 0.15, -0.15, -0.4), strict=True)):
        desk = Player(bus, partial(_desk, player=player), seed=seed + player, pan=pan, loose_s=0.02)
        for note in _spoken(line, rng, moving=player > 0):
            loud = 0.2 * _arch(note.beat, _DUSK_CHORDS.beats)
            desk.play(_DUSK.at(note.beat), note.pitch, _DUSK.span(note.beats) + 0.1, 0.5 + loud)


def _desk(pitch: int, length_s: float, brightness: float, player: int) -> Mono:
    return bow(pitch, length_s, brightness, player)


def _spoken(line: Sequence[int], rng: np.random.Generator, *, moving: bool) -> list[Note]:
    """Return the notes of a voice from its pitch per chord; notes that stay are held, not played again."""
    notes: list[Note] = []
    starts = [span.start for span in _DUSK_CHORDS.spans]
    notes.append(Note(starts[0], _DUSK_CHORDS.spans[0].beats, line[0], 0.6))
    for number, (old, new) in enumerate(pairwise(line), start=1):
        span, held = _DUSK_CHORDS.spans[number], notes[-1]
        beats = span.beats + (2.0 if number == len(line) - 1 else 0.0)
        if new == old:
            notes[-1] = Note(held.beat, held.beats + beats, old, 0.6)
        elif moving and 0 < old - new <= 2 and span.beats >= 4.0 and rng.random() < 0.55:
            notes[-1] = Note(held.beat, held.beats + 1.0, old, 0.6)
            notes.append(Note(span.start + 1.0, beats - 1.0, new, 0.6))
        elif moving and 3 <= abs(new - old) <= 4 and held.beats >= 4.0:
            notes[-1] = Note(held.beat, held.beats - 1.0, old, 0.6)
            notes.append(Note(span.start - 1.0, 1.0, _between(old, new, _DUSK_SCALE), 0.55))
            notes.append(Note(span.start, beats, new, 0.6))
        else:
            notes.append(Note(span.start, beats, new, 0.6))
    return notes


def _between(old: int, new: int, key: Scale) -> int:
    low, high = sorted((old, new))
    return next((pitch for pitch in range(low + 1, high) if pitch in key), new)


def _stars(bus: Bus, seed: int) -> None:
    keys = Player(bus, piano, seed=seed + 9, spread=0.2, loose_s=0.02)
    for note in found(_DUSK_TUNE, _DUSK_CHORDS, 4.0, seed):
        keys.play(_DUSK.at(note.beat), note.pitch, _DUSK.span(note.beats + 1.0), note.velocity * 0.6)

"""Fingerpicked guitar in two halves of a day: alone and with a flute in the morning, with a bow and a voice later."""

from collections.abc import Iterable, Sequence
from functools import partial

from tutti.demo.mixing.bus import Bus, Ensemble, Instrument, Player
from tutti.demo.mixing.mastering import Stem, mixed
from tutti.demo.pieces.take import Take
from tutti.demo.score.frets import Pluck, grips_of, picked
from tutti.demo.score.harmony import Progression, led, progression
from tutti.demo.score.melody import Note, Style, found, written
from tutti.demo.score.pitch import Scale, scale
from tutti.demo.score.time import Pulse
from tutti.demo.synth.filters import apply, bell, chain, high_shelf
from tutti.demo.synth.leads import bow, flute, singer
from tutti.demo.synth.pads import section_loop
from tutti.demo.synth.plucked import guitar, harp, upright_bass
from tutti.demo.synth.signal import Mono
from tutti.demo.synth.space import room_response

_TRAVIS = "b1 3 B 2 b 3 B 2"
_TRAVIS_TURNED = "b 3 B1 2 b 3 B 12"
_ROLLING = "b 3 2 1 B 3 2 1"
_WALTZ = "b 3 2 1 2 3"
_TAIL_S = 4.0

_PATH = Pulse(102.0)
_PATH_A = "G | Cadd9 | Em7 | D | G | Cadd9 | Am7 | D"
_PATH_B = "C | G/B | Am7 | Em7 | C | G/B | Am7 | D"
_PATH_TUNE = Style(
    scale("G", "pentatonic"),
    67,
    86,
    "abac",
    {"a": "x-x-x--x --x-x-..", "b": "x---x-x- x-----..", "c": "x-x-x--x x-------"},
    beats_per_step=0.5,
    phrase_beats=8.0,
)

_BREAD = Pulse(150.0)
_BREAD_CHORDS = "D | A/C# | Bm | F#m | G | D/F# | Em7 | A7 | D | A/C# | Bm | F#m | G | D/F# | A7 | D"
_BREAD_TUNE = written(
    "F#5:1 A5:1 F#5:1 | E5:2 A4:1 | D5:1 F#5:1 D5:1 | C#5:3 | B4:1 D5:1 G5:1 | F#5:2 D5:1 |"
    "G5:1 F#5:1 E5:1 | E5:2 r:1 | F#5:1 A5:1 B5:1 | A5:2 E5:1 | F#5:1.5 E5:.5 D5:1 | C#5:2 A4:1 | B4:1 D5:1 E5:1 |"
    "F#5:2 A5:1 | G5:1 E5:1 C#5:1 | D5:3"
)

_LIGHT = Pulse(69.0)
_LIGHT_CHORDS = "Am | Fmaj7 | C/G | G6 | Dm7 | Am7 | E7sus E7 | Am"
_LIGHT_TUNE = Style(
    scale("A", "minor"),
    48,
    67,
    "abac",
    {"a": "x---x-x- x-----..", "b": "x-----x- x---x-..", "c": "x---x-x- x-------"},
    beats_per_step=0.5,
    phrase_beats=8.0,
)

_SONG_PULSE = Pulse(86.0)
_SONG_VERSES = (8.0, 48.0)
_SONG_CHORDS = "C | G/B | Am7 | Em7 | Fmaj7 | C/E | Dm7 | G7"
_SONG_CAPO = 2
_SONG_TUNE = Style(
    scale("D", "major"),
    64,
    81,
    "abab",
    {"a": "x-xx-x-x x-x-x---", "b": "x-xx-x-x x-------"},
    beats_per_step=0.5,
    phrase_beats=8.0,
)


def play_path(seed: int) -> Take:
    """`Sendero de álamos`."""
    parts = [
        (0, 2, _PATH_A, _TRAVIS),
        (2, 8, _PATH_A, _TRAVIS),
        (10, 8, _PATH_B, _ROLLING),
        (18, 4, _PATH_A, _TRAVIS_TURNED),
    ]
    plucks = [pluck for bar, bars, text, hand in parts for pluck in _hand(text, hand, 4 * bar, 4 * bars)]
    plucks += _last_chord("G", 88.0)
    tune = found(_PATH_TUNE, progression(_PATH_A), 8.0, seed) + found(_PATH_TUNE, progression(_PATH_B), 40.0, seed + 1)
    sound = mixed(
        _PATH.at(88.0) + _TAIL_S,
        [
            Stem(partial(_guitar, pulse=_PATH, plucks=plucks, seed=seed, pan=-0.08), -18.0, -13.0),
            Stem(
                partial(_voices, pulse=_PATH, instruments=[guitar, harp], notes=tune, seed=seed, pan=0.3), -20.5, -9.0
            ),
            Stem(partial(_bass, pulse=_PATH, plucks=plucks, seed=seed), -27.0),
        ],
        room_response(1.4, damping=0.5, seed=seed),
    )
    return Take(sound)


def play_bread(seed: int) -> Take:
    """`Vals del pan caliente`."""
    bars, chords = 4 + 16 + 16 + 4, progression(_BREAD_CHORDS, 3.0)
    plucks = _hand(_BREAD_CHORDS, _WALTZ, 0.0, 3.0 * 4, 3.0)
    plucks += _hand(_BREAD_CHORDS, _WALTZ, 12.0, 3.0 * (bars - 8), 3.0)
    plucks += _hand("D | A/C# | Bm | A7", _WALTZ, 3.0 * (bars - 4), 12.0, 3.0) + _last_chord("D", 3.0 * bars)
    first, second = _moved(_BREAD_TUNE, 12.0), _moved(_BREAD_TUNE, 60.0)
    seconds = _thirds_below(second, scale("D", "major"))
    sound = mixed(
        _BREAD.at(3.0 * bars) + _TAIL_S,
        [
            Stem(partial(_guitar, pulse=_BREAD, plucks=plucks, seed=seed, pan=-0.2), -18.5, -13.0),
            Stem(
                partial(_voices, pulse=_BREAD, instruments=[flute], notes=[*first, *second], seed=seed, pan=0.15),
                -19.5,
                -8.0,
            ),
            Stem(partial(_voices, pulse=_BREAD, instruments=[bow], notes=seconds, seed=seed, pan=-0.35), -24.0, -7.0),
            Stem(partial(_strings, pulse=_BREAD, chords=chords, start=60.0, beats=48.0), -28.0, -6.0),
        ],
        room_response(1.6, damping=0.5, seed=seed),
    )
    return Take(sound)


def play_light(seed: int) -> Take:
    """`Última luz`."""
    chords = progression(_LIGHT_CHORDS)
    plucks = _hand(_LIGHT_CHORDS, "b 3 2 1 2 3 2 3", 0.0, 64.0) + _last_chord("Am", 64.0)
    tune = found(_LIGHT_TUNE, chords, 8.0, seed) + found(_LIGHT_TUNE, chords, 40.0, seed)[:-1]
    high = [Note(note.beat, note.beats, note.pitch + 12, note.velocity * 0.6) for note in tune if note.beat >= 40.0]
    sound = mixed(
        _LIGHT.at(64.0) + _TAIL_S + 1.5,
        [
            Stem(partial(_guitar, pulse=_LIGHT, plucks=plucks, seed=seed, pan=0.25), -18.5, -11.0),
            Stem(partial(_voices, pulse=_LIGHT, instruments=[bow], notes=tune, seed=seed, pan=-0.25), -19.5, -7.0),
            Stem(partial(_voices, pulse=_LIGHT, instruments=[bow], notes=high, seed=seed + 3, pan=0.3), -26.0, -5.0),
            Stem(partial(_strings, pulse=_LIGHT, chords=chords, start=32.0, beats=32.0), -26.0, -5.0),
        ],
        room_response(2.4, damping=0.5, predelay_s=0.03, seed=seed),
    )
    return Take(sound)


def play_lantern(seed: int) -> Take:
    """`Canción para una linterna`, with a voice."""
    chords = _transposed(progression(_SONG_CHORDS), _SONG_CAPO)
    plucks = _hand(_SONG_CHORDS, _TRAVIS, 0.0, 8.0) + _hand(_SONG_CHORDS, _ROLLING, 8.0, 32.0)
    plucks += _hand(_SONG_CHORDS, _TRAVIS_TURNED, 40.0, 8.0) + _hand(_SONG_CHORDS, _ROLLING, 48.0, 32.0)
    plucks += _last_chord("C", 80.0)
    plucks = [pluck._replace(pitch=pluck.pitch + _SONG_CAPO) for pluck in plucks]
    first = found(_SONG_TUNE, chords, _SONG_VERSES[0], seed)
    verses = [*first, *_moved(first, _SONG_VERSES[1] - _SONG_VERSES[0])]
    sound = mixed(
        _SONG_PULSE.at(80.0) + _TAIL_S,
        [
            Stem(partial(_guitar, pulse=_SONG_PULSE, plucks=plucks, seed=seed, pan=-0.08), -18.5, -12.0),
            Stem(
                partial(_voices, pulse=_SONG_PULSE, instruments=[_voice], notes=verses, seed=seed, pan=0.05),
                -19.0,
                -8.0,
            ),
            Stem(partial(_strings, pulse=_SONG_PULSE, chords=chords, start=48.0, beats=32.0), -26.5, -6.0),
            Stem(partial(_bass, pulse=_SONG_PULSE, plucks=plucks, seed=seed), -26.0),
        ],
        room_response(1.8, damping=0.5, seed=seed),
    )
    # A verse is four phrases of two bars, a line for each.
    starts = (_SONG_PULSE.at(verse + 8.0 * line) for verse in _SONG_VERSES for line in range(4))
    return Take(sound, line_starts_s=tuple(starts))


def _voice(pitch: int, length_s: float, brightness: float) -> Mono:
    return singer(pitch, length_s, brightness, "aah")


def _hand(text: str, pattern: str, start: float, beats: float, beats_per_bar: float = 4.0) -> list[Pluck]:
    chords = progression(text, beats_per_bar)
    return picked(grips_of(text), chords, pattern, start=start, beats=beats, beats_per_step=0.5)


def _last_chord(symbol: str, beat: float) -> list[Pluck]:
    """A chord rolled slowly and left to ring."""
    pitches = [pitch for pitch in grips_of(symbol)[0] if pitch is not None]
    return [Pluck(beat + 0.1 * number, 8.0, pitch, 0.6) for number, pitch in enumerate(pitches)]


def _moved(notes: Iterable[Note], beats: float) -> list[Note]:
    return [Note(note.beat + beats, note.beats, note.pitch, note.velocity) for note in notes]


def _transposed(chords: Progression, semitones: int) -> Progression:
    return Progression(tuple(span.transposed(semitones) for span in chords.spans))


def _thirds_below(notes: Iterable[Note], key: Scale) -> list[Note]:
    """A second voice, two steps of the scale under the first."""
    second: list[Note] = []
    for note in notes:
        ladder = key.between(note.pitch - 6, note.pitch)
        second.append(Note(note.beat, note.beats, ladder[-3], note.velocity * 0.8))
    return second


def _guitar(bus: Bus, pulse: Pulse, plucks: Sequence[Pluck], seed: int, pan: float) -> None:
    player = Player(bus, guitar, seed=seed, pan=pan, spread=0.12, loose_s=0.006)
    for pluck in plucks:
        player.play(pulse.at(pluck.beat), pluck.pitch, min(pulse.span(pluck.beats), 4.0), pluck.velocity)
    apply(bus.sound, chain(bell(105.0, 2.5, 1.2), bell(215.0, 2.5, 1.4), bell(450.0, -1.5), high_shelf(5000.0, -1.5)))


def _bass(bus: Bus, pulse: Pulse, plucks: Sequence[Pluck], seed: int) -> None:
    """A double bass, softly, an octave under the thumb's first note of every bar."""
    bass = Player(bus, upright_bass, seed=seed, loose_s=0.008)
    for beat in range(8, int(plucks[-1].beat), 4):
        lowest = min(pluck.pitch for pluck in plucks if abs(pluck.beat - beat) < 1e-6)
        bass.play(pulse.at(float(beat)), lowest - 12 if lowest > 42 else lowest, pulse.span(2.6), 0.6)


def _voices(
    bus: Bus, pulse: Pulse, instruments: Sequence[Instrument], notes: Sequence[Note], seed: int, pan: float
) -> None:
    players = [
        Player(bus, instrument, seed=seed + i, pan=pan, loose_s=0.008) for i, instrument in enumerate(instruments)
    ]
    for note in notes:
        for player in players:
            player.play(pulse.at(note.beat), note.pitch, pulse.span(note.beats * 0.96), note.velocity)


def _strings(bus: Bus, pulse: Pulse, chords: Progression, start: float, beats: float) -> None:
    strings = Ensemble(bus, lambda pitch: section_loop(pitch, 0.35), attack_s=0.8, release_s=1.2)
    for span, pitches in led(list(chords.over(start, beats)), count=4, low=50, high=74):
        strings.hold(pulse.at(span.start), pitches, pulse.span(span.beats))

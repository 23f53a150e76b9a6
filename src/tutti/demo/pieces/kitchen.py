"""Lo-fi: a slow beat, an electric piano that knows some jazz, rain outside, dust in the groove."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from tutti.demo.mixing.bus import Bus, Drum, Instrument, Kit, Player
from tutti.demo.mixing.mastering import Stem, mixed, warm
from tutti.demo.pieces.take import Take
from tutti.demo.score.harmony import Progression, led, progression
from tutti.demo.score.melody import Note, Style, found
from tutti.demo.score.pitch import at_or_above, scale
from tutti.demo.score.time import Part, Pulse, form, steps
from tutti.demo.synth.drums import brush, crackle, hat, kick, rim, snare, weather
from tutti.demo.synth.filters import apply, chain, high_pass, low_pass
from tutti.demo.synth.leads import flute, singer
from tutti.demo.synth.plucked import guitar, upright_bass
from tutti.demo.synth.space import add_echoes, drift, room_response
from tutti.demo.synth.struck import electric_piano, vibraphone

_TAIL_S = 4.0
_KICKS = ("9... .... ..8. ....", "9..4 .... ..8. ....", "9... ...4 ..8. ..5.", "9... .... 5.8. ....")
_SNARES = (".... 8... .... 8...", ".... 8..2 .2.. 8...", ".... 8... .... 8.2.")
_HATS = ("6.4. 6.4. 6.4. 6.4.", "6.4. 6.43 6.4. 5.42", "6.42 5.4. 6.4. 6.4.")
_FILL = (".... 8... ..4. 8.56", "9..4 .... ..8. ....")
# When the chords fall in a bar: beat, length, how firmly.
_COMPING = (
    ((0.0, 2.3, 0.62), (2.5, 1.4, 0.46)),
    ((0.0, 1.6, 0.6), (1.75, 1.9, 0.44)),
    ((0.0, 3.8, 0.6),),
    ((0.5, 1.8, 0.5), (2.5, 1.4, 0.52)),
)


@dataclass(frozen=True)
class Tune:
    """What differs between the tracks of the album."""

    pulse: Pulse
    chords: Progression
    parts: tuple[Part, ...]
    lead: Instrument
    style: Style
    comping: Instrument = electric_piano
    lead_lufs: float = -20.5
    rain_lufs: float = -46.0
    swish: bool = False

    @property
    def bars(self) -> int:
        """How many bars there are before the last chord."""
        return self.parts[-1].bar + self.parts[-1].bars


_STEAM = Tune(
    pulse=Pulse(76.0, swing=0.57, swung=0.5),
    chords=progression("Fmaj9 | Em7 | Dm9 | Cmaj9 | Fmaj9 | E7b9 | Am9 | Gm9 C13"),
    parts=form(
        ("intro", 2, "keys"),
        ("verse", 8, "keys bass drums lead"),
        ("window", 2, "keys lead"),
        ("verse", 4, "keys bass drums lead"),
        ("outro", 2, "keys bass"),
    ),
    lead=vibraphone,
    style=Style(
        scale("C", "pentatonic"),
        64,
        84,
        "abac",
        {"a": "..x-x-x- x---..x-", "b": "x-x---x- x-x-----", "c": "..x-x-x- x-------"},
        beats_per_step=0.5,
        phrase_beats=8.0,
    ),
)
_BICYCLE = Tune(
    pulse=Pulse(84.0, swing=0.6, swung=0.5),
    chords=progression("Abmaj9 | Gm7 | Fm9 | Bb13 | Ebmaj9 | Cm9 | Fm9 | Bb9sus"),
    parts=form(
        ("intro", 2, "keys"),
        ("ride", 8, "keys bass drums lead"),
        ("puddle", 2, "keys"),
        ("ride", 6, "keys bass drums lead"),
        ("outro", 2, "keys bass lead"),
    ),
    lead=flute,
    style=Style(
        scale("Eb", "major"),
        67,
        84,
        "abcb",
        {"a": "x-x-x--x ----x-x-", "b": "x---x-x- x-----..", "c": "..x-x-x- x-x-x---"},
        beats_per_step=0.5,
        phrase_beats=8.0,
    ),
    comping=guitar,
    rain_lufs=-38.0,
    swish=True,
)
_UMBRELLA_PULSE = Pulse(72.0, swing=0.58, swung=0.5)
_UMBRELLA = Tune(
    pulse=_UMBRELLA_PULSE,
    chords=progression("Am9 | D13 | Gmaj9 | Cmaj9 | F#m7b5 | B7b9 | Em9 | E7b9"),
    parts=form(
        ("intro", 2, "keys"),
        ("verse", 8, "keys bass drums lead"),
        ("break", 2, "keys bass"),
        ("verse", 8, "keys bass drums lead"),
        ("outro", 1, "keys"),
    ),
    lead=partial(singer, vowel="ohh"),
    style=Style(
        scale("G", "major"),
        62,
        79,
        "abab",
        {"a": "x-xx-x-x x---x---", "b": "x-x-xx-x -x------"},
        beats_per_step=0.5,
        phrase_beats=8.0,
    ),
    lead_lufs=-19.5,
    rain_lufs=-42.0,
)


def play_steam(seed: int) -> Take:
    """`Steam on the Window`."""
    return _play(_STEAM, seed)


def play_bicycle(seed: int) -> Take:
    """`Ame no Jitensha`, a bicycle in the rain."""
    return _play(_BICYCLE, seed)


def play_umbrella(seed: int) -> Take:
    """`Paper Umbrella`, with a singer."""
    take = _play(_UMBRELLA, seed)
    # A line for every phrase of the singer's.
    starts = (
        4.0 * part.bar + 8.0 * line for part in _UMBRELLA.parts if part.has("lead") for line in range(part.bars // 2)
    )
    return Take(take.sound, line_starts_s=tuple(_UMBRELLA.pulse.at(start) for start in starts))


def _play(tune: Tune, seed: int) -> Take:
    sound = mixed(
        tune.pulse.at(4.0 * tune.bars) + _TAIL_S,
        [
            Stem(partial(_keys, tune=tune, seed=seed), -20.5, -13.0),
            Stem(partial(_bass, tune=tune, seed=seed), -22.0),
            Stem(partial(_drums, tune=tune, seed=seed), -20.0, -20.0),
            Stem(partial(_lead, tune=tune, seed=seed), tune.lead_lufs, -9.0),
            Stem(partial(_dust, seed=seed), -50.0),
            Stem(partial(_rain, seed=seed), tune.rain_lufs),
        ],
        room_response(1.5, damping=0.7, seed=seed),
    )
    warm(sound, 2.0)
    drift(sound, depth_ms=1.1, rate_hz=0.55, flutter_ms=0.03)
    apply(sound, chain(low_pass(9000.0, 0.6), high_pass(32.0)))
    return Take(sound)


def _keys(bus: Bus, tune: Tune, seed: int) -> None:
    rng = np.random.default_rng(seed + 1)
    keys = Player(bus, tune.comping, seed=seed, spread=0.25, loose_s=0.006)
    spans = list(tune.chords.over(0.0, 4.0 * tune.bars))
    for span, pitches in led(spans, count=4, low=53, high=74):
        pattern = _COMPING[int(rng.integers(len(_COMPING)))] if span.start >= 8.0 else _COMPING[2]
        for beat, beats, velocity in pattern:
            if beat < span.beats:
                _strum(keys, tune, span.start + beat, min(beats, span.beats - beat), pitches, velocity)
    last = next(tune.chords.over(0.0, 4.0)).chord
    final = led([span for span in tune.chords.over(0.0, 4.0) if span.chord == last], count=4, low=53, high=74)[0][1]
    _strum(keys, tune, 4.0 * tune.bars, 4.0, (final[0] - 12, *final), 0.5)


def _strum(keys: Player, tune: Tune, beat: float, beats: float, pitches: tuple[int, ...], velocity: float) -> None:
    for number, pitch in enumerate(pitches):
        keys.play(tune.pulse.at(beat) + 0.014 * number, pitch, tune.pulse.span(beats), velocity + 0.03 * (number == 3))


def _bass(bus: Bus, tune: Tune, seed: int) -> None:
    """Root, a pick-up, and a note that leads to the next root from a step away."""
    rng = np.random.default_rng(seed + 2)
    bass = Player(bus, upright_bass, seed=seed, loose_s=0.006)
    for part in (part for part in tune.parts if part.has("bass")):
        spans = list(tune.chords.over(4.0 * part.bar, 4.0 * part.bars + 4.0))
        for span, following in pairwise(spans):
            if span.start >= 4.0 * (part.bar + part.bars):
                break
            root, target = at_or_above(span.chord.root, 29), at_or_above(following.chord.root, 29)
            bass.play(tune.pulse.at(span.start), root, tune.pulse.span(min(1.7, span.beats)), 0.75)
            if span.beats < 4.0:
                continue
            fifth = root + 7 if 7 in ((c - span.chord.root) % 12 for c in span.chord.classes) else root
            bass.play(tune.pulse.at(span.start + 2.5), int(rng.choice([root, fifth])), tune.pulse.span(0.9), 0.62)
            approach = target + (1 if rng.random() < 0.4 else -1) if target != root else root + 12
            bass.play(tune.pulse.at(span.start + 3.5), approach, tune.pulse.span(0.45), 0.55)


def _drums(bus: Bus, tune: Tune, seed: int) -> None:
    rng = np.random.default_rng(seed + 3)
    drums = {
        "kick": Drum(kick(50.0, 0.35, 0.3), 1.0),
        "snare": Drum(brush(0.22) if tune.swish else snare(0.22, 0.2), 0.62, 0.08),
        "rim": Drum(rim(), 0.3, -0.25),
        "hat": Drum(hat(0.05, 0.2), 0.2, 0.3),
        "open": Drum(hat(0.3, 0.2, 42), 0.16, 0.3),
    }
    kit = Kit(bus, drums, seed=seed, loose_s=0.005)
    for part in (part for part in tune.parts if part.has("drums")):
        for bar in part.each_bar():
            for name, beat, velocity in _bar_of_drums(rng, fill=bar == part.last_bar or bar % 4 == 1):
                late_s = 0.012 if name == "snare" else 0.0  # the backbeat leans back
                kit.hit(name, tune.pulse.at(4.0 * bar + beat) + late_s, velocity)
    warm(bus.sound, 7.0)
    apply(bus.sound, low_pass(7500.0))


def _bar_of_drums(rng: np.random.Generator, *, fill: bool) -> Iterator[tuple[str, float, float]]:
    patterns = {
        "kick": _FILL[1] if fill else str(rng.choice(_KICKS)),
        "snare": _FILL[0] if fill else str(rng.choice(_SNARES)),
        "hat": str(rng.choice(_HATS)),
        "open": ".... .... .... ..6." if fill else "",
        "rim": ".... .... .3.. ...." if rng.random() < 0.4 else "",
    }
    for name, pattern in patterns.items():
        for beat, velocity in steps(pattern, 0.25):
            yield name, beat, velocity


def _tune_notes(tune: Tune, seed: int) -> Iterator[Note]:
    for number, part in enumerate(part for part in tune.parts if part.has("lead")):
        phrases = int(4 * part.bars // tune.style.phrase_beats)
        # The second time around begins the same and ends differently: the seed of the first bars is shared.
        style = Style(
            tune.style.scale,
            tune.style.low,
            tune.style.high,
            tune.style.form[:phrases] if number == 0 else tune.style.form[-phrases:],
            tune.style.rhythms,
            tune.style.beats_per_step,
            tune.style.phrase_beats,
        )
        yield from found(style, tune.chords, 4.0 * part.bar, seed + 5)


def _lead(bus: Bus, tune: Tune, seed: int) -> None:
    lead = Player(bus, tune.lead, seed=seed, pan=-0.12, loose_s=0.008)
    for note in _tune_notes(tune, seed):
        lead.play(tune.pulse.at(note.beat), note.pitch, tune.pulse.span(note.beats * 0.95), note.velocity * 0.85)
    add_echoes(bus.sound, tune.pulse.span(0.75), level=0.22, feedback=0.45, repeats=4, cutoff_hz=2400.0)


def _dust(bus: Bus, seed: int) -> None:
    for ear, channel in enumerate(bus.sound):
        channel[:] = crackle(len(channel), 7.0, seed + ear)


def _rain(bus: Bus, seed: int) -> None:
    for ear, channel in enumerate(bus.sound):
        channel[:] = weather(len(channel), 2400.0, 0.3, seed + ear)

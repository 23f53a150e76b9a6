"""Minimal techno: two trains at night. A kick, a bass that rolls, chords that open and shut, echoes along the line."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from tutti.demo.mixing.bus import Bus, Drum, Ensemble, Instrument, Kit, Player
from tutti.demo.mixing.mastering import Stem, ducked, mixed, warm
from tutti.demo.pieces.take import Take
from tutti.demo.score.harmony import Progression, led, progression
from tutti.demo.score.pitch import at_or_above
from tutti.demo.score.time import Part, Pulse, form, steps
from tutti.demo.synth.basses import rolling_bass, sub_bass
from tutti.demo.synth.drums import clap, cymbal, hat, kick, rim, shaker, tom
from tutti.demo.synth.filters import apply, high_pass
from tutti.demo.synth.leads import saw_pluck
from tutti.demo.synth.pads import pad_loop
from tutti.demo.synth.signal import Mono
from tutti.demo.synth.space import add_echoes, room_response
from tutti.demo.synth.struck import vibraphone

_BEATS_PER_CHORD = 16.0
_TAIL_S = 4.5
_OPENINGS = 12


@dataclass(frozen=True)
class Line:
    """What differs between the two trains."""

    pulse: Pulse
    chords: Progression
    parts: tuple[Part, ...]
    drums: Mapping[str, tuple[Drum, str]]
    bass: Instrument
    bass_pattern: str
    bass_low: int
    stabs: str
    sequence: tuple[int, ...]
    sequence_instrument: Instrument
    sequence_low: int


_PLATFORM = Line(
    pulse=Pulse(126.0, swing=0.53, swung=0.5),
    chords=progression("Fm9 | Fm9 | Dbmaj9 | Ebadd9", _BEATS_PER_CHORD),
    parts=form(
        ("arrive", 4, "kick hat"),
        ("doors", 4, "kick hat open bass rim"),
        ("leave", 8, "kick hat open bass rim clap stab"),
        ("tunnel", 4, "stab pad sequence"),
        ("run", 12, "kick hat open bass rim clap stab pad sequence"),
        ("fade", 4, "kick hat rim stab"),
    ),
    drums={
        "kick": (Drum(kick(47.0, 0.75, 0.34), 1.0), "9... 9... 9... 9..."),
        "clap": (Drum(clap(), 0.34, 0.05), ".... 8... .... 8..."),
        "hat": (Drum(hat(0.045, 0.6), 0.16, 0.3), "4.63 4.64 4.63 4.65"),
        "open": (Drum(hat(0.2, 0.6, 42), 0.17, -0.2), "..8. ..8. ..8. ..8."),
        "rim": (Drum(rim(), 0.2, -0.45), "7..5 ..7. ..5. .7.."),
    },
    bass=rolling_bass,
    bass_pattern=".679 .68. .679 .6.8",
    bass_low=29,
    stabs="...8 ..6. .... .7..",
    sequence=(0, 2, 1, 3, 2),
    sequence_instrument=lambda pitch, length_s, velocity: saw_pluck(pitch, length_s, 0.25 + 0.3 * velocity),
    sequence_low=65,
)
_STRETCH = Line(
    pulse=Pulse(121.0, swing=0.55, swung=0.5),
    chords=progression("Dm9 | Bbmaj9 | Gm9 | Am7", _BEATS_PER_CHORD),
    parts=form(
        ("signal", 2, "shaker sequence"),
        ("roll", 6, "kick shaker bass sequence"),
        ("fields", 8, "kick shaker bass tom open sequence stab"),
        ("bridge", 4, "shaker pad sequence stab"),
        ("night", 10, "kick shaker bass tom open rim pad sequence stab"),
        ("slow", 2, "shaker sequence pad"),
    ),
    drums={
        "kick": (Drum(kick(50.0, 0.5, 0.3), 1.0), "9... 9... 9... 9..."),
        "shaker": (Drum(shaker(), 0.2, 0.25), "8.46 8.46 8.46 8.57"),
        "tom": (Drum(tom(98.0), 0.32, -0.3), "...6 ..7. .... .5.."),
        "open": (Drum(hat(0.16, 0.45, 43), 0.14, 0.3), "..8. ..8. ..8. ..8."),
        "rim": (Drum(rim(), 0.18, 0.5), ".... ..6. ...5 ...."),
    },
    bass=sub_bass,
    bass_pattern="..9. .7.. ..9. .7.8",
    bass_low=33,
    stabs=".... ..8. ..6. ....",
    sequence=(0, 1, 3, 2, 1, 3, 2),
    sequence_instrument=vibraphone,
    sequence_low=62,
)


def play_platform(seed: int) -> Take:
    """`Gleis 4`."""
    return _play(_PLATFORM, seed)


def play_stretch(seed: int) -> Take:
    """`Перегон`, the stretch between two stations."""
    return _play(_STRETCH, seed)


def _play(line: Line, seed: int) -> Take:
    last = line.parts[-1].last_bar + 1
    sound = mixed(
        line.pulse.at(4.0 * last) + _TAIL_S,
        [
            Stem(partial(_drums, line=line, seed=seed), -17.5, -22.0),
            Stem(partial(_bass, line=line, seed=seed), -22.0),
            Stem(partial(_stabs, line=line, seed=seed), -22.0, -10.0),
            Stem(partial(_pads, line=line), -24.5, -7.0),
            Stem(partial(_sequence, line=line, seed=seed), -23.0, -8.0),
        ],
        room_response(2.6, damping=0.6, predelay_s=0.02, seed=seed),
    )
    return Take(sound)


def _playing(line: Line, player: str) -> list[Part]:
    return [part for part in line.parts if part.has(player)]


def _kicks_s(line: Line) -> list[float]:
    return [
        line.pulse.at(4.0 * bar + beat)
        for part in _playing(line, "kick")
        for bar in part.each_bar()
        for beat in range(4)
    ]


def _drums(bus: Bus, line: Line, seed: int) -> None:
    kit = Kit(bus, {name: drum for name, (drum, _) in line.drums.items()}, seed=seed, loose_s=0.0008)
    crash = Kit(bus, {"crash": Drum(cymbal(2.8), 0.2)}, seed=seed)
    rng = np.random.default_rng(seed)
    for part in line.parts:
        if part.has("kick") and part.bar:
            crash.hit("crash", line.pulse.at(4.0 * part.bar))
        for name, (_, pattern) in line.drums.items():
            if part.has(name):
                for bar in part.each_bar():
                    _bar(kit, line, name, pattern, bar, rng, turning=bar == part.last_bar)
    warm(bus.sound, 4.0)


def _bar(kit: Kit, line: Line, name: str, pattern: str, bar: int, rng: np.random.Generator, *, turning: bool) -> None:
    """One bar of one drum. The last bar of a part leaves out the last kick; small hits come and go."""
    for beat, velocity in steps(pattern, 0.25):
        dropped = name == "kick" and turning and beat >= 3.0
        if not dropped and (velocity > 0.55 or rng.random() < 0.85):
            kit.hit(name, line.pulse.at(4.0 * bar + beat), velocity)


def _bass(bus: Bus, line: Line, seed: int) -> None:
    rng = np.random.default_rng(seed + 1)
    bass = Player(bus, line.bass, seed=seed)
    for part in _playing(line, "bass"):
        for bar in part.each_bar():
            root = at_or_above(line.chords.at(4.0 * bar).root, line.bass_low)
            for beat, velocity in steps(line.bass_pattern, 0.25):
                pitch = root + 12 if rng.random() < 0.07 else root
                bass.play(line.pulse.at(4.0 * bar + beat), pitch, line.pulse.span(0.21), velocity)
    ducked(bus.sound, _kicks_s(line), depth=0.7, recovery_s=0.22)


def _stabs(bus: Bus, line: Line, seed: int) -> None:
    """Chords whose filter opens over sixteen bars and shuts again, thrown into a long echo."""
    rng = np.random.default_rng(seed + 2)
    spans = {span.start: pitches for span, pitches in led(line.chords.spans, count=4, low=56, high=75)}
    for part in _playing(line, "stab"):
        for bar in part.each_bar():
            opening = round((0.28 + 0.3 * (0.5 - 0.5 * np.cos(np.pi * bar / 9.0))) * _OPENINGS) / _OPENINGS
            players = [
                Player(bus, partial(_stab, opening=opening), seed=seed, pan=pan) for pan in (-0.45, -0.15, 0.15, 0.45)
            ]
            within = 4.0 * bar % line.chords.beats
            pitches = spans[max(start for start in spans if start <= within)]
            for beat, velocity in steps(line.stabs, 0.25):
                if velocity > 0.7 or rng.random() < 0.75:
                    for player, pitch in zip(players, pitches, strict=True):
                        player.play(line.pulse.at(4.0 * bar + beat), pitch, line.pulse.span(0.4), velocity)
    apply(bus.sound, high_pass(140.0))
    add_echoes(bus.sound, line.pulse.span(0.75), level=0.5, feedback=0.6, repeats=7, cutoff_hz=2200.0)
    ducked(bus.sound, _kicks_s(line), depth=0.35, recovery_s=0.25)


def _stab(pitch: int, length_s: float, velocity: float, opening: float) -> Mono:
    return saw_pluck(pitch, length_s, opening * (0.6 + 0.4 * velocity))


def _pads(bus: Bus, line: Line) -> None:
    pad = Ensemble(bus, lambda pitch: pad_loop(pitch, 900.0, 30.0), attack_s=2.5, release_s=3.0)
    for part in _playing(line, "pad"):
        start = 4.0 * part.bar
        for span, pitches in led(list(line.chords.over(start, 4.0 * part.bars)), count=4, low=53, high=74):
            pad.hold(line.pulse.at(span.start), pitches, line.pulse.span(span.beats))
    ducked(bus.sound, _kicks_s(line), depth=0.6, recovery_s=0.36)


def _sequence(bus: Bus, line: Line, seed: int) -> None:
    """An arpeggio whose length does not fit the bar, so that it never falls the same way twice."""
    players = [Player(bus, line.sequence_instrument, seed=seed, pan=pan) for pan in (-0.35, 0.35)]
    for part in _playing(line, "sequence"):
        for span, pitches in led(
            list(line.chords.over(4.0 * part.bar, 4.0 * part.bars)),
            count=4,
            low=line.sequence_low,
            high=line.sequence_low + 19,
        ):
            for step in range(int(span.beats * 4)):
                number = int(span.start * 4) + step
                index = line.sequence[number % len(line.sequence)]
                if number % 3 == 2 and number % len(line.sequence) != 0:
                    continue
                velocity = 0.4 + 0.25 * (number % len(line.sequence) == 0) + 0.08 * np.sin(number / 11.0)
                at_s = line.pulse.at(span.start + step / 4.0)
                players[number % 2].play(at_s, pitches[index], line.pulse.span(0.35), float(velocity))
    add_echoes(bus.sound, line.pulse.span(0.75), level=0.35, feedback=0.5, repeats=5, cutoff_hz=3200.0)

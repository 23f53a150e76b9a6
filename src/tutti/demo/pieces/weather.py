"""Ambient: two tracks in one breath. Clouds of strings, a choir far off, bells that fall into a long room."""

from functools import partial

import numpy as np

from tutti.demo.mixing.bus import Bus, Ensemble, Player
from tutti.demo.mixing.mastering import Stem, mixed
from tutti.demo.pieces.take import Take
from tutti.demo.score.harmony import led, progression
from tutti.demo.score.melody import Style, found
from tutti.demo.score.pitch import at_or_above, scale
from tutti.demo.score.time import Pulse
from tutti.demo.synth.basses import sub_bass
from tutti.demo.synth.drums import weather
from tutti.demo.synth.filters import filtered, low_pass
from tutti.demo.synth.pads import choir_loop, pad_loop, section_loop
from tutti.demo.synth.signal import Stereo
from tutti.demo.synth.space import add_echoes, room_response
from tutti.demo.synth.struck import glass, piano

_PULSE = Pulse(64.0)
_BEATS_PER_CHORD = 8
_FIRST = "Em9 | Cmaj9 | G69/B | Am11 | Em9 | Cmaj7#11"
_SECOND = "Gadd9 | D/F# | Em9 | Cmaj9 | Gadd9/B | Cmaj9 | Gadd9"
_CUT_CHORD = 6
_TAIL_S = 7.0
_LONGEST_BELL_S = 5.0
_CHORDS = progression(f"{_FIRST} | {_SECOND}", _BEATS_PER_CHORD)
_VOICED = led(_CHORDS.spans, count=4, low=52, high=74)

_RHYTHMS = {"a": "x---x-x---------", "b": "..x---x-----x---", "c": "x-----x-x---x---"}
_PENTATONIC = scale("G", "pentatonic")
_BELLS = Style(_PENTATONIC, 67, 88, "abacab", _RHYTHMS, beats_per_step=0.5, phrase_beats=8.0)
_HIGHER_BELLS = Style(_PENTATONIC, 74, 93, "abacb", _RHYTHMS, beats_per_step=0.5, phrase_beats=8.0)


def play_weather(seed: int) -> Take:
    """`Low Cloud, Moving` and, from the seventh chord on, `Clearing over Water`."""
    sound = mixed(
        _PULSE.at(_CHORDS.beats) + _TAIL_S,
        [
            Stem(_clouds, -20.0, -7.0),
            Stem(_people, -27.0, -4.0),
            Stem(partial(_floor, seed=seed), -26.0),
            Stem(partial(_bells, seed=seed), -22.5, -3.0),
            Stem(partial(_wind, seed=seed), -45.0, -11.0),
        ],
        room_response(5.5, damping=0.55, predelay_s=0.04, seed=seed),
    )
    _let_light_in(sound)
    return Take(sound, (_PULSE.at(_CUT_CHORD * _BEATS_PER_CHORD),))


def _clouds(bus: Bus) -> None:
    pad = Ensemble(bus, lambda pitch: pad_loop(pitch, 620.0, 34.0), attack_s=3.2, release_s=4.5)
    strings = Ensemble(bus, lambda pitch: section_loop(pitch, 0.2), attack_s=4.0, release_s=4.5)
    for number, (span, pitches) in enumerate(_VOICED):
        at_s, length_s = _PULSE.at(span.start), _PULSE.span(span.beats)
        early_s = 0.0 if number == 0 else 1.2
        pad.hold(at_s - early_s, pitches, length_s + early_s)
        if number >= 3:
            strings.hold(at_s, pitches[1:], length_s, 0.5)
        if number >= _CUT_CHORD:
            strings.hold(at_s + 1.0, [pitches[-1] + 12], length_s - 1.0, 0.35)


def _people(bus: Bus) -> None:
    choir = Ensemble(bus, lambda pitch: choir_loop(pitch, "ooh"), attack_s=3.5, release_s=4.0)
    for span, pitches in _VOICED[2:]:
        choir.hold(_PULSE.at(span.start) + 0.5, pitches[2:], _PULSE.span(span.beats), 0.7)


def _floor(bus: Bus, seed: int) -> None:
    bass = Player(bus, sub_bass, seed=seed)
    for span in _CHORDS.spans:
        root = at_or_above(span.chord.bass, 30)
        bass.play(_PULSE.at(span.start) + 0.4, root, _PULSE.span(span.beats) + 0.6, 0.55)


def _bells(bus: Bus, seed: int) -> None:
    _ring(bus, seed)
    _think(bus, seed)
    add_echoes(bus.sound, _PULSE.span(0.75), level=0.5, feedback=0.62, repeats=7, cutoff_hz=2600.0)


def _ring(bus: Bus, seed: int) -> None:
    bells = Player(bus, glass, seed=seed, spread=0.35, pan=-0.35, loose_s=0.02)
    for style, start in ((_BELLS, 2 * _BEATS_PER_CHORD), (_HIGHER_BELLS, 8 * _BEATS_PER_CHORD)):
        for note in found(style, _CHORDS, start, seed + start):
            length_s = min(_PULSE.span(note.beats) + 1.5, _LONGEST_BELL_S)
            bells.play(_PULSE.at(note.beat), note.pitch, length_s, note.velocity * 0.68)


def _think(bus: Bus, seed: int) -> None:
    """In the second half a piano touches the chords, one note after another, as if thinking."""
    keys = Player(bus, piano, seed=seed + 2, spread=0.15, loose_s=0.03)
    for span, pitches in _VOICED[_CUT_CHORD:]:
        for step, pitch in enumerate((*pitches, pitches[1] + 12, pitches[2] + 12)):
            keys.play(_PULSE.at(span.start + 0.5 + step), pitch, 4.0, 0.42 - 0.02 * step)


def _wind(bus: Bus, seed: int) -> None:
    for ear, channel in enumerate(bus.sound):
        channel[:] = weather(len(channel), 420.0, 0.12, seed + ear)


def _let_light_in(sound: Stereo) -> None:
    """Make the beginning darker, in place, and let the highs come by and by."""
    n = sound.shape[1]
    position = np.linspace(0.0, 1.0, n, dtype=np.float32)
    share = np.clip((np.float32(0.55) - position) * np.float32(2.0), 0.0, 0.8)
    for channel in sound:
        dark = filtered(channel, low_pass(1500.0, 0.6))
        channel += share * (dark - channel)

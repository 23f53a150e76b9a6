"""Synth-pop out of an old console: rounded rectangles, quick arpeggios, tunes to whistle."""

from collections.abc import Sequence
from functools import partial

from tutti.demo.mixing.bus import Bus, Drum, Ensemble, Kit, Player
from tutti.demo.mixing.mastering import Stem, ducked, mixed, warm
from tutti.demo.pieces.take import Take
from tutti.demo.score.harmony import Progression, led, progression
from tutti.demo.score.melody import Note, Style, found, written
from tutti.demo.score.pitch import at_or_above, scale
from tutti.demo.score.time import Part, Pulse, form, steps
from tutti.demo.synth.basses import round_bass, sub_bass
from tutti.demo.synth.drums import clap, cymbal, hat, kick, rim, shaker, snare
from tutti.demo.synth.filters import apply, high_pass
from tutti.demo.synth.leads import chip_lead, chip_pluck
from tutti.demo.synth.pads import pad_loop
from tutti.demo.synth.space import add_echoes, room_response
from tutti.demo.synth.struck import celesta, kalimba

_START = Pulse(126.0)
_START_VERSE = progression("Am7 | Fmaj7 | C | Gadd9")
_START_LIFT = progression("Dm7 | Em7 | Fmaj7 | G7sus")
_START_CHORUS = progression("F | G | Em7 | Am7 | F | G | C | Cadd9")
_START_FORM = form(
    ("intro", 4, "arp pad"),
    ("verse", 8, "arp bass drums tune"),
    ("lift", 4, "arp bass pad snares"),
    ("chorus", 8, "arp bass drums pad hook"),
    ("lift", 2, "pad snares"),
    ("chorus", 8, "arp bass drums pad hook octave"),
    ("outro", 2, "arp pad"),
)
_START_HOOK = written(
    "C5:.5 A4:.5 r:.5 A4:.5 G4:.5 A4:.5 C5:1 | D5:1.5 B4:.5 G4:1 A4:.5 B4:.5 |"
    "B4:.5 G4:.5 r:.5 G4:.5 E4:.5 G4:.5 B4:1 | C5:1.5 B4:.5 A4:2 |"
    "C5:.5 A4:.5 r:.5 A4:.5 G4:.5 A4:.5 C5:1 | D5:1 E5:.5 D5:.5 B4:1 G4:1 |"
    "E5:1.5 D5:.5 C5:1 G4:1 | C5:2.5 r:.5 G4:.5 B4:.5"
)
_START_TUNE = Style(
    scale("C", "pentatonic"),
    64,
    79,
    "abac",
    {"a": "x--x--x- x-x---..", "b": "x--x--x- ----....", "c": "x-x-x--x x-------"},
    beats_per_step=0.5,
    phrase_beats=8.0,
)

_CLOUD = Pulse(104.0, swing=0.61)
_CLOUD_CHORDS = progression("Fmaj7 | G7 | Em7 | Am7 | Dm7 | G7sus | Cmaj7 | C6")
_CLOUD_FORM = form(
    ("intro", 2, "arp pad"),
    ("climb", 8, "arp bass drums tune"),
    ("drift", 4, "arp pad"),
    ("climb", 8, "arp bass drums pad tune octave"),
    ("outro", 1, "arp pad"),
)
_CLOUD_TUNE = written(
    "A4:1 C5:.5 E5:.5 D5:1 C5:1 | B4:1.5 D5:.5 G5:1 F5:1 | E5:1 D5:.5 B4:.5 G4:1 B4:1 | C5:2.5 r:.5 A4:.5 B4:.5 |"
    "C5:1 D5:.5 F5:.5 A5:1 F5:1 | G5:1.5 F5:.5 D5:1 C5:1 | B4:.5 C5:.5 E5:1 G5:1 E5:1 | E5:1 D5:.5 C5:2 r:.5"
)

_SAVE = Pulse(78.0)
_SAVE_CHORDS = progression("Dadd9 | A/C# | Bm7 | F#m7 | Gmaj7 | D/F# | Em9 | A7sus A7")
_SAVE_FORM = form(
    ("light", 4, "arp pad"),
    ("rest", 8, "arp pad heart tune"),
    ("light", 4, "arp pad heart bells"),
    ("leave", 1, "pad"),
)
_SAVE_TUNE = written(
    "F#5:1.5 E5:.5 D5:1 A4:1 | C#5:1.5 D5:.5 E5:2 | D5:1.5 C#5:.5 B4:1 F#5:1 | E5:1 C#5:1 A4:2 |"
    "B4:1 D5:1 G5:1 F#5:1 | F#5:1.5 E5:.5 D5:1 A4:1 | B4:1 D5:.5 E5:.5 G5:1 F#5:1 | E5:2 D5:1 C#5:1"
)


def play_start(seed: int) -> Take:
    """`Press Start, Stay Awhile`."""
    pulse, parts = _START, _START_FORM
    by_name = {"verse": _START_VERSE, "intro": _START_VERSE, "lift": _START_LIFT, "chorus": _START_CHORUS}
    harmony = [(part, by_name.get(part.name, _START_CHORUS)) for part in parts]
    sound = mixed(
        _length_s(pulse, parts),
        [
            Stem(partial(_arpeggios, pulse=pulse, harmony=harmony, pattern=(0, 1, 2, 3, 2, 1, 2, 3)), -23.5, -12.0),
            Stem(partial(_pads, pulse=pulse, harmony=harmony), -24.5, -8.0),
            Stem(partial(_octave_bass, pulse=pulse, harmony=harmony), -21.5),
            Stem(partial(_straight_drums, pulse=pulse, parts=parts, seed=seed), -19.0, -19.0),
            Stem(partial(_start_leads, seed=seed), -19.5, -12.0),
        ],
        room_response(1.7, damping=0.45, seed=seed),
    )
    return Take(sound)


def play_cloud(seed: int) -> Take:
    """`Cloud Level`."""
    pulse, parts = _CLOUD, _CLOUD_FORM
    harmony = [(part, _CLOUD_CHORDS) for part in parts]
    tune = [note for part in parts if part.has("tune") for note in _moved(_CLOUD_TUNE, 4.0 * part.bar)]
    sound = mixed(
        _length_s(pulse, parts),
        [
            Stem(partial(_kalimbas, pulse=pulse, harmony=harmony, seed=seed), -22.5, -10.0),
            Stem(partial(_pads, pulse=pulse, harmony=harmony), -25.0, -7.0),
            Stem(partial(_walking_bass, pulse=pulse, harmony=harmony), -21.5),
            Stem(partial(_bouncing_drums, pulse=pulse, parts=parts, seed=seed), -20.5, -17.0),
            Stem(partial(_lead, pulse=pulse, notes=tune, parts=parts, width=0.5), -20.0, -11.0),
        ],
        room_response(1.9, damping=0.4, seed=seed),
    )
    return Take(sound)


def play_save(seed: int) -> Take:
    """`Save Point`."""
    pulse, parts = _SAVE, _SAVE_FORM
    harmony = [(part, _SAVE_CHORDS) for part in parts]
    tune = [note for part in parts if part.has("tune") for note in _moved(_SAVE_TUNE, 4.0 * part.bar)]
    sound = mixed(
        _length_s(pulse, parts) + 1.5,
        [
            Stem(partial(_music_box, pulse=pulse, harmony=harmony, seed=seed), -21.0, -8.0),
            Stem(partial(_pads, pulse=pulse, harmony=harmony), -23.0, -6.0),
            Stem(partial(_heartbeat, pulse=pulse, harmony=harmony, seed=seed), -24.0, -16.0),
            Stem(partial(_lead, pulse=pulse, notes=tune, parts=parts, width=0.5), -21.0, -8.0),
        ],
        room_response(2.8, damping=0.5, predelay_s=0.03, seed=seed),
    )
    return Take(sound)


def _length_s(pulse: Pulse, parts: Sequence[Part]) -> float:
    return pulse.at(4.0 * (parts[-1].last_bar + 1)) + 3.5


def _moved(notes: Sequence[Note], beat: float) -> list[Note]:
    return [Note(note.beat + beat, note.beats, note.pitch, note.velocity) for note in notes]


Harmony = Sequence[tuple[Part, Progression]]


def _playing(harmony: Harmony, player: str) -> list[tuple[Part, Progression]]:
    return [(part, chords) for part, chords in harmony if part.has(player)]


def _arpeggios(bus: Bus, pulse: Pulse, harmony: Harmony, pattern: Sequence[int]) -> None:
    """Sixteenths up and down the chord, left and right in turn, and louder as the part goes on."""
    left, right = (Player(bus, chip_pluck, seed=1, pan=pan) for pan in (-0.5, 0.5))
    for part, chords in _playing(harmony, "arp"):
        for span, pitches in led(list(chords.over(0.0, 4.0 * part.bars)), count=3, low=60, high=76):
            ladder = (*pitches, pitches[0] + 12)
            for step in range(int(span.beats * 4)):
                beat = 4.0 * part.bar + span.start + step / 4.0
                swell = 0.1 * span.start / (4.0 * part.bars)
                velocity = (0.6 if step % 4 == 0 else 0.42) + swell
                player = left if step % 2 else right
                player.play(pulse.at(beat), ladder[pattern[step % len(pattern)]], pulse.span(0.22), velocity)
    add_echoes(bus.sound, pulse.span(0.75), level=0.3, feedback=0.45, repeats=4, cutoff_hz=3800.0)


def _pads(bus: Bus, pulse: Pulse, harmony: Harmony) -> None:
    pad = Ensemble(bus, lambda pitch: pad_loop(pitch, 1300.0, 24.0), attack_s=0.35, release_s=0.9)
    for part, chords in _playing(harmony, "pad"):
        for span, pitches in led(list(chords.over(0.0, 4.0 * part.bars)), count=4, low=52, high=74):
            ending = part is harmony[-1][0] and span.start + span.beats >= 4.0 * part.bars
            length_s = pulse.span(span.beats) + (1.0 if ending else -0.1)
            pad.hold(pulse.at(4.0 * part.bar + span.start), pitches, length_s)
    beats = [pulse.at(float(beat)) for part, _ in _playing(harmony, "drums") for beat in _beats_of(part)]
    ducked(bus.sound, beats, depth=0.45, recovery_s=0.3)


def _beats_of(part: Part) -> range:
    return range(4 * part.bar, 4 * (part.bar + part.bars))


def _octave_bass(bus: Bus, pulse: Pulse, harmony: Harmony) -> None:
    """Eighths on the root, the octave on every off-beat that leads somewhere."""
    bass = Player(bus, round_bass, seed=2)
    for part, chords in _playing(harmony, "bass"):
        for span in chords.over(0.0, 4.0 * part.bars):
            root = at_or_above(span.chord.bass, 31)
            for step in range(int(span.beats * 2)):
                pitch = root + 12 if step in (3, 6) else root
                velocity = 0.8 if step % 2 == 0 else 0.62
                bass.play(pulse.at(4.0 * part.bar + span.start + step / 2.0), pitch, pulse.span(0.42), velocity)


def _walking_bass(bus: Bus, pulse: Pulse, harmony: Harmony) -> None:
    bass = Player(bus, round_bass, seed=3)
    for part, chords in _playing(harmony, "bass"):
        for span in chords.over(0.0, 4.0 * part.bars):
            root = at_or_above(span.chord.bass, 31)
            third = root + (span.chord.classes[1] - span.chord.root) % 12
            fifth = at_or_above((span.chord.root + 7) % 12, root)
            for beat, pitch, beats in (
                (0.0, root, 0.9),
                (1.0, fifth, 0.5),
                (2.0, third, 0.9),
                (3.0, fifth, 0.5),
                (3.5, root + 12, 0.4),
            ):
                bass.play(pulse.at(4.0 * part.bar + span.start + beat), pitch, pulse.span(beats), 0.72)


def _straight_drums(bus: Bus, pulse: Pulse, parts: Sequence[Part], seed: int) -> None:
    drums = {
        "kick": Drum(kick(50.0, 0.7, 0.3), 1.0),
        "snare": Drum(snare(0.7, 0.22), 0.55),
        "clap": Drum(clap(), 0.35, 0.1),
        "hat": Drum(hat(0.05, 0.6), 0.17, 0.25),
        "open": Drum(hat(0.22, 0.6, 42), 0.15, -0.25),
        "crash": Drum(cymbal(), 0.22, -0.1),
    }
    patterns = {"kick": "9... 9... 9... 9...", "snare": ".... 9... .... 9...", "hat": "6.4. 6.43 6.4. 6.42"}
    busy = {**patterns, "clap": ".... 7... .... 7...", "open": "..7. ..7. ..7. ..7.", "kick": "9... 9... 9... 9..5"}
    kit = Kit(bus, drums, seed=seed)
    for part in parts:
        if part.has("drums"):
            kit.hit("crash", pulse.at(4.0 * part.bar))
            _beat(kit, pulse, part, busy if part.name == "chorus" else patterns)
        if part.has("snares"):
            _build_up(kit, pulse, part)
    warm(bus.sound, 5.0)


def _beat(kit: Kit, pulse: Pulse, part: Part, patterns: dict[str, str]) -> None:
    for bar in part.each_bar():
        fill = bar == part.last_bar
        for name, pattern in patterns.items():
            for beat, velocity in steps(pattern, 0.25):
                if not (fill and beat >= 3.0 and name in ("snare", "hat")):
                    kit.hit(name, pulse.at(4.0 * bar + beat), velocity)
        if fill:
            for beat, velocity in steps("5678", 0.25):
                kit.hit("snare", pulse.at(4.0 * bar + 3.0 + beat), velocity)


def _build_up(kit: Kit, pulse: Pulse, part: Part) -> None:
    """Snares that come closer together and louder."""
    beats = 4 * part.bars
    for step in range(beats * 4):
        share = step / (beats * 4)
        every = 4 if share < 0.5 else 2 if share < 0.75 else 1
        if step % every == 0:
            kit.hit("snare", pulse.at(4.0 * part.bar + step / 4.0), 0.15 + 0.6 * share * share)


def _bouncing_drums(bus: Bus, pulse: Pulse, parts: Sequence[Part], seed: int) -> None:
    drums = {
        "kick": Drum(kick(56.0, 0.5, 0.24), 0.9),
        "rim": Drum(rim(), 0.5, 0.15),
        "shaker": Drum(shaker(), 0.22, 0.35),
        "hat": Drum(hat(0.04, 0.5), 0.14, -0.3),
        "snare": Drum(snare(0.55, 0.16), 0.45),
    }
    patterns = {
        "kick": "9..5 9... 9..5 9.4.",
        "snare": ".... 8... .... 8...",
        "shaker": "5.7. 5.7. 5.7. 5.7.",
        "rim": "...4 ..5. ..4. ..5.",
        "hat": "6.6. 6.6. 6.6. 6.6.",
    }
    kit = Kit(bus, drums, seed=seed, loose_s=0.002)
    for part in (part for part in parts if part.has("drums")):
        _beat(kit, pulse, part, patterns)
    warm(bus.sound, 4.0)


def _start_leads(bus: Bus, seed: int) -> None:
    hooks: list[Note] = []
    for part in _START_FORM:
        if part.has("hook"):
            hooks += _moved(_START_HOOK, 4.0 * part.bar)
        if part.has("tune"):
            hooks += found(_START_TUNE, _START_VERSE, 4.0 * part.bar, seed)
    _lead(bus, _START, hooks, _START_FORM, 0.25)


def _lead(bus: Bus, pulse: Pulse, notes: Sequence[Note], parts: Sequence[Part], width: float) -> None:
    """The tune; where a part says `octave`, a softer voice doubles it above."""
    lead = Player(bus, lambda pitch, length_s, _: chip_lead(pitch, length_s, width), seed=4, pan=0.08)
    above = Player(bus, lambda pitch, length_s, _: chip_lead(pitch, length_s, 0.5), seed=5, pan=-0.4)
    doubled = [part for part in parts if part.has("octave")]
    for note in notes:
        at_s, length_s = pulse.at(note.beat), pulse.span(note.beats * 0.92)
        lead.play(at_s, note.pitch, length_s, note.velocity)
        if any(4 * part.bar <= note.beat < 4 * (part.last_bar + 1) for part in doubled):
            above.play(at_s, note.pitch + 12, length_s, note.velocity * 0.45)
    add_echoes(bus.sound, pulse.span(0.75), level=0.26, feedback=0.42, repeats=4, cutoff_hz=3000.0)


def _kalimbas(bus: Bus, pulse: Pulse, harmony: Harmony, seed: int) -> None:
    thumbs = Player(bus, kalimba, seed=seed, spread=0.5, pan=-0.3, loose_s=0.004)
    for part, chords in _playing(harmony, "arp"):
        for span, pitches in led(list(chords.over(0.0, 4.0 * part.bars)), count=4, low=60, high=81):
            for step, index in enumerate((0, 2, 1, 3, 2, 3, 1, 2)):
                beat = 4.0 * part.bar + span.start + step / 2.0
                thumbs.play(pulse.at(beat), pitches[index], pulse.span(1.5), 0.7 if step % 4 == 0 else 0.52)
    add_echoes(bus.sound, pulse.span(1.0), level=0.2, feedback=0.4, repeats=3)


def _music_box(bus: Bus, pulse: Pulse, harmony: Harmony, seed: int) -> None:
    box = Player(bus, celesta, seed=seed, spread=0.35, pan=-0.45, loose_s=0.006)
    for part, chords in _playing(harmony, "arp"):
        bells = part.has("bells")
        for span, pitches in led(list(chords.over(0.0, 4.0 * part.bars)), count=4, low=62, high=84):
            for step in range(int(span.beats * 2)):
                index = (0, 1, 2, 3, 2, 3, 1, 2)[step % 8]
                at_s = pulse.at(4.0 * part.bar + span.start + step / 2.0)
                box.play(at_s, pitches[index], pulse.span(2.0), 0.62 if step % 4 == 0 else 0.45)
                if bells and step % 4 == 2:
                    box.play(at_s, pitches[3] + 12, pulse.span(3.0), 0.4)
    last = _SAVE_CHORDS.at(0.0)
    end = 4.0 * harmony[-1][0].bar
    for step, pitch_class in enumerate((*last.classes, last.root)):
        box.play(pulse.at(end) + 0.09 * step, at_or_above(pitch_class, 62 + 4 * step), 3.5, 0.5)


def _heartbeat(bus: Bus, pulse: Pulse, harmony: Harmony, seed: int) -> None:
    kit = Kit(bus, {"heart": Drum(kick(46.0, 0.1, 0.35), 0.8), "dust": Drum(shaker(), 0.06, 0.4)}, seed=seed)
    bass = Player(bus, sub_bass, seed=seed)
    for part, chords in _playing(harmony, "heart"):
        for span in chords.over(0.0, 4.0 * part.bars):
            start = 4.0 * part.bar + span.start
            bass.play(pulse.at(start), at_or_above(span.chord.bass, 33), pulse.span(span.beats * 0.95), 0.6)
        for bar in part.each_bar():
            for name, pattern in (("heart", "8..5 .... 8... ...."), ("dust", "..5. ..5. ..5. ..5.")):
                for beat, velocity in steps(pattern, 0.25):
                    kit.hit(name, pulse.at(4.0 * bar + beat), velocity)
    apply(bus.sound, high_pass(30.0))

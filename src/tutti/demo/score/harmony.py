"""Progressions, and how the voices of one chord walk to the next."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from tutti.demo.score.pitch import Chord, chord


@dataclass(frozen=True)
class Span:
    """A chord and the beats it lasts."""

    chord: Chord
    start: float
    beats: float

    def transposed(self, semitones: int) -> "Span":
        """Return the same span that many semitones higher."""
        classes = tuple((pitch_class + semitones) % 12 for pitch_class in self.chord.classes)
        return Span(Chord(classes, (self.chord.bass + semitones) % 12), self.start, self.beats)

    def moved(self, beats: float) -> "Span":
        """Return the same span that much later."""
        return Span(self.chord, self.start + beats, self.beats)


@dataclass(frozen=True)
class Progression:
    """Chords one after another."""

    spans: tuple[Span, ...]

    @property
    def beats(self) -> float:
        """The length of all of it."""
        return self.spans[-1].start + self.spans[-1].beats

    def at(self, beat: float) -> Chord:
        """Return the chord that sounds at a beat; the progression repeats for ever."""
        within = beat % self.beats
        return next(span.chord for span in reversed(self.spans) if span.start <= within + 1e-9)

    def over(self, start: float, beats: float) -> Iterator[Span]:
        """Yield the chords between two beats, repeating, as spans in absolute beats."""
        at, end = start, start + beats
        while at < end - 1e-9:
            within = at % self.beats
            span = next(span for span in reversed(self.spans) if span.start <= within + 1e-9)
            length = min(span.start + span.beats - within, end - at)
            yield Span(span.chord, at, length)
            at += length


def progression(text: str, beats_per_bar: float = 4.0) -> Progression:
    """Return the chords of a line such as `"Am7 | D9 Gmaj7 | C"`: chords between strokes share a bar."""
    spans: list[Span] = []
    at = 0.0
    for bar in text.split("|"):
        symbols = bar.split()
        for symbol in symbols:
            spans.append(Span(chord(symbol), at, beats_per_bar / len(symbols)))
            at += beats_per_bar / len(symbols)
    return Progression(tuple(spans))


def voicing(harmony: Chord, previous: Sequence[int], *, count: int, low: int, high: int) -> tuple[int, ...]:
    """Return `count` pitches of a chord between `low` and `high`, rising, that are reached from `previous` with little
    movement. The first voicing (no `previous`) lies around the middle.

    Rules, as weights: small steps; no parallel fifths or octaves; no semitone next to each other below E4, and nothing
    closer than a third below E3; every chord tone once before any is doubled.
    """
    wanted = [harmony.classes[i % len(harmony.classes)] for i in range(count)]
    choices = [[p for p in range(low, high + 1) if p % 12 == pitch_class] for pitch_class in wanted]
    candidates = {tuple(sorted(pitches)) for pitches in product(*choices) if len(set(pitches)) == count}
    middle = (low + high) / 2
    return min(sorted(candidates), key=lambda pitches: _cost(pitches, previous, middle))


def _cost(pitches: Sequence[int], previous: Sequence[int], middle: float) -> float:
    cost = abs(sum(pitches) / len(pitches) - middle) * (0.35 if previous else 2.0)
    cost += 0.25 * max(0, pitches[-1] - pitches[0] - 19)
    for below, above in pairwise(pitches):
        gap = above - below
        cost += 6.0 if gap < 3 and above < 52 else 0.0
        cost += 4.0 if gap == 1 and below < 64 else 0.0
        cost += 0.6 * max(0, gap - 9)
    if len(previous) == len(pitches):
        cost += sum(abs(new - old) for new, old in zip(pitches, previous, strict=True))
        cost += 5.0 * _parallels(pitches, previous)
    return cost


def _parallels(pitches: Sequence[int], previous: Sequence[int]) -> int:
    pairs = list(zip(previous, pitches, strict=True))
    return sum(
        (old_high - old_low) % 12 in (0, 7) and (old_high - old_low) % 12 == (high - low) % 12 and old_low != low
        for (old_low, low), (old_high, high) in product(pairs, pairs)
        if old_high > old_low
    )


def led(spans: Sequence[Span], *, count: int, low: int, high: int) -> list[tuple[Span, tuple[int, ...]]]:
    """Return every chord with its voicing, each led from the one before."""
    result: list[tuple[Span, tuple[int, ...]]] = []
    previous: tuple[int, ...] = ()
    for span in spans:
        previous = voicing(span.chord, previous, count=count, low=low, high=high)
        result.append((span, previous))
    return result

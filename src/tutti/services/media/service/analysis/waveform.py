"""The waveform of a track: how loud each thousandth of it gets."""

from collections.abc import Iterable

POINTS = 1000
_FULL_SCALE = 255
FRAMES_PER_POINT = 8
"""Peaks taken for each point: a point's edges are off by at most half of such a frame."""


def frame_samples(total_samples: int) -> int:
    """Return how many samples each peak should span, for a track of ``total_samples`` per channel."""
    return max(1, total_samples // (POINTS * FRAMES_PER_POINT))


def fold(peaks: Iterable[float], frame: int, total_samples: int) -> bytes:
    """Return `POINTS` bytes, the largest peak of each thousandth of the track; 255 is full scale.

    ``peaks`` are those (0 to 1, more where it clips) of consecutive frames of ``frame`` samples. A frame counts for the
    points that it reaches into with its middle, and in a track of fewer frames than points for all that it spans.
    """
    levels = [0.0] * POINTS
    total = max(1, total_samples)
    for number, peak in enumerate(peaks):
        first = min(POINTS - 1, (number * frame + frame // 2) * POINTS // total)
        last = max(first, min(POINTS, (number + 1) * frame * POINTS // total) - 1)
        for point in range(first, last + 1):
            levels[point] = max(levels[point], peak)
    return bytes(min(_FULL_SCALE, round(level * _FULL_SCALE)) for level in levels)

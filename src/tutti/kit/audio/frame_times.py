"""The middle of a file whose container counts time in milliseconds (ASF), to the sample.

Its codecs give frames of so many samples, always the same: the place of a frame is a multiple of that. Time stamps say
which one, since a millisecond, even several, is far less than a frame. That they do so in this file is looked at in
five places before it is believed.
"""

import asyncio
from math import gcd

import msgspec

from tutti.kit.audio.child import Limits, run_limited
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.kit.audio.source import QUIET, Source, reading

_FRAMES = 64
"""Looked at in each place."""
_PLACES = (1 / 5, 1 / 3, 1 / 2)
"""Of the whole; a clock that goes wrong by whole frames in one of them does so by less in another."""
_TAIL_S = 2.0
_SURE = 4
"""A time stamp may be off by this part of a frame."""


class FrameTimes(msgspec.Struct, frozen=True):
    """How time stamps, in samples, become places."""

    frame_samples: int
    first: int
    """The time stamp of the first sample."""

    def place(self, stamp: int) -> int:
        """Return where the frame with a time stamp begins, in samples from the start."""
        return round((stamp - self.first) / self.frame_samples) * self.frame_samples

    def is_sure(self, stamp: int) -> bool:
        """Whether a time stamp leaves no doubt."""
        return abs(stamp - self.first - self.place(stamp)) * _SURE <= self.frame_samples


async def find_frame_times(source: Source, limits: Limits, rate_hz: int) -> tuple[FrameTimes, int] | None:
    """Return how the time stamps of a file are to be read, and how many samples there are; None: they cannot be.

    Raises:
        AudioRefused, FfmpegDied, OSError: as `measure`.
    """
    head, tail = await asyncio.gather(
        _frames(limits, *reading(source), frames=_FRAMES), _frames(limits, *reading(source, last_s=_TAIL_S))
    )
    if not head or not tail:
        return None
    times = FrameTimes(gcd(*(samples for _, samples in head)), head[0][0])
    total = times.place(tail[-1][0]) + tail[-1][1]
    starts_s = (total * place / rate_hz for place in _PLACES)
    inner = await asyncio.gather(
        *(_frames(limits, *reading(source, start_s=start_s), frames=_FRAMES) for start_s in starts_s)
    )
    # The first frame after a jump may lack what was begun before it: its time stamp is then that of another.
    sure = all(
        times.is_sure(stamp) for frames in (head, tail[1:], *(found[1:] for found in inner)) for stamp, _ in frames
    )
    return (times, total) if sure and _follow(times, head) else None


def _follow(times: FrameTimes, frames: list[tuple[int, int]]) -> bool:
    """Tell whether each frame begins where the one before it ends."""
    at = 0
    for stamp, samples in frames:
        if times.place(stamp) != at:
            return False
        at += samples
    return True


async def _frames(limits: Limits, *arguments: str, frames: int | None = None) -> list[tuple[int, int]]:
    """Decode, and return the time stamp and the length of each frame, in samples."""
    most = () if frames is None else ("-frames:a", str(frames))
    call = [find_ffmpeg(), *QUIET, *arguments, "-map", "0:a:0", *most, "-c:a", "pcm_s16le", "-f", "framecrc", "-"]
    listed = (await run_limited(call, limits)).stdout
    rows = [line.split(b",") for line in listed.split(b"\n") if line and not line.startswith(b"#")]
    return [(int(row[2]), int(row[3])) for row in rows]

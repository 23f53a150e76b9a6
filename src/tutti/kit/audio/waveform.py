"""The waveform of a track: how loud each thousandth of it gets."""

import asyncio
import math
import re
from collections.abc import Iterable, Iterator, Sequence

from tutti.kit.audio.child import CHUNK_BYTES, Child, Limits, running
from tutti.kit.audio.errors import LimitExceeded
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.kit.audio.measuring import survey
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import QUIET, Source, reading

POINTS = 1000
_FULL_SCALE = 255
FRAMES_PER_POINT = 8
"""Peaks taken for each point: a point's edges are off by at most half of such a frame."""
_OUTPUT_BYTES = 16 * 1024 * 1024
_PEAK = re.compile(rb"Peak_level=(\S+)")


async def make_waveform(source: Source, settings: AudioSettings | None = None) -> bytes:
    """Decode a source and return its waveform, the same that is stored of an upload.

    Raises:
        AudioRefused: there is no sound in it that can be read.
        LimitExceeded: it takes too much work.
        FfmpegDied: somebody else ended ffmpeg.
        OSError: there is no such file, or no ffmpeg.
    """
    settings = settings or AudioSettings()
    total_samples = (await survey(source, settings)).extent.total_samples
    limits = Limits(
        memory_bytes=settings.memory_bytes,
        cpu_s=settings.waveform_cpu_s,
        wall_s=settings.waveform_wall_s,
        output_bytes=_OUTPUT_BYTES,
    )

    def arguments(outputs: Sequence[str]) -> list[str]:
        chain = ",".join(peak_filters(total_samples, outputs[0]))
        return [find_ffmpeg(), *QUIET, *reading(source), "-map", "0:a:0", "-af", chain, "-f", "null", "-"]

    try:
        async with asyncio.timeout(limits.wall_s), running(arguments, limits, outputs=1) as child:
            printed = await _read(child, limits.output_bytes)
            await child.wait()
    except TimeoutError as error:
        raise LimitExceeded(f"Its waveform takes longer than {limits.wall_s:.0f} s, which is the limit.") from error
    return await asyncio.to_thread(lambda: fold(read_peaks(printed), frame_samples(total_samples), total_samples))


def peak_filters(total_samples: int, output: str) -> tuple[str, ...]:
    """Return the filters that print to ``output`` the peak of each `frame_samples` of a track, for `read_peaks`."""
    return (
        f"asetnsamples=n={frame_samples(total_samples)}:p=0",
        "astats=metadata=1:reset=1:measure_perchannel=none:measure_overall=Peak_level",
        f"ametadata=mode=print:key=lavfi.astats.Overall.Peak_level:file={quoted(output)}",
    )


def quoted(output: str) -> str:
    """Return the name of a pipe as filters take it."""
    return f"'{output.replace(':', chr(92) + ':')}'"


def read_peaks(printed: bytes) -> Iterator[float]:
    """Yield the peak of each frame as a ratio."""
    for found in _PEAK.finditer(printed):
        decibels = float(found[1])
        yield 10 ** (decibels / 20) if math.isfinite(decibels) else 0.0


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


async def _read(child: Child, limit_bytes: int) -> bytes:
    read = bytearray()
    while chunk := await child.outputs[0].read(CHUNK_BYTES):
        read += chunk
        if len(read) > limit_bytes:
            raise LimitExceeded(f"Its waveform gives more than {limit_bytes} bytes, which is the limit.")
    return bytes(read)

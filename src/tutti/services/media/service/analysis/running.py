"""Letting ffmpeg measure a file, within limits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from tutti.kit.audio.child import Child, Limits, running
from tutti.kit.audio.errors import LimitExceeded
from tutti.kit.audio.source import Source, reading
from tutti.services.media.service.analysis.measuring import (
    OUTPUTS,
    Analysis,
    Printed,
    filter_chain,
    read_analysis,
    read_times,
)


async def analyse(ffmpeg: str, source: Source, total_samples: int, limits: Limits) -> Analysis:
    """Measure ``source``, which decodes to so many samples per channel, in one pass.

    Raises:
        AudioRefused: ffmpeg cannot read it, or it takes more than ``limits``.
        FfmpegDied: a signal killed ffmpeg.
        Unmeasurable: ffmpeg did not say what it measured.
        OSError: ffmpeg cannot be started.
    """

    def arguments(outputs: Sequence[str]) -> list[str]:
        options = [ffmpeg, "-hide_banner", "-nostats", "-nostdin", "-v", "info", *reading(source), "-map", "0:a:0"]
        return [*options, "-af", filter_chain(total_samples, outputs), "-f", "null", "-"]

    try:
        async with asyncio.timeout(limits.wall_s), running(arguments, limits, outputs=OUTPUTS) as child:
            printed = await _read(child, limits.output_bytes)
            said = await child.wait()
    except TimeoutError as error:
        raise LimitExceeded(f"Measuring {Path(source.path).name} takes longer than {limits.wall_s:.0f} s.") from error
    return read_analysis(printed, said, total_samples, source.sample_rate_hz)


async def _read(child: Child, limit_bytes: int) -> Printed:
    peaks, starts, ends = child.outputs
    read = await asyncio.gather(_read_all(peaks, limit_bytes), _ends_of(starts), _ends_of(ends))
    return Printed(peaks=read[0], starts_s=read[1], ends_s=read[2])


async def _read_all(reader: asyncio.StreamReader, limit_bytes: int) -> bytes:
    read = bytearray()
    async for line in reader:
        read += line
        if len(read) > limit_bytes:
            raise LimitExceeded(f"Measuring it gives more than {limit_bytes} bytes, which is the limit.")
    return bytes(read)


async def _ends_of(reader: AsyncIterator[bytes]) -> tuple[float, ...]:
    """Return the first and the last of the times printed; there may be a million between."""
    first: float | None = None
    last: float | None = None
    async for line in reader:
        for time_s in read_times((line,)):
            first, last = (time_s if first is None else first), time_s
    return () if first is None or last is None else (first, last)

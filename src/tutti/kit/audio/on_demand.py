"""Segments of a rung made when asked, from any one of them on: the same packets on the same grid as stored ones."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from tutti.kit.audio.child import Child, running
from tutti.kit.audio.errors import AudioDamaged, LimitExceeded
from tutti.kit.audio.flac import frame_number
from tutti.kit.audio.fmp4 import init_segment
from tutti.kit.audio.grid import Grid
from tutti.kit.audio.measuring import measure, survey
from tutti.kit.audio.rungs import Rung
from tutti.kit.audio.segmenter import Segmenter
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import Source
from tutti.kit.audio.transport import encode_arguments, ladder_limits, packets_of, start_before


async def make_init(source: Source, rung: Rung, settings: AudioSettings | None = None) -> bytes:
    """Return the init segment of a rung; nothing is encoded for it.

    Raises:
        AudioRefused, FfmpegDied, OSError: as `measure`.
    """
    extent = await measure(source, settings)
    return init_segment(rung, Grid(rung, extent), extent)


async def make_segments(
    source: Source, rung: Rung, first: int, count: int, settings: AudioSettings | None = None
) -> AsyncGenerator[tuple[int, bytes], None]:
    """Yield ``count`` segments from number ``first`` on, or as many as there are, each as soon as it is made.

    ffmpeg runs until the last of them or until the generator is closed, and waits while nobody asks for the next one.

    Raises:
        IndexError: there is no segment ``first``.
        AudioDamaged: the source ends before the segment does.
        LimitExceeded: a segment takes too long.
        AudioRefused, FfmpegDied, OSError: as `measure`.
    """
    settings = settings or AudioSettings()
    surveyed = await survey(source, settings)
    grid = Grid(rung, surveyed.extent)
    if not 0 <= first < grid.segments:
        raise IndexError(f"there are {grid.segments} segments, none has the number {first}")
    start = start_before(surveyed, rung, grid, grid.first_packet(first))

    def arguments(pipes: Sequence[str]) -> list[str]:
        return encode_arguments(source, surveyed, [rung], grid, start, pipes)

    async with (
        running(arguments, ladder_limits(settings), outputs=1) as child,
        aclosing(packets_of(child, 0)) as groups,
    ):
        group = await _next_group(groups, child, settings.stall_s)
        try:
            packet = frame_number(group[0]) if rung.codec == "flac" else start.packet
            segmenter = Segmenter(grid, packet, first, min(first + count, grid.segments))
        except ValueError as error:
            raise AudioDamaged(f"Its frames are not in order: {error}.") from error
        while True:
            for made in segmenter.feed(group):
                yield made
            if segmenter.done:
                return
            group = await _next_group(groups, child, settings.stall_s)


async def _next_group(groups: AsyncGenerator[list[bytes], None], child: Child, stall_s: int) -> list[bytes]:
    try:
        async with asyncio.timeout(stall_s):
            group = await anext(groups, None)
            if group is None:
                await child.wait()
    except TimeoutError as error:
        raise LimitExceeded(f"ffmpeg gave nothing for {stall_s} s, which is the limit.") from error
    if group is None:
        raise AudioDamaged("The file ends before it should.")
    return group

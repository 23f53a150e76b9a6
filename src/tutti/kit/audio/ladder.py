"""All rungs of a track at once, into a folder: one ffmpeg decodes once and encodes for all of them."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path

import msgspec

from tutti.kit.audio.child import Child, running
from tutti.kit.audio.errors import AudioDamaged, LimitExceeded
from tutti.kit.audio.fmp4 import init_segment
from tutti.kit.audio.grid import Grid
from tutti.kit.audio.measuring import survey
from tutti.kit.audio.playlists import INIT, master_playlist, media_playlist
from tutti.kit.audio.rungs import Extent, Rung, rungs_of
from tutti.kit.audio.segmenter import Segmenter
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.audio.source import Source
from tutti.kit.audio.transport import Start, encode_arguments, ladder_limits, packets_of

MASTER = "master.m3u8"
PLAYLIST = "index.m3u8"


class Ladder(msgspec.Struct, frozen=True):
    """What lies in the folder: `master.m3u8`, and for each rung `<name>/index.m3u8`, `init.mp4`, `0.m4s`, `1.m4s` …"""

    extent: Extent
    rungs: tuple[Rung, ...]
    """With their bit rates as measured."""
    size_bytes: int
    """Of all segments."""


class _Written:
    """What is written of one rung so far."""

    def __init__(self, rung: Rung, grid: Grid, folder: Path) -> None:
        self.rung = rung
        self.grid = grid
        self.folder = folder
        self.segmenter = Segmenter(grid, 0, 0, grid.segments)
        self.segments = 0
        self.size_bytes = 0
        self.peak_bps = 0.0

    def add(self, number: int, content: bytes) -> None:
        """Write a segment."""
        (self.folder / segment_name(number)).write_bytes(content)
        self.segments += 1
        self.size_bytes += len(content)
        self.peak_bps = max(self.peak_bps, len(content) * 8 / self.grid.duration_s(number))

    def measured(self) -> Rung:
        """Return the rung with what its segments really take."""
        whole_s = self.grid.total_samples / self.grid.timescale_hz
        average = round(self.size_bytes * 8 / whole_s)
        return msgspec.structs.replace(self.rung, peak_bps=max(round(self.peak_bps), average), average_bps=average)


def segment_name(number: int) -> str:
    """Return the file name of a segment, or of the init segment for `INIT`."""
    return "init.mp4" if number == INIT else f"{number}.m4s"


async def make_ladder(
    source: Source,
    folder: Path,
    on_progress: Callable[[float], None] | None = None,
    settings: AudioSettings | None = None,
) -> Ladder:
    """Write all rungs of the source into ``folder``, which exists; what is there of the same names is written over.

    ``on_progress`` hears the part that is done, 0 to 1, segment by segment.

    Raises:
        AudioDamaged: the source ends long before it should.
        LimitExceeded: it takes longer, or more space, than allowed.
        AudioRefused, FfmpegDied, OSError: as `measure`.
    """
    settings = settings or AudioSettings()
    surveyed = await survey(source, settings)
    rungs = rungs_of(source, surveyed.extent)
    written = [_Written(rung, Grid(rung, surveyed.extent), folder / rung.name) for rung in rungs]
    await asyncio.to_thread(_prepare, written, surveyed.extent)
    total = sum(one.grid.segments for one in written)

    def arguments(pipes: Sequence[str]) -> list[str]:
        return encode_arguments(source, surveyed, rungs, written[0].grid, Start(0, 0), pipes)

    def wrote() -> None:
        if sum(one.size_bytes for one in written) > settings.ladder_bytes:
            raise LimitExceeded(f"Its ladder takes more than {settings.ladder_bytes} bytes, which is the limit.")
        if on_progress is not None:
            on_progress(sum(one.segments for one in written) / total)

    try:
        async with (
            asyncio.timeout(settings.ladder_wall_s),
            running(arguments, ladder_limits(settings), outputs=len(rungs)) as child,
        ):
            await _write_all(child, written, wrote)
            await child.wait()
    except TimeoutError as error:
        raise LimitExceeded(f"Its ladder takes longer than {settings.ladder_wall_s} s, which is the limit.") from error
    _check_complete(written)
    ladder = Ladder(
        extent=surveyed.extent,
        rungs=tuple(one.measured() for one in written),
        size_bytes=sum(one.size_bytes for one in written),
    )
    await asyncio.to_thread(_write_playlists, folder, ladder)
    return ladder


async def _write_all(child: Child, written: Sequence[_Written], wrote: Callable[[], None]) -> None:
    """Write what comes out of each pipe, as it comes; the first failure ends all."""
    try:
        async with asyncio.TaskGroup() as group:
            for output, one in enumerate(written):
                group.create_task(_write(child, output, one, wrote))
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from failures


async def _write(child: Child, output: int, one: _Written, wrote: Callable[[], None]) -> None:
    async with aclosing(packets_of(child, output)) as groups:
        async for packets in groups:
            for number, content in one.segmenter.feed(packets):
                await asyncio.to_thread(one.add, number, content)
                wrote()


def _prepare(written: Sequence[_Written], extent: Extent) -> None:
    for one in written:
        one.folder.mkdir(exist_ok=True)
        (one.folder / segment_name(INIT)).write_bytes(init_segment(one.rung, one.grid, extent))


def _check_complete(written: Sequence[_Written]) -> None:
    for one in written:
        if not one.segmenter.done:
            reached = sum(one.grid.duration_s(number) for number in range(one.segments))
            whole = one.grid.total_samples / one.grid.timescale_hz
            raise AudioDamaged(f"The file ends after about {reached:.0f} of {whole:.0f} seconds.")


def _write_playlists(folder: Path, ladder: Ladder) -> None:
    for rung in ladder.rungs:
        playlist = media_playlist(Grid(rung, ladder.extent), segment_name)
        (folder / rung.name / PLAYLIST).write_text(playlist, "utf-8")
    (folder / MASTER).write_text(master_playlist(ladder.rungs, lambda rung: f"{rung.name}/{PLAYLIST}"), "utf-8")

"""Segments on demand: runs of ffmpeg that go on from where somebody listens, shared by all who listen there.

A run makes a few segments more than were asked for, then waits; one that nobody asks for long, or whose place is needed
for somebody who waits, is ended. Each segment goes to the cache as soon as it is made.
"""

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import msgspec

from tutti.kit.audio import AudioSettings, Rung, make_segments
from tutti.kit.tasks import to_its_end
from tutti.services.streaming.api import TranscodesBusy
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.hls.forms import FileState, OnDemand
from tutti.services.streaming.service.hls.refusals import as_answer, changed, check_ffmpeg, not_stored
from tutti.services.streaming.service.settings import StreamingSettings


class Piece(msgspec.Struct, frozen=True):
    """One segment of one rendition."""

    form: OnDemand
    rung: Rung
    number: int

    @property
    def run_key(self) -> str:
        """What is the same for all segments that one run can make."""
        return f"{self.form.version}-{self.rung.name}"

    @property
    def key(self) -> str:
        """Name in the cache."""
        return f"{self.run_key}-{self.number}"


class Signal:
    """Wakes those who wait for something to hold; without a lock, since all is in one event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        """Say that something has changed."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until ``holds()``, which is looked at after each change."""
        while not holds():
            await self._event.wait()


class Run:
    """One ffmpeg that makes segments in order."""

    def __init__(self, first: Piece) -> None:
        self.key = first.run_key
        self.form = first.form
        self.rung = first.rung
        self.next = first.number
        """Number of the segment that comes next."""
        self.wanted = first.number
        """The last that anybody asked for."""
        self.waiting = 0
        self.asked_at = time.monotonic()
        self.over = False
        """Nobody may join it any more."""
        self.failure: Exception | None = None
        self.task: asyncio.Task[None] | None = None
        self.changed = Signal()

    def want(self, number: int) -> None:
        """Note that somebody asks for a segment."""
        self.asked_at = time.monotonic()
        self.wanted = max(self.wanted, number)
        self.changed.fire()


class SegmentMaker:
    """Starts runs, shares them, and ends them."""

    def __init__(self, settings: StreamingSettings, audio: AudioSettings, cache: RenditionCache) -> None:
        self._settings = settings
        self._audio = audio
        self._cache = cache
        self._runs: list[Run] = []
        self._freed = Signal()

    @property
    def running(self) -> int:
        """How many runs there are, those that wait included."""
        return len(self._runs)

    async def make(self, piece: Piece) -> None:
        """Return once the segment is in the cache, where the caller keeps it from being evicted.

        Raises:
            TranscodesBusy: as many run for others as are allowed.
            StreamChanged: the file changed meanwhile.
            OriginalAway, SourceUnplayable, FfmpegMissing, TranscodeFailed: it cannot be made.
        """
        check_ffmpeg()
        deadline = time.monotonic() + self._settings.segment_wait_s
        while self._cache.find(piece.key) is None:
            run = self._find_reaching(piece)
            if run is None and len(self._runs) >= self._settings.segment_runs:
                await self._free_place(deadline)
            else:
                await self._wait(run or self._start(piece), piece.number)

    def note(self, piece: Piece) -> None:
        """Let the run that made this segment go on: somebody has come so far."""
        for run in self._runs:
            if run.key == piece.run_key and run.wanted <= piece.number < run.next:
                run.want(piece.number)

    async def stop(self, group: str = "") -> None:
        """End every run, or those of one track; who waits for them is told."""
        for run in [run for run in self._runs if run.key.startswith(group)]:
            await self._end(run)

    def _find_reaching(self, piece: Piece) -> Run | None:
        """Return the run that comes to the segment before a new one would."""
        for run in self._runs:
            near = 0 <= piece.number - run.next <= self._settings.segments_ahead
            if run.key == piece.run_key and near and not run.over:
                return run
        return None

    async def _free_place(self, deadline: float) -> None:
        """End the run that was asked least recently of those that only go ahead; if none does, wait until one will."""
        idle = [run for run in self._runs if not run.waiting]
        if idle:
            await self._end(min(idle, key=lambda run: run.asked_at))
            return
        try:
            async with asyncio.timeout(max(0.0, deadline - time.monotonic())):
                await self._freed.until(lambda: not all(run.waiting for run in self._runs))
        except TimeoutError:
            raise TranscodesBusy(
                "Too many segments are being made at the moment; try again soon.",
                retry_after_s=self._settings.retry_after_s,
            ) from None

    def _start(self, piece: Piece) -> Run:
        run = Run(piece)
        self._runs.append(run)
        run.task = asyncio.create_task(self._run(run), name="segments")
        run.task.add_done_callback(lambda _: self._forget(run))  # it may be cancelled before its first step
        return run

    async def _wait(self, run: Run, number: int) -> None:
        run.waiting += 1
        run.want(number)
        try:
            await run.changed.until(lambda: run.next > number or run.over)
        finally:
            run.waiting -= 1
            self._freed.fire()
        if run.next <= number and run.failure is not None:
            raise as_answer(run.failure)

    async def _end(self, run: Run) -> None:
        if run.task is not None:
            if not run.over:  # a second cancel would cut off the putting down of its ffmpeg
                run.over = True
                run.failure = InterruptedError("it was ended")
                run.task.cancel()
            await asyncio.wait({run.task})

    async def _run(self, run: Run) -> None:
        try:
            await self._make(run)
        except IndexError:  # the file has fewer segments than a moment ago
            run.failure = changed()
        except Exception as error:  # noqa: BLE001 - those who wait are told of it, whatever it is; it is logged there
            run.failure = error
        finally:
            self._forget(run)

    async def _make(self, run: Run) -> None:
        count = run.form.grid(run.rung.name).segments - run.next
        async with aclosing(make_segments(run.form.source, run.rung, run.next, count, self._audio)) as made:
            async for number, content in made:
                await self._keep(Piece(run.form, run.rung, number), content)
                run.next = number + 1
                run.changed.fire()
                if not await self._is_to_go_on(run):
                    return

    async def _is_to_go_on(self, run: Run) -> bool:
        """Wait until the run is no longer too far ahead; False when nobody asks for more, or others made it."""
        if run.next == run.form.grid(run.rung.name).segments:
            return False
        try:
            async with asyncio.timeout(self._settings.segment_idle_s):
                await run.changed.until(lambda: run.next <= run.wanted + self._settings.segments_ahead)
        except TimeoutError:
            return False
        return self._cache.find(Piece(run.form, run.rung, run.next).key) is None

    async def _keep(self, piece: Piece, content: bytes) -> None:
        part = self._cache.new_part(piece.key)
        try:
            await to_its_end(_write, part, content, piece.form.file)  # it must not be deleted before
            self._cache.keep(piece.key, part)
        except OSError as error:
            raise not_stored(error) from error
        finally:
            self._cache.drop(part)

    def _forget(self, run: Run) -> None:
        run.over = True
        if run in self._runs:
            self._runs.remove(run)
        run.changed.fire()
        self._freed.fire()


def _write(part: Path, content: bytes, made_of: FileState) -> None:
    if FileState.of(made_of.path) != made_of:
        raise changed()
    with part.open("wb", buffering=0) as file:
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())  # or a power cut may leave a name without a content

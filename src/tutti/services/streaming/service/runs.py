"""Runs of ffmpeg: one for each rendition that somebody waits for, shared by all who do."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import IO

import structlog

from tutti.kit.audio.ogg import is_chained
from tutti.kit.errors import AppError
from tutti.kit.zerocopy import read_chunk
from tutti.services.streaming.api import FfmpegMissing, SourceUnplayable, TranscodeFailed, TranscodesBusy
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.encoding import SourceRefused, encode
from tutti.services.streaming.service.renditions import HEAD_BYTES, Rendition, command

CHUNK_BYTES = 64 * 1024
FindFfmpeg = Callable[[], str]

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.streaming")


class Run:
    """One ffmpeg that writes a growing file; any number of readers follow it."""

    def __init__(self, key: str, source: str, part: Path, file: IO[bytes]) -> None:
        self.key = key
        self.source = source
        self.part = part
        self.file = file
        """Open from before the start until the last reader has left: renaming and evicting do not matter to them."""
        self.written = 0
        self.finished = False
        self.failure: Exception | None = None
        self.readers = 0
        self.task: asyncio.Task[None] | None = None
        self._grown = asyncio.Condition()

    async def grow(self, written: int) -> None:
        """Say that the file holds ``written`` bytes now."""
        self.written = written
        await self._tell()

    async def end(self, failure: Exception | None) -> None:
        """Say that no more bytes will come."""
        self.failure = failure
        self.finished = True
        await self._tell()

    async def wait_beyond(self, position: int) -> bool:
        """Wait until there is something after ``position``; False: nothing more will come."""
        async with self._grown:
            await self._grown.wait_for(lambda: self.written > position or self.finished)
        return self.written > position

    async def _tell(self) -> None:
        async with self._grown:
            self._grown.notify_all()


class Transcoder:
    """Starts runs, shares them, ends those that nobody reads any more."""

    def __init__(self, cache: RenditionCache, find_ffmpeg: FindFfmpeg, *, limit: int, retry_after_s: int) -> None:
        self._cache = cache
        self._find_ffmpeg = find_ffmpeg
        self._limit = limit
        self._retry_after_s = retry_after_s
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many transcodes somebody waits for."""
        return len(self._runs)

    @contextmanager
    def joined(self, key: str, source: str, rendition: Rendition) -> Generator[Run, None, None]:
        """Take part in the run that makes a rendition, started if need be; read it with `follow`.

        The last to leave ends a run that is not finished.

        Raises:
            TranscodesBusy: as many run as are allowed.
            FfmpegMissing, TranscodeFailed: it cannot be started.
        """
        run = self._runs.get(key) or self._start(key, source, rendition)
        run.readers += 1
        try:
            yield run
        finally:
            run.readers -= 1
            if run.readers == 0:
                self._abandon(run)

    async def follow(self, run: Run) -> AsyncGenerator[bytes, None]:
        """Yield the rendition from its start as it grows, at least one chunk.

        Raises:
            SourceUnplayable: there is no sound in the source from there on.
            TranscodeFailed: ffmpeg died, or what it made could not be stored.
        """
        position = 0
        while await run.wait_beyond(position):
            chunk = await read_chunk(run.file.fileno(), position, min(CHUNK_BYTES, run.written - position))
            if not chunk:
                raise self._failed()  # somebody has cut the file short
            position += len(chunk)
            yield chunk
        if isinstance(run.failure, SourceRefused):
            raise SourceUnplayable("There is no sound in this track from there on: it is over, or its file is damaged.")
        if run.failure is not None:
            raise self._failed()

    async def stop(self) -> None:
        """End every run."""
        tasks = list(self._tasks)
        for task in tasks:
            if not task.cancelling():  # a second cancel would cut off the putting down of its ffmpeg
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, key: str, source: str, rendition: Rendition) -> Run:
        if len(self._runs) >= self._limit:
            raise TranscodesBusy(
                "Too many transcodes at the moment; try again soon.", retry_after_s=self._retry_after_s
            )
        try:
            ffmpeg = self._find_ffmpeg()
        except FileNotFoundError as error:
            raise FfmpegMissing(
                "There is no ffmpeg here, which transcodes need.", retry_after_s=self._retry_after_s
            ) from error
        part = self._cache.new_part(key)
        try:
            file = part.open("w+b", buffering=0)
        except OSError as error:
            log.warning("transcode failed", rendition=key, source=source, error=str(error))
            raise self._failed() from error
        run = self._runs[key] = Run(key, source, part, file)
        run.task = asyncio.create_task(self._make(run, ffmpeg, rendition), name="transcode")
        self._tasks.add(run.task)
        run.task.add_done_callback(lambda task: self._clear(run, task))
        return run

    def _abandon(self, run: Run) -> None:
        if run.finished:
            run.file.close()
            return
        self._forget(run)  # who comes now starts anew
        if run.task is not None:
            run.task.cancel()

    def _clear(self, run: Run, task: asyncio.Task[None]) -> None:
        """Tidy up after a run once more: its task may have been cancelled before its first step."""
        self._tasks.discard(task)
        self._forget(run)
        self._cache.drop(run.part)
        if run.readers == 0:
            run.file.close()

    def _forget(self, run: Run) -> None:
        if self._runs.get(run.key) is run:
            del self._runs[run.key]

    def _failed(self) -> AppError:
        return TranscodeFailed("This track cannot be transcoded now.", retry_after_s=self._retry_after_s)

    async def _make(self, run: Run, ffmpeg: str, rendition: Rendition) -> None:
        failure: Exception | None = InterruptedError()
        try:
            chained = await asyncio.to_thread(is_chained, run.source)
            call = command(ffmpeg, run.source, rendition, chained=chained)
            async with aclosing(encode(call, run.file, HEAD_BYTES[rendition.format])) as sizes:
                async for written in sizes:
                    self._cache.grow(run.part, written)
                    await run.grow(written)
            await asyncio.to_thread(os.fsync, run.file.fileno())  # or a power cut may leave a name without a content
            self._cache.keep(run.key, run.part)
            failure = None
        except (SourceRefused, OSError) as error:
            log.warning("transcode failed", rendition=run.key, source=run.source, error=str(error))
            failure = error
        finally:
            self._forget(run)
            self._cache.drop(run.part)
            await run.end(failure)

"""Runs of ffmpeg: one for each rendition that somebody waits for, shared by all who do."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import IO

import structlog

from tutti.services.streaming.api import TranscodeFailed, TranscodesBusy
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.renditions import Rendition, command

CHUNK_BYTES = 64 * 1024
_ERROR_LIMIT_BYTES = 4096

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.streaming")


class Run:
    """One ffmpeg that writes a growing file; any number of readers follow it."""

    def __init__(self, key: str, part: Path) -> None:
        self.key = key
        self.part = part
        self.written = 0
        self.finished = False
        self.error: str | None = None
        self.readers = 0
        self.task: asyncio.Task[None] | None = None
        self._grown = asyncio.Condition()

    async def grow(self, written: int) -> None:
        """Say that the file holds ``written`` bytes now."""
        self.written = written
        await self._tell()

    async def end(self, error: str | None) -> None:
        """Say that no more bytes will come."""
        self.error = error
        self.finished = True
        await self._tell()

    async def wait_beyond(self, position: int) -> None:
        """Wait until there is something after ``position``, or nothing more will come."""
        async with self._grown:
            await self._grown.wait_for(lambda: self.written > position or self.finished)

    async def _tell(self) -> None:
        async with self._grown:
            self._grown.notify_all()


class Transcoder:
    """Starts runs, shares them, ends those that nobody reads any more."""

    def __init__(self, cache: RenditionCache, ffmpeg: str, *, limit: int, retry_after_s: int) -> None:
        self._cache = cache
        self._ffmpeg = ffmpeg
        self._limit = limit
        self._retry_after_s = retry_after_s
        self._runs: dict[str, Run] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many transcodes somebody waits for."""
        return len(self._runs)

    def join(self, key: str, source: str, rendition: Rendition) -> Run:
        """Return the run that makes a rendition, starting it if need be; read it with `follow`.

        Raises:
            TranscodesBusy: as many run as are allowed.
        """
        run = self._runs.get(key)
        if run is None:
            if len(self._runs) >= self._limit:
                raise TranscodesBusy(
                    "Too many transcodes at the moment; try again soon.", retry_after_s=self._retry_after_s
                )
            run = self._runs[key] = Run(key, self._cache.new_part(key))
            call = command(self._ffmpeg, source, rendition)
            run.task = asyncio.create_task(self._make(run, call), name=f"transcode {key}")
            self._tasks.add(run.task)
            run.task.add_done_callback(self._tasks.discard)
        run.readers += 1
        return run

    async def follow(self, run: Run) -> AsyncGenerator[bytes, None]:
        """Yield the rendition from its start as it grows; the last reader that leaves ends an unfinished run.

        Raises:
            TranscodeFailed: ffmpeg gave up.
        """
        file: IO[bytes] | None = None
        try:
            position = 0
            while True:
                await run.wait_beyond(position)
                if file is None and run.written:
                    file = await asyncio.to_thread(_open, run.part, self._cache.path(run.key))
                while file is not None and position < run.written:
                    chunk = await asyncio.to_thread(file.read, min(CHUNK_BYTES, run.written - position))
                    position += len(chunk)
                    yield chunk
                if run.finished and position >= run.written:
                    break
            if run.error is not None:
                raise TranscodeFailed("This track cannot be transcoded.", retry_after_s=self._retry_after_s)
        finally:
            if file is not None:
                file.close()
            self.leave(run)

    def leave(self, run: Run) -> None:
        """Give up a place got by `join`."""
        run.readers -= 1
        if run.readers == 0 and run.task is not None and not run.finished:
            self._runs.pop(run.key, None)  # who comes now starts anew
            run.task.cancel()

    async def stop(self) -> None:
        """End every run."""
        tasks = list(self._tasks)
        for task in tasks:
            if not task.cancelling():  # a second cancel would cut off the putting down of its ffmpeg
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, run: Run, call: list[str]) -> None:
        error: str | None = "stopped"
        try:
            error = await _encode(run, call)
            if error is None:
                self._cache.keep(run.key, run.part)
            else:
                log.warning("transcode failed", key=run.key, error=error)
        except OSError as failure:
            error = str(failure)
            log.warning("transcode failed", key=run.key, error=error)
        finally:
            if error is not None:
                run.part.unlink(missing_ok=True)
            if self._runs.get(run.key) is run:
                del self._runs[run.key]
            await run.end(error)


def _open(part: Path, kept: Path) -> IO[bytes]:
    try:
        return part.open("rb")
    except FileNotFoundError:  # it was finished and renamed at this very moment
        return kept.open("rb")


async def _encode(run: Run, call: list[str]) -> str | None:
    """Run ffmpeg into the growing file; return what it complained of, or None when all is well."""
    process = await asyncio.create_subprocess_exec(
        *call,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=CHUNK_BYTES,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    complaints = asyncio.create_task(_last_bytes(process.stderr))
    try:
        with run.part.open("wb", buffering=0) as file:
            written = 0
            while chunk := await process.stdout.read(CHUNK_BYTES):
                await asyncio.to_thread(file.write, chunk)
                written += len(chunk)
                await run.grow(written)
        code = await process.wait()
        said = await complaints
        if code != 0 or not run.written:
            return said or f"ffmpeg ended with {code}"
        return None
    finally:
        complaints.cancel()
        await _put_down(process)


async def _put_down(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()  # nobody wants what it would still write
    if process.stdout is not None:
        while await process.stdout.read(CHUNK_BYTES):  # a pipe left full would keep `wait` from returning
            pass
    await process.wait()


async def _last_bytes(stream: asyncio.StreamReader) -> str:
    kept = b""
    while chunk := await stream.read(1024):
        kept = (kept + chunk)[-_ERROR_LIMIT_BYTES:]
    return kept.decode("utf-8", "replace").strip()

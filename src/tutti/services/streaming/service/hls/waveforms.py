"""Waveforms of files in libraries, made when somebody asks and kept beside segments."""

import asyncio
import os
from pathlib import Path

from tutti.kit.audio import AudioSettings, make_waveform
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.hls.forms import OnDemand
from tutti.services.streaming.service.hls.places import Places
from tutti.services.streaming.service.hls.refusals import as_answer, check_ffmpeg, not_stored, refused
from tutti.services.streaming.service.settings import StreamingSettings


class Waveforms:
    """Makes each of them once, for all who ask; a few at the same time."""

    def __init__(self, settings: StreamingSettings, audio: AudioSettings, cache: RenditionCache) -> None:
        self._audio = audio
        self._cache = cache
        self._places = Places(settings.waveform_runs, settings)
        self._making: dict[str, asyncio.Task[None]] = {}

    def is_made(self, form: OnDemand) -> bool:
        """Whether it needs not be made any more."""
        return self._cache.find(_key(form)) is not None

    async def get(self, form: OnDemand) -> bytes:
        """Return the waveform of a file, made now if need be; whoever asks may leave, it is made to its end.

        Raises:
            TranscodesBusy: try again soon.
            OriginalAway, SourceUnplayable, FfmpegMissing, TranscodeFailed: it cannot be made.
        """
        key = _key(form)
        with self._cache.in_use(key):
            if self._cache.find(key) is None:
                await self._wait(self._making.get(key) or self._start(key, form))
            return await asyncio.to_thread(self._cache.path(key).read_bytes)

    async def stop(self, group: str = "") -> None:
        """End what is being made, or that of one track."""
        tasks = [task for key, task in self._making.items() if key.startswith(group)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _wait(self, task: asyncio.Task[None]) -> None:
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            if task.cancelled():
                raise as_answer(InterruptedError("it was ended")) from None
            raise

    def _start(self, key: str, form: OnDemand) -> asyncio.Task[None]:
        task = self._making[key] = asyncio.create_task(self._make(key, form), name="waveform")
        task.add_done_callback(lambda done: self._forget(key, done))
        return task

    def _forget(self, key: str, done: asyncio.Task[None]) -> None:
        del self._making[key]
        if not done.cancelled():
            done.exception()  # its askers may all have left

    async def _make(self, key: str, form: OnDemand) -> None:
        check_ffmpeg()
        async with self._places.one():
            with refused():
                content = await make_waveform(form.source, self._audio)
            await self._keep(key, content)

    async def _keep(self, key: str, content: bytes) -> None:
        part = self._cache.new_part(key)
        try:
            await asyncio.to_thread(_write, part, content)
            self._cache.keep(key, part)
        except OSError as error:
            raise not_stored(error) from error
        finally:
            self._cache.drop(part)


def _key(form: OnDemand) -> str:
    return f"{form.version}-waveform"


def _write(part: Path, content: bytes) -> None:
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())  # or a power cut may leave a name without a content

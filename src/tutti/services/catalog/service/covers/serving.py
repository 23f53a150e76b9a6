"""Covers in the sizes that are asked for: each made once, by few threads, and kept."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import Literal, ParamSpec, TypeVar

import structlog

from tutti.kit.db import Database
from tutti.kit.storage import Storage
from tutti.services.catalog.api import CoverNotFound, CoversBusy
from tutti.services.catalog.repository import covers
from tutti.services.catalog.repository.covers import Place
from tutti.services.catalog.service.covers.cache import PREFIX, RenditionCache
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.source import read_first
from tutti.services.catalog.service.covers.strays import Strays
from tutti.services.catalog.service.reading.cover_images import UnreadableCover, resize_cover

P = ParamSpec("P")
T = TypeVar("T")
ImageFormat = Literal["webp", "jpeg"]
_RETRY_AFTER_S = 2

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.covers")


class CoverService:
    """Serves covers."""

    def __init__(self, db: Database, storage: Storage, settings: CoverSettings) -> None:
        self._db = db
        self._storage = storage
        self._settings = settings
        self._cache = RenditionCache(db, storage, bound_bytes=settings.cache_bytes)
        self._strays = Strays(db, storage)
        self._threads = ThreadPoolExecutor(settings.concurrent_resizes, "covers")
        self._making: dict[str, asyncio.Task[bytes]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Finish what is being made before the process stops."""
        try:
            yield
        finally:
            await asyncio.gather(*self._making.values(), return_exceptions=True)
            self._threads.shutdown()

    async def get_image(self, cover_id: str, size_px: int, image_format: ImageFormat) -> bytes:
        """Return a cover inside a square of ``size_px``, never enlarged.

        Raises:
            CoverNotFound: there is none, its file is away, or it is no image that can be shown.
            CoversBusy: too many are being made already.
        """
        key = rendition_key(cover_id, size_px, image_format)
        kept = await self._cache.find(key)
        return kept if kept is not None else await self._make_once(key, cover_id, size_px, image_format)

    async def note_used(self) -> None:
        """Write down which sizes were used here, so that sweeps, of any process, leave them."""
        await self._cache.note()

    async def sweep(self) -> None:
        """Keep the cache within its bound, and drop uploads that nothing shows any more."""
        await self._cache.sweep()
        await self._storage.delete(*await self._db.write(covers.take_unused_uploads))
        await self._strays.sweep()

    async def _make_once(self, key: str, cover_id: str, size_px: int, image_format: ImageFormat) -> bytes:
        """Wait for whoever makes this one, or make it; a client that goes away stops nobody else's."""
        task = self._making.get(key)
        if task is None:
            if len(self._making) >= self._settings.waiting_resizes:
                raise CoversBusy("Too many covers are being made; come back shortly.", retry_after_s=_RETRY_AFTER_S)
            task = asyncio.create_task(self._make(key, cover_id, size_px, image_format))
            self._making[key] = task
            task.add_done_callback(lambda done: self._made(key, done))
        return await asyncio.shield(task)

    def _made(self, key: str, task: asyncio.Task[bytes]) -> None:
        del self._making[key]
        if not task.cancelled():
            task.exception()  # looked at, also when every client has gone

    async def _make(self, key: str, cover_id: str, size_px: int, image_format: ImageFormat) -> bytes:
        original = await self._find_original(cover_id)
        try:
            content = await self._in_thread(resize_cover, original, size_px, image_format)
        except UnreadableCover as error:
            log.info("cover cannot be shown", cover_id=cover_id, reason=error.reason)
            raise CoverNotFound("This cover cannot be shown.", cover_id=cover_id) from error
        await self._cache.put(key, content)
        return content

    async def _find_original(self, cover_id: str) -> bytes:
        place = await self._db.read(covers.find_place, cover_id)
        if place is None:
            raise _missing(cover_id)
        if place.root is None:
            uploaded = await self._storage.find(place.path)
            if uploaded is None:
                raise _missing(cover_id)
            return uploaded
        found = await self._in_thread(read_first, [place], cover_id)
        return found[1] if found is not None else await self._find_elsewhere(cover_id)

    async def _find_elsewhere(self, cover_id: str) -> bytes:
        """The file it was last seen in has changed or gone: other tracks may show the same image."""
        places: list[Place] = await self._db.read(covers.list_other_places, cover_id)
        found = await self._in_thread(read_first, places, cover_id)
        if found is None:
            raise _missing(cover_id)
        place, content = found
        await self._db.write(covers.move_place, cover_id, place)
        return content

    async def _in_thread(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)


def rendition_key(cover_id: str, size_px: int, image_format: ImageFormat) -> str:
    """Return where in storage a size of a cover is kept."""
    return f"{PREFIX}/{cover_id[:2]}/{cover_id}-{size_px}.{image_format}"


def _missing(cover_id: str) -> CoverNotFound:
    return CoverNotFound("There is no such cover.", cover_id=cover_id)

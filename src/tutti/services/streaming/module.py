"""Puts streaming together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tutti.kit.service import Process, Service
from tutti.services.accounts.api import Accounts
from tutti.services.catalog.api import Catalog
from tutti.services.streaming.routes import routes
from tutti.services.streaming.service import StreamingService, StreamingSettings
from tutti.services.streaming.service.cache import RenditionCache
from tutti.kit.audio.ffmpeg import find_ffmpeg
from tutti.services.streaming.service.runs import Transcoder
from tutti.services.streaming.service.signing import Signer

_CACHE = "cache/renditions"


def build(process: Process) -> Service:
    """Build on accounts and the catalogue."""
    settings = process.settings.section("streaming", StreamingSettings)
    data_dir = process.settings.base.data_dir
    signer = Signer(data_dir)
    cache = RenditionCache(data_dir / _CACHE, settings.cache_bytes)
    transcoder = Transcoder(cache, find_ffmpeg, limit=settings.transcodes, retry_after_s=settings.retry_after_s)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
        signer.load()
        cache.load()
        yield
        await transcoder.stop()

    return Service(
        name="streaming",
        routes=routes,
        provides={
            "streaming": StreamingService(
                settings, process.get(Catalog), process.get(Accounts), signer, cache, transcoder
            )
        },
        running=running,
    )

"""Puts streaming together."""

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tutti.kit.audio import AudioSettings, find_ffmpeg
from tutti.kit.keyring import READ_AGAIN_S
from tutti.kit.service import Process, Schedule, Service
from tutti.services.accounts.api import Accounts
from tutti.services.catalog.api import Catalog
from tutti.services.media.api import Media
from tutti.services.streaming.handlers import Handlers
from tutti.services.streaming.routes import routes
from tutti.services.streaming.service import StreamingService, StreamingSettings
from tutti.services.streaming.service.admission import Admission
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.hls import Hls
from tutti.services.streaming.service.hls.forms import Forms
from tutti.services.streaming.service.hls.making import SegmentMaker
from tutti.services.streaming.service.hls.waveforms import Waveforms
from tutti.services.streaming.service.runs import Transcoder
from tutti.services.streaming.service.signing import Signer

_CACHE = "cache/renditions"
_RENEW_EVERY_S = 3600


def build(process: Process) -> Service:
    """Build on accounts, the catalogue and media."""
    settings = process.settings.section("streaming", StreamingSettings)
    audio = process.settings.section("audio", AudioSettings)
    data_dir, storage, media = process.settings.base.data_dir, process.storage, process.get(Media)
    signer = Signer(process.secrets)
    cache = RenditionCache(data_dir / _CACHE, settings.cache_bytes)
    transcoder = Transcoder(cache, find_ffmpeg, limit=settings.transcodes, retry_after_s=settings.retry_after_s)
    maker = SegmentMaker(settings, audio, cache)
    admission = Admission(settings, process.get(Catalog), process.get(Accounts), signer, process.auth)
    forms = Forms(settings, audio, storage, media, process.stores)
    waveforms = Waveforms(settings, audio, cache)
    hls = Hls(audio, storage, media, forms, cache, maker, waveforms, redirect=settings.redirect)

    async def renew_keys() -> None:
        await signer.renew(time.time(), settings.key_lifetime_s)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
        await signer.load()
        await renew_keys()
        cache.load()
        yield
        await maker.stop()
        await waveforms.stop()
        await transcoder.stop()

    return Service(
        name="streaming",
        routes=routes,
        provides={
            "streaming": StreamingService(settings, storage, admission, hls, cache, transcoder),
            "admission": admission,
            "hls": hls,
        },
        watches=Handlers(admission, hls).watches(),
        schedules=[
            Schedule("streaming: renew keys", _RENEW_EVERY_S, renew_keys),
            Schedule("streaming: read keys", READ_AGAIN_S, signer.load, per_process=True),
        ],
        running=running,
    )

"""Use cases of streaming."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tutti.kit.auth import Identity
from tutti.kit.storage import Storage
from tutti.services.catalog.api import Original
from tutti.services.streaming.api import Stream
from tutti.services.streaming.service.admission import Admission
from tutti.services.streaming.service.cache import RenditionCache, group_of
from tutti.services.streaming.service.content import Content, Growing, handed, open_original, opened_object, ready
from tutti.services.streaming.service.copies import Copies
from tutti.services.streaming.service.hls import Hls
from tutti.services.streaming.service.renditions import MIME, Format, Rendition
from tutti.services.streaming.service.runs import Transcoder
from tutti.services.streaming.service.settings import StreamingSettings

__all__ = ["StreamingService", "StreamingSettings"]

_OFFSET_STEP_MS = 10
"""Offsets are rounded down to this, so that seeking about does not fill the cache with twins."""


class StreamingService:
    """Signs addresses, and finds what to send of originals and transcodes."""

    def __init__(
        self,
        settings: StreamingSettings,
        storage: Storage,
        admission: Admission,
        hls: Hls,
        cache: RenditionCache,
        transcoder: Transcoder,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._admission = admission
        self._hls = hls
        self._cache = cache
        self._transcoder = transcoder
        self._copies = Copies(storage, cache)

    async def sign(self, identity: Identity, track_id: str, path: str) -> Stream:
        """Return addresses under ``path`` at which the track can be heard for a while.

        Raises:
            TrackNotFound: no such track, not for this user, or its file is missing.
            StorageAway: the storage does not answer.
        """
        signature, original, expires_at = await self._admission.sign(identity, track_id)
        here = f"{path}/stream/{track_id}"
        offered = await self._hls.is_offered(original)
        return Stream(
            direct=f"{here}/direct?sig={signature}",
            hls=f"{here}/master.m3u8?sig={signature}" if offered else None,
            waveform=f"{here}/waveform?sig={signature}" if offered else None,
            expires_at=expires_at,
        )

    async def find(self, track_id: str, signature: str) -> Original:
        """Return the track that a signed address lets its holder hear; see `Admission.find`."""
        return await self._admission.find(track_id, signature)

    def rendition(self, form: Format, bit_rate_kbps: int | None, offset_ms: int) -> Rendition:
        """Return what such a request asks for; lossless formats have no bit rate to choose."""
        rate = 0 if form == "flac" else bit_rate_kbps or self._settings.default_bit_rate_kbps
        return Rendition(form, rate, offset_ms - offset_ms % _OFFSET_STEP_MS)

    @asynccontextmanager
    async def opened(
        self, original: Original, rendition: Rendition | None, *, start: bool
    ) -> AsyncGenerator[Content, None]:
        """Hold what is to be sent for the length of a block; with ``start`` a rendition is made if there is none.

        Raises:
            OriginalAway: the file is not there at present.
            StorageAway: the storage does not answer.
            TranscodesBusy: try again soon.
            FfmpegMissing, TranscodeFailed: the rendition cannot be started.
        """
        if rendition is None:
            async with self._opened_original(original) as content:
                yield content
            return
        key = f"{group_of(original.track_id)}-{rendition.key(original.fingerprint, await _state(original))}"
        mime = MIME[rendition.format]
        if (finished := self._cache.find(key)) is not None:
            with self._cache.in_use(key), finished.open("rb", buffering=0) as file:
                yield ready(file, mime, f'"{key}"')
        elif start:
            async with self._copies.held(original) as path:
                with self._transcoder.joined(key, path, rendition) as run:
                    yield Growing(self._transcoder.follow(run), mime)
        else:
            yield Growing(None, mime)

    @asynccontextmanager
    async def _opened_original(self, original: Original) -> AsyncGenerator[Content, None]:
        path, settings = self._local_path(original), self._settings
        content = original.digest or (None if original.path else original.fingerprint)
        if path is not None:
            # Opened in any case: whether it is there is ours to say.
            with await asyncio.to_thread(open_original, path) as source:
                elsewhere = handed(path, settings.accel, settings.accel_roots, original.mime)
                yield elsewhere or ready(source, original.mime, content and f'"{content}"')
            return
        key, etag = original.storage_key or "", f'"{content}"'
        async with opened_object(self._storage, key, original.mime, etag, redirect=settings.redirect) as found:
            yield found

    def _local_path(self, original: Original) -> str | None:
        """Where the file lies on this machine, if it does."""
        if original.path or original.storage_key is None:
            return original.path
        local = self._storage.local_path(original.storage_key)
        return None if local is None else str(local)


async def _state(original: Original) -> str:
    """Return what tells the content of an original from what it was before.

    Raises:
        OriginalAway: the file is not there at present.
    """
    if not original.path:
        return original.digest or original.fingerprint
    with await asyncio.to_thread(open_original, original.path) as file:
        return ready(file, original.mime).validators.etag

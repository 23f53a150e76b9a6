"""Use cases of streaming."""

import asyncio
import os
import stat
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from tutti.kit.auth import Identity, InvalidToken
from tutti.services.accounts.api import Accounts
from tutti.services.catalog.api import Catalog, Original, Viewer
from tutti.services.streaming.api import OriginalAway, Stream
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.conditions import Validators, validators_of
from tutti.services.streaming.service.renditions import MIME, Format, Rendition
from tutti.services.streaming.service.runs import Transcoder
from tutti.services.streaming.service.settings import StreamingSettings
from tutti.services.streaming.service.signing import Grant, Signer

__all__ = ["Growing", "Ready", "StreamingService", "StreamingSettings"]

_OFFSET_STEP_MS = 10
"""Offsets are rounded down to this, so that seeking about does not fill the cache with twins."""


class Ready(msgspec.Struct, frozen=True):
    """An open file to be sent, whole or in part."""

    file: IO[bytes]
    size_bytes: int
    validators: Validators
    mime: str


class Growing(msgspec.Struct, frozen=True):
    """A rendition that is being made."""

    chunks: AsyncGenerator[bytes, None] | None
    """None: it was not asked to be made."""
    mime: str


class StreamingService:
    """Signs addresses and finds what to send."""

    def __init__(
        self,
        settings: StreamingSettings,
        catalog: Catalog,
        accounts: Accounts,
        signer: Signer,
        cache: RenditionCache,
        transcoder: Transcoder,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._accounts = accounts
        self._signer = signer
        self._cache = cache
        self._transcoder = transcoder

    async def sign(self, identity: Identity, track_id: str, path: str) -> Stream:
        """Return an address under ``path`` at which the track can be heard for a while.

        Raises:
            TrackNotFound: no such track, not for this user, or its file is missing.
        """
        await self._catalog.get_original(Viewer(identity.user_id, identity.is_admin), track_id)
        expires_at = int(time.time()) + self._settings.url_lifetime_s
        grant = Grant(identity.user_id, identity.session_id, identity.is_admin, expires_at)
        direct = f"{path}/stream/{track_id}/direct?sig={self._signer.sign(track_id, grant)}"
        return Stream(direct, None, datetime.fromtimestamp(expires_at, UTC))

    async def find(self, track_id: str, signature: str) -> Original:
        """Return the track that a signed address lets its holder hear.

        Raises:
            BadSignature, StreamExpired: the address does not hold.
            InvalidToken: the session, or API key, that it was made with has ended, or its user is gone.
            TrackNotFound: there is no such track, or not any more, or not for this user.
        """
        grant = self._signer.check(track_id, signature, time.time(), self._settings.clock_skew_s)
        # Asked each time: an address outlives the memory of what was ended, and a restart.
        role = await self._accounts.find_role(grant.user_id, grant.session_id)
        if role is None:
            raise InvalidToken("The session of this stream address has ended.", reason="revoked")
        is_admin = grant.is_admin and role == "admin"
        return await self._catalog.get_original(Viewer(grant.user_id, is_admin), track_id)

    def rendition(self, form: Format, bit_rate_kbps: int | None, offset_ms: int) -> Rendition:
        """Return what such a request asks for; lossless formats have no bit rate to choose."""
        rate = 0 if form == "flac" else bit_rate_kbps or self._settings.default_bit_rate_kbps
        return Rendition(form, rate, offset_ms - offset_ms % _OFFSET_STEP_MS)

    @asynccontextmanager
    async def opened(
        self, original: Original, rendition: Rendition | None, *, start: bool
    ) -> AsyncGenerator[Ready | Growing, None]:
        """Hold what is to be sent for the length of a block; with ``start`` a rendition is made if there is none.

        Raises:
            OriginalAway: the file is not there at present.
            TranscodesBusy: try again soon.
            FfmpegMissing, TranscodeFailed: the rendition cannot be started.
        """
        source = await asyncio.to_thread(_open_original, original.path)
        with source:
            ready = _ready(source, original.mime)
            if rendition is None:
                yield ready
                return
        key = rendition.key(original.fingerprint, ready.validators.etag)
        mime = MIME[rendition.format]
        if (finished := self._cache.find(key)) is not None:
            with self._cache.in_use(key), finished.open("rb", buffering=0) as file:
                yield _ready(file, mime, f'"{key}"')
        elif start:
            with self._transcoder.joined(key, original.path, rendition) as run:
                yield Growing(self._transcoder.follow(run), mime)
        else:
            yield Growing(None, mime)


def _open_original(path: str) -> IO[bytes]:
    """Open a file; off the event loop, for it may lie on a slow disk or beyond a network."""
    try:
        if not stat.S_ISREG(Path(path).stat().st_mode):
            raise OriginalAway("The file of this track is not there at present.")
        return Path(path).open("rb", buffering=0)
    except OSError:
        raise OriginalAway("The file of this track is not there at present.") from None


def _ready(file: IO[bytes], mime: str, etag: str | None = None) -> Ready:
    status = os.fstat(file.fileno())  # of the very file that is sent, whatever lies at its path by now
    return Ready(file, status.st_size, validators_of(status.st_size, status.st_mtime_ns, time.time(), etag), mime)

"""Use cases of streaming."""

import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from tutti.kit.auth import Authenticator, Identity, InvalidToken
from tutti.services.catalog.api import Catalog, Original, Viewer
from tutti.services.streaming.api import OriginalAway, Stream
from tutti.services.streaming.service.cache import RenditionCache
from tutti.services.streaming.service.renditions import Rendition
from tutti.services.streaming.service.runs import Run, Transcoder
from tutti.services.streaming.service.settings import StreamingSettings
from tutti.services.streaming.service.signing import Grant, Signer

__all__ = ["Growing", "OnDisk", "StreamingService", "StreamingSettings"]


class OnDisk(msgspec.Struct, frozen=True):
    """A file to be sent, whole or in part."""

    path: Path
    size_bytes: int
    modified: datetime
    etag: str
    mime: str
    rendition_key: str | None
    """Set for a rendition, which is not to be evicted while it is sent."""


class Growing(msgspec.Struct, frozen=True):
    """A rendition that is being made."""

    run: Run
    mime: str


class StreamingService:
    """Signs addresses and finds what to send."""

    def __init__(
        self,
        settings: StreamingSettings,
        catalog: Catalog,
        auth: Authenticator,
        signer: Signer,
        cache: RenditionCache,
        transcoder: Transcoder,
    ) -> None:
        self._settings = settings
        self._catalog = catalog
        self._auth = auth
        self._signer = signer
        self.cache = cache
        self.transcoder = transcoder

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

    async def open(self, track_id: str, signature: str, rendition: Rendition | None, mime: str) -> OnDisk | Growing:
        """Return what to send for a signed address.

        Raises:
            BadSignature, StreamExpired: the address does not hold.
            InvalidToken: the session it was made in has ended.
            TrackNotFound, OriginalAway: there is nothing to send, or not any more.
            TranscodesBusy: try again soon.
        """
        original = await self._granted(track_id, signature)
        if rendition is None:
            return _original_on_disk(original)
        key = rendition.key(original.fingerprint, original.size_bytes, original.mtime_ns)
        finished = self.cache.find(key)
        if finished is not None:
            return _on_disk(finished, f'"{key}"', mime, key)
        _on_disk(Path(original.path), "", mime, None)
        return Growing(self.transcoder.join(key, original.path, rendition), mime)

    async def _granted(self, track_id: str, signature: str) -> Original:
        grant = self._signer.check(track_id, signature, time.time(), self._settings.clock_skew_s)
        if self._auth.is_revoked(grant.session_id):
            raise InvalidToken("The session of this stream address has ended.", reason="revoked")
        return await self._catalog.get_original(Viewer(grant.user_id, grant.is_admin), track_id)


def _original_on_disk(original: Original) -> OnDisk:
    return _on_disk(Path(original.path), "", original.mime, None)


def _on_disk(path: Path, etag: str, mime: str, rendition_key: str | None) -> OnDisk:
    try:
        status = path.stat()
    except OSError:
        raise OriginalAway("The file of this track is not there at present.") from None
    tag = etag or f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
    return OnDisk(path, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC), tag, mime, rendition_key)

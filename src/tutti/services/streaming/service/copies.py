"""Local copies of originals that lie in a storage elsewhere: ffmpeg reads files."""

import hashlib
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from tutti.kit.storage import Storage, StorageError
from tutti.services.catalog.api import Original
from tutti.services.streaming.api import OriginalAway, TranscodeFailed
from tutti.services.streaming.service.cache import RenditionCache, group_of
from tutti.services.streaming.service.content import storage_away
from tutti.services.streaming.service.hot import Hot

_RETRY_S = 5
_AT_ONCE = 100

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.streaming")


class Copies:
    """Fetches originals into the cache of renditions, where they go when room is needed."""

    def __init__(self, storage: Storage, cache: RenditionCache) -> None:
        self._storage = storage
        self._cache = cache
        self._fetching: Hot[str, None] = Hot(_AT_ONCE, 0)

    @asynccontextmanager
    async def held(self, original: Original) -> AsyncGenerator[str, None]:
        """Hold a local file with the bytes of an original for the length of a block.

        Raises:
            OriginalAway: it is not there at present.
            StorageAway: the storage does not answer.
            TranscodeFailed: the copy cannot be stored.
        """
        storage_key = original.storage_key
        if original.path or storage_key is None:
            yield original.path
            return
        # By what it is and not by track alone: this process may have been down when the track got other bytes.
        content = hashlib.blake2b(storage_key.encode(), digest_size=8).hexdigest()
        key = f"{group_of(original.track_id)}-original-{content}"
        with self._cache.in_use(key):
            if self._cache.find(key) is None:
                await self._fetching.get(key, lambda: self._fetch(storage_key, key))
            yield str(self._cache.path(key))

    async def _fetch(self, storage_key: str, key: str) -> None:
        part = self._cache.new_part(key)
        try:
            if not await self._storage.fetch(storage_key, part):
                raise OriginalAway("The file of this track is not there at present.")
            _sync(part)
            self._cache.keep(key, part)
        except StorageError as error:
            raise storage_away() from error
        except OSError as error:
            log.warning("original cannot be copied", key=storage_key, error=str(error))
            raise TranscodeFailed("This track cannot be transcoded now.", retry_after_s=_RETRY_S) from error
        finally:
            self._cache.drop(part)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())  # or a power cut may leave a name without a content

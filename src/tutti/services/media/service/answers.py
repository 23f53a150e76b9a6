"""What media answers to other services."""

from collections.abc import Sequence

from tutti.kit.db import Database
from tutti.kit.errors import NotFound
from tutti.kit.storage import Storage, StorageError
from tutti.kit.storage.errors import StorageAway
from tutti.services.media.api import StoredLadder
from tutti.services.media.repository import originals as repository
from tutti.services.media.service.work.places import waveform_key

_RETRY_S = 5


class MediaAnswers:
    """The `Media` of the api."""

    def __init__(self, db: Database, storage: Storage) -> None:
        self._db = db
        self._storage = storage

    async def find_ladders(self, track_ids: Sequence[str]) -> list[StoredLadder]:
        """Return the stored ladders of those tracks that have one, in no order."""
        return await self._db.read(repository.list_ladders, track_ids)

    async def get_waveform(self, track_id: str) -> bytes:
        """Return the waveform of a track: 1,000 peaks of one byte each.

        Raises:
            NotFound: the track has none.
            StorageAway: the storage does not answer.
        """
        ladders = await self.find_ladders([track_id])
        try:
            waveform = await self._storage.find(waveform_key(ladders[0].digest)) if ladders else None
        except StorageError as error:
            raise StorageAway("The storage does not answer; try again soon.", retry_after_s=_RETRY_S) from error
        if waveform is None:
            raise NotFound("This track has no stored waveform.")
        return waveform

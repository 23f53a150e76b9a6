"""What media answers to other services."""

from collections.abc import Sequence

from tutti.kit.db import Database
from tutti.kit.errors import NotFound
from tutti.kit.storage import Storage
from tutti.services.media.api import StoredLadder
from tutti.services.media.repository import originals as repository
from tutti.services.media.service.work.places import waveform_key


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
        """
        ladders = await self.find_ladders([track_id])
        waveform = await self._storage.find(waveform_key(ladders[0].digest)) if ladders else None
        if waveform is None:
            raise NotFound("This track has no stored waveform.")
        return waveform

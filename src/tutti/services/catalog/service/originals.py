"""Where the bytes of a track are."""

import msgspec

from tutti.kit.db import Database
from tutti.kit.storage import Storage
from tutti.services.catalog.api import Original, TrackNotFound, Viewer
from tutti.services.catalog.repository import libraries


class Originals:
    """Finds the files of tracks, in the folder of a library or in storage."""

    def __init__(self, db: Database, storage: Storage) -> None:
        self._db = db
        self._storage = storage

    async def get_original(self, asking: Viewer, track_id: str) -> Original:
        """Return the file of a track.

        Raises:
            TrackNotFound: there is none, it is missing, or not for this user.
        """
        found = await self._db.read(libraries.find_original, track_id, asking)
        if found is None:
            raise TrackNotFound("There is no such track to be played.", track_id=track_id)
        if found.storage_key is None:
            return found
        local = self._storage.local_path(found.storage_key)
        return found if local is None else msgspec.structs.replace(found, path=str(local))

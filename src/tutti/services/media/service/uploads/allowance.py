"""What is left of what somebody may upload."""

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.services.media.api import UploadLimits
from tutti.services.media.repository import uploads as repository
from tutti.services.media.service.uploads import limits
from tutti.services.media.service.uploads.settings import UploadsSettings


class Allowance:
    """Says before a file is chosen what would be said of it afterwards."""

    def __init__(self, settings: UploadsSettings, db: Database) -> None:
        self._settings = settings
        self._db = db

    async def get(self, identity: Identity) -> UploadLimits:
        """Return the limits that hold for somebody, and how much of them is used up."""
        present = now()
        begun, first = await self._db.read(repository.count_since, identity.user_id, present - limits.DAY)
        is_full = first is not None and begun >= self._settings.files_per_day
        return UploadLimits(
            max_bytes=self._settings.max_bytes,
            extensions=self._settings.extensions,
            quota_bytes=limits.quota_bytes(self._settings, identity) or None,
            stored_bytes=await self._db.read(repository.sum_stored_bytes, identity.user_id),
            files_per_day=self._settings.files_per_day,
            files_begun=begun,
            next_at=first + limits.DAY if first is not None and is_full else None,
        )

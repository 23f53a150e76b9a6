"""What becomes of an upload once media has done its part."""

from datetime import timedelta

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.services.catalog.api import LibraryChanged, TrackAdded, TrackDeleted, TrackMissing
from tutti.services.catalog.repository import uploads
from tutti.services.catalog.repository.uploads import Analysis
from tutti.services.catalog.service.keys import sort_key
from tutti.services.catalog.tables import READY

_PURGED_AT_ONCE = 200


class UploadOutcomes:
    """Shows tracks that are ready, and hides those that failed."""

    def __init__(self, db: Database, *, failed_hours: float) -> None:
        self._db = db
        self._failed = timedelta(hours=failed_hours)

    async def make_ready(self, track_id: str, analysis: Analysis) -> None:
        """Show a track to everyone who sees the library of uploads.

        One that was deleted meanwhile is told as deleted once more: media may have stored its original since.
        """
        async with self._db.transaction() as tx:
            row = await tx.run(uploads.find_upload, track_id)
            if row is None or row.withdrawn:
                tx.publish(TrackDeleted(track_id=track_id))
                return
            if row.state == READY:
                return
            at = now()
            await tx.run(uploads.make_ready, track_id, analysis, at)
            await tx.run(uploads.settle_uploads, await tx.run(uploads.find_touched, [track_id]), sort_key, at)
            tx.publish(
                TrackAdded(track_id=track_id, library_id=row.library_id), LibraryChanged(library_id=row.library_id)
            )

    async def mark_failed(self, track_id: str) -> None:
        """Take a track out of sight of its uploader too; nobody else was ever told of it."""
        await self._db.write(uploads.mark_failed, track_id, now())

    async def lose_audio(self, track_id: str) -> None:
        """Show a track as missing, whose sound alone was deleted."""
        async with self._db.transaction() as tx:
            row = await tx.run(uploads.find_upload, track_id)
            touched = await tx.run(uploads.lose_audio, track_id, now())
            if row is None or touched is None:
                return
            await tx.run(uploads.settle_uploads, touched, sort_key, now())
            if row.state == READY:
                tx.publish(TrackMissing(track_id=track_id), LibraryChanged(library_id=row.library_id))

    async def forget_failed(self) -> None:
        """Forget what failed long ago and was not tried again."""
        while await self._db.write(uploads.purge_failed, now() - self._failed, _PURGED_AT_ONCE) == _PURGED_AT_ONCE:
            pass

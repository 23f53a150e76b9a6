"""Deleting what was made of uploads, so that a crash in the middle is finished later and nothing shared is lost.

Rows come first when something is made and go last when it is deleted (`repository.originals`).
"""

from datetime import timedelta

import structlog

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.kit.storage import Storage
from tutti.services.catalog.api import Catalog, TrackDeleted, TrackNotFound, Viewer
from tutti.services.media.api import AudioDeleted
from tutti.services.media.repository import jobs as job_rows
from tutti.services.media.repository import originals as repository
from tutti.services.media.repository.originals import NOBODY, TrackRow
from tutti.services.media.service.work.places import LADDERS, ORIGINALS, delete_objects, digest_of

_BATCH = 500
_UNFINISHED_AFTER = timedelta(hours=1)
_EVERYTHING = Viewer(NOBODY, is_admin=True)

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.media")


class Deletion:
    """Takes originals from tracks, and deletes those that no track has."""

    def __init__(self, db: Database, storage: Storage, catalog: Catalog) -> None:
        self._db = db
        self._storage = storage
        self._catalog = catalog

    async def delete_audio(self, identity: Identity, track_id: str) -> None:
        """Delete the sound of an uploaded track and leave the track; soon, by `on_audio_deleted`.

        Raises:
            TrackNotFound: it has none, or is not theirs to delete.
        """
        track = await self._db.read(repository.find_track, track_id)
        if track is None or not (identity.is_admin or track.user_id == identity.user_id):
            raise TrackNotFound("You have uploaded no such track.")
        async with self._db.transaction() as tx:
            tx.publish(AudioDeleted(track_id=track_id, user_id=identity.user_id))

    async def on_track_deleted(self, event: TrackDeleted) -> None:
        """A track is gone: release its original, unless the track has come again since."""
        track = await self._db.read(repository.find_track, event.track_id)
        if track is not None and not await self._is_there(track):
            await self.release(event.track_id)

    async def on_audio_deleted(self, event: AudioDeleted) -> None:
        """The sound of a track is to go."""
        await self.release(event.track_id)

    async def release(self, track_id: str) -> None:
        """Take its original from a track, and delete that where no other track has it; may be repeated."""
        digest = await self._db.write(repository.begin_release, track_id)
        if digest is not None:
            await delete_objects(self._storage, digest)
            await self._db.write(repository.end_release, track_id)

    async def sweep(self, keep_jobs: timedelta) -> int:
        """Delete objects that no row names, and forget old jobs; return of how many originals there were objects."""
        await self._finish_begun()
        count = 0
        for prefix in (ORIGINALS, LADDERS):
            digests: set[str] = set()
            async for key in self._storage.list_keys(prefix):
                if digest := digest_of(key):
                    digests.add(digest)
                if len(digests) >= _BATCH:
                    count += await self._delete_strays(digests)
                    digests = set()
            count += await self._delete_strays(digests)
        await self._storage.drop_staged(now() - _UNFINISHED_AFTER)
        await self._db.write(job_rows.delete_ended, now() - keep_jobs)
        if count:
            log.info("swept objects that no track has", originals=count)
        return count

    async def _finish_begun(self) -> None:
        """Do what events told to do and could not, all their tries used up: storage may be away for long."""
        late = now() - _UNFINISHED_AFTER  # before that, whoever began may still be at it
        for marker in await self._db.read(repository.list_markers, late):
            await self._finish(marker)
        await self._db.write(repository.mark_begun, now())
        for track_id in await self._db.read(repository.list_unneeded, late):
            await self.release(track_id)
        after: str | None = None
        while track_ids := await self._db.read(repository.list_tracks, after, late, _BATCH):
            after = track_ids[-1]
            there = {track.id for track in await self._catalog.get_tracks(_EVERYTHING, track_ids)}
            for track_id in track_ids:
                if track_id not in there:
                    await self.release(track_id)

    async def _delete_strays(self, digests: set[str]) -> int:
        strays = digests - await self._db.read(repository.list_held, digests)
        for digest in sorted(strays):
            marker = TrackRow(track_id=new_id(), digest=digest, user_id=NOBODY, created_at=now())
            if await self._db.write(repository.hold_stray, marker):
                await self._finish(marker)
        return len(strays)

    async def _finish(self, marker: TrackRow) -> None:
        await delete_objects(self._storage, marker.digest)
        await self._db.write(repository.end_release, marker.track_id)

    async def _is_there(self, track: TrackRow) -> bool:
        return bool(await self._catalog.get_tracks(_EVERYTHING, [track.track_id]))

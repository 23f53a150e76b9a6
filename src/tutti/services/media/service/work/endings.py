"""How a job ends: with a track, or with a reason; each in one transaction, and only once."""

from typing import Any

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.db.database import Transaction
from tutti.services.media.api import FailureCode, TrackFailed, TrackReady, UploadState
from tutti.services.media.repository import jobs as job_rows
from tutti.services.media.repository import originals as original_rows
from tutti.services.media.repository import uploads as upload_rows
from tutti.services.media.repository.originals import OriginalRow
from tutti.services.media.repository.uploads import JobRow, UploadRow
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.work.refusals import Withdrawn

WORKED_ON: tuple[UploadState, ...] = ("uploaded", "processing")


class Endings:
    """Whoever ends a job first has ended it: our own worker, or another's report."""

    def __init__(self, db: Database, progress: Progress) -> None:
        self._db = db
        self._progress = progress

    async def begin(self, upload: UploadRow) -> UploadRow:
        """Say that an upload is being worked on; return it as it is then."""
        changes: dict[str, Any] = {"state": "processing"}
        await self._db.write(upload_rows.change_upload, upload.id, ("uploaded",), changes)
        self._progress.forget(upload.id)
        current = await self._db.read(upload_rows.find_upload, upload.id)
        return upload if current is None else current

    async def ready(self, job: JobRow, upload: UploadRow, original: OriginalRow, attempts: int) -> None:
        """The original and all that belongs to it are stored: tell so.

        Raises:
            Withdrawn: the original was released meanwhile.
        """
        async with self._db.transaction() as tx:
            if not await self._end(tx, job, upload, attempts, "done", None, {"state": "ready"}):
                return
            if not await tx.run(original_rows.complete, original):
                raise Withdrawn
            tx.publish(
                TrackReady(
                    track_id=upload.track_id,
                    upload_id=upload.id,
                    user_id=upload.user_id,
                    digest=original.digest,
                    duration_ms=original.duration_ms,
                    gain_db=original.gain_db,
                    peak=original.peak,
                )
            )
        await self._show(upload.id)

    async def failed(
        self,
        job: JobRow,
        upload: UploadRow,
        code: FailureCode,
        reason: str,
        *,
        attempts: int,
        error: str | None = None,
        duplicate_of: str | None = None,
    ) -> None:
        """Nothing is made of it. A job with an ``error`` is dead, and may be tried again by an admin."""
        changes: dict[str, Any] = {
            "state": "failed",
            "reason_code": code,
            "reason": reason,
            "duplicate_of": duplicate_of,
        }
        state = "done" if error is None else "dead"
        async with self._db.transaction() as tx:
            if not await self._end(tx, job, upload, attempts, state, error or reason, changes):
                return
            told = TrackFailed(
                track_id=upload.track_id, upload_id=upload.id, user_id=upload.user_id, code=code, reason=reason
            )
            tx.publish(told)
        await self._show(upload.id)

    async def withdrawn(self, job: JobRow, upload: UploadRow, attempts: int) -> None:
        """Its track was deleted by somebody who may: there is nothing to tell."""
        async with self._db.transaction() as tx:
            await self._end(tx, job, upload, attempts, "done", "The track was deleted.", {"state": "discarded"})
        await self._show(upload.id)

    async def _end(
        self,
        tx: Transaction,
        job: JobRow,
        upload: UploadRow,
        attempts: int,
        state: str,
        error: str | None,
        changes: dict[str, Any],
    ) -> bool:
        present = now()
        if not await tx.run(job_rows.end_job, job.id, state, error, attempts, present):
            return False
        return await tx.run(upload_rows.change_upload, upload.id, WORKED_ON, {**changes, "finished_at": present})

    async def _show(self, upload_id: str) -> None:
        self._progress.forget(upload_id)
        upload = await self._db.read(upload_rows.find_upload, upload_id)
        if upload is not None:
            self._progress.show(upload)

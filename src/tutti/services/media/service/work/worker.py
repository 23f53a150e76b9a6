"""The worker: takes jobs from the event log, one for each upload whose bytes have come."""

import asyncio

import structlog

from tutti.kit.audio.errors import AudioError
from tutti.kit.db import Database
from tutti.kit.errors import AppError
from tutti.kit.events.attempts import attempt_number, is_last_attempt
from tutti.kit.storage import Storage, StorageError
from tutti.kit.storage.errors import StorageAway
from tutti.services.media.api import TrackUploaded
from tutti.services.media.repository import jobs as job_rows
from tutti.services.media.repository import uploads as upload_rows
from tutti.services.media.repository.uploads import JobRow, UploadRow
from tutti.services.media.service.deleting import Deletion
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.work.board import Board
from tutti.services.media.service.work.endings import WORKED_ON, Endings
from tutti.services.media.service.work.making import Advance, Maker
from tutti.services.media.service.work.refusals import Refused, Withdrawn
from tutti.services.media.service.work.settings import WorkSettings

_ERROR_CHARACTERS = 2_000
_ENDED_WITH_PROCESS = "Each time, the server's process ended before the work did, or was taken for dead."

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.media.work")


class Worker:
    """Runs jobs."""

    def __init__(
        self,
        settings: WorkSettings,
        db: Database,
        storage: Storage,
        maker: Maker,
        endings: Endings,
        deletion: Deletion,
        progress: Progress,
        board: Board,
    ) -> None:
        self._settings = settings
        self._db = db
        self._storage = storage
        self._maker = maker
        self._endings = endings
        self._deletion = deletion
        self._progress = progress
        self._board = board

    async def on_track_uploaded(self, event: TrackUploaded) -> None:
        """Do a job, unless it has ended; then clear away what nobody needs any more. May be broken off anywhere.

        Raises:
            Exception: whatever failed, so that the log tries again; not on the last try.
        """
        job = await self._db.read(job_rows.find_job, event.job_id)
        upload = await self._db.read(upload_rows.find_upload, event.upload_id)
        if job is not None and upload is not None and job.state == "queued" and upload.state in WORKED_ON:
            await self._run(job, await self._endings.begin(upload))
        await self.tidy(event.upload_id)

    async def on_given_up(self, event: TrackUploaded) -> None:
        """End a job as dead that nothing is left to end: each of its tries ended with its process."""
        job = await self._db.read(job_rows.find_job, event.job_id)
        upload = await self._db.read(upload_rows.find_upload, event.upload_id)
        if job is None or upload is None or job.state != "queued" or upload.state not in WORKED_ON:
            return
        attempts = attempt_number()
        log.error("a job is dead", job_id=job.id, upload_id=upload.id, attempts=attempts, reason=_ENDED_WITH_PROCESS)
        reason = f"It was tried {attempts} times; an admin can try again. {_ENDED_WITH_PROCESS}"
        await self._endings.failed(job, upload, "FAILED", reason, attempts=attempts, error=_ENDED_WITH_PROCESS)
        await self.tidy(event.upload_id)

    async def tidy(self, upload_id: str) -> None:
        """Delete what is left over from an upload that has ended: its own copy of the bytes, or what was made of it."""
        upload = await self._db.read(upload_rows.find_upload, upload_id)
        if upload is None:
            return
        if upload.state == "ready":
            await self._storage.delete(upload.storage_key)
        elif upload.state in ("failed", "discarded"):
            await self._deletion.release(upload.track_id)

    async def _run(self, job: JobRow, upload: UploadRow) -> None:
        attempts = attempt_number()
        async with self._board.showing(job.id) as under_way:

            def advance(share: float) -> None:
                under_way.share = share
                self._progress.advance(upload, share)

            try:
                await self._make(job, upload, attempts, advance)
            except Exception as error:  # noqa: BLE001  whatever it is may pass: the log tries again, up to the last try
                await self._stumbled(job, upload, error, attempts)

    async def _make(self, job: JobRow, upload: UploadRow, attempts: int, advance: Advance) -> None:
        try:
            advance(0.0)
            async with asyncio.timeout(self._settings.timeout_s):
                original = await self._maker.make(upload, advance)
                await self._endings.ready(job, upload, original, attempts)
        except Refused as refused:
            await self._endings.failed(
                job, upload, refused.code, refused.reason, attempts=attempts, duplicate_of=refused.duplicate_of
            )
        except Withdrawn:
            await self._endings.withdrawn(job, upload, attempts)

    async def _stumbled(self, job: JobRow, upload: UploadRow, error: Exception, attempts: int) -> None:
        said = f"{type(error).__name__}: {error}".strip(": ")[:_ERROR_CHARACTERS]
        why = _in_words(error) or said.partition("\n")[0]
        if not is_last_attempt():
            await self._db.write(job_rows.note_failure, job.id, said, attempts)
            raise error
        log.error("a job is dead", job_id=job.id, upload_id=upload.id, attempts=attempts, exc_info=error)
        reason = f"It failed {attempts} times; an admin can try again. The last time: {why}"
        await self._endings.failed(job, upload, "FAILED", reason, attempts=attempts, error=said)


def _in_words(error: Exception) -> str:
    """Say for the uploader what went wrong, where that is known; a storage's own words fill pages."""
    if isinstance(error, StorageError | StorageAway):
        return "The storage did not answer, or refused what was asked of it."
    if isinstance(error, TimeoutError):
        return "It took longer than it may."
    return str(error) if isinstance(error, AppError | AudioError) else ""

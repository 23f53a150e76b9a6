"""Jobs as admins see them, and as programs elsewhere report them."""

from uuid import UUID

import msgspec

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.errors import Invalid
from tutti.kit.paging import Page, decode_cursor, encode_cursor
from tutti.kit.storage import Storage
from tutti.services.media.api import Job, JobNotDead, JobNotFound, JobReport, JobState, MadeOriginal
from tutti.services.media.repository import jobs as repository
from tutti.services.media.repository import uploads as upload_rows
from tutti.services.media.repository.jobs import JobListing
from tutti.services.media.repository.originals import OriginalRow
from tutti.services.media.repository.uploads import JobRow, UploadRow
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.uploads.completing import told
from tutti.services.media.service.work.board import Board, UnderWay
from tutti.services.media.service.work.endings import WORKED_ON, Endings
from tutti.services.media.service.work.looking import hash_file
from tutti.services.media.service.work.making import Maker
from tutti.services.media.service.work.places import Desk, ladder_prefix, original_key, waveform_key
from tutti.services.media.service.work.refusals import Refused, Withdrawn
from tutti.services.media.service.work.worker import Worker

_STORED_STATES = ("queued", "done", "dead")


class Jobs:
    """Use cases of admins, and of programs elsewhere that do the work."""

    def __init__(
        self,
        db: Database,
        storage: Storage,
        worker: Worker,
        maker: Maker,
        endings: Endings,
        progress: Progress,
        desk: Desk,
        board: Board,
    ) -> None:
        self._db = db
        self._storage = storage
        self._worker = worker
        self._maker = maker
        self._endings = endings
        self._progress = progress
        self._desk = desk
        self._board = board

    async def list_(self, state: JobState | None, cursor: str | None, limit: int) -> Page[Job]:
        """Return the jobs, newest first; those ``running`` run in some copy.

        Raises:
            BadCursor: the cursor is of another list.
        """
        scope = f"media jobs {state or ''}"
        key = decode_cursor(scope, cursor, (UUID,))
        states = ("queued",) if state == "running" else _STORED_STATES if state is None else (state,)
        running = await self._board.list_running()
        only = list(running) if state == "running" else None
        rows = await self._db.read(repository.list_jobs, states, only, key, limit)
        more = encode_cursor(scope, (rows[limit - 1].job.id,)) if len(rows) > limit else None
        return Page([_shown(row, running.get(row.job.id)) for row in rows[:limit]], more)

    async def retry(self, job_id: str) -> Job:
        """Let a dead job begin anew, with all its tries.

        Raises:
            JobNotFound: there is no such job.
            JobNotDead: it was not given up, or its upload is gone.
        """
        job = await self._db.read(repository.find_job, job_id)
        if job is None:
            raise JobNotFound("There is no such job.")
        again = {"state": "uploaded", "reason_code": None, "reason": None, "finished_at": None}
        async with self._db.transaction() as tx:
            if not await tx.run(repository.requeue, job_id):
                raise JobNotDead("Only a job that was given up can be tried again.", state=job.state)
            if not await tx.run(upload_rows.change_upload, job.upload_id, ("failed",), again):
                raise JobNotDead("The upload was discarded meanwhile, or is being worked on by another job.")
            tx.publish(told(job))
        upload = await self._db.read(upload_rows.find_upload, job.upload_id)
        if upload is not None:
            self._progress.show(upload)
        (row,) = await self._db.read(repository.list_jobs, _STORED_STATES, [job_id], None, 1)
        return _shown(row, None)

    async def report(self, report: JobReport) -> None:
        """End a job as our own worker would; one that has ended already stays as it is.

        Raises:
            JobNotFound: there is no such job.
            Invalid: the report lacks what it needs, or names objects that are not there.
        """
        job = await self._db.read(repository.find_job, report.job_id)
        upload = None if job is None else await self._db.read(upload_rows.find_upload, job.upload_id)
        if job is None or upload is None:
            raise JobNotFound("There is no such job.")
        if job.state == "queued" and upload.state in WORKED_ON:
            await self._end(job, upload, report)
        await self._worker.tidy(upload.id)

    async def _end(self, job: JobRow, upload: UploadRow, report: JobReport) -> None:
        attempts = job.attempts + 1
        if not report.ok:
            if report.reason is None:
                raise Invalid("A job that failed needs a reason.")
            await self._endings.failed(job, upload, report.code, report.reason, attempts=attempts)
            return
        if report.original is None:
            raise Invalid("A job that went well needs the original that was made.")
        try:
            original = await self._adopt(upload, report.original)
            await self._endings.ready(job, upload, original, attempts)
        except Refused as refused:
            await self._endings.failed(
                job, upload, refused.code, refused.reason, attempts=attempts, duplicate_of=refused.duplicate_of
            )
        except Withdrawn:
            await self._endings.withdrawn(job, upload, attempts)

    async def _adopt(self, upload: UploadRow, made: MadeOriginal) -> OriginalRow:
        """Take over what another program made; the rows come before it is looked for, so that no sweep takes it."""
        async with self._desk.corner() as corner:
            path = await self._desk.locate(upload.storage_key, corner)
            if await hash_file(path) != made.digest:
                raise Refused("CHECKSUM_MISMATCH", "The file is not the one that was worked on; upload it again.")
            await self._maker.add_to_catalogue(upload, made.digest, made.extension, made.mime, path)
            held = await self._maker.hold(upload, _describe(made, path.stat().st_size))
            await self._check_objects(made)
            await self._maker.store_original(held, path)
        return held if held.ladder is not None else msgspec.structs.replace(held, ladder=list(made.rungs))

    async def _check_objects(self, made: MadeOriginal) -> None:
        prefix = ladder_prefix(made.digest)
        wanted = [waveform_key(made.digest), *(f"{prefix}{rung}/init.mp4" for rung in made.rungs)]
        missing = [key for key in wanted if not await self._storage.find_size(key)]
        if missing:
            raise Invalid("Store what was made first, then report it.", missing=missing)


def _shown(row: JobListing, under_way: UnderWay | None) -> Job:
    job = row.job
    running = under_way if job.state == "queued" else None
    return Job(
        id=job.id,
        upload_id=job.upload_id,
        track_id=job.track_id,
        user_id=job.user_id,
        filename=row.filename,
        state=job.state if running is None else "running",
        progress=running.share if running is not None else float(job.state == "done"),
        error=job.error,
        attempts=job.attempts,
        created_at=job.created_at,
        started_at=None if running is None else running.started_at,
        finished_at=job.finished_at,
    )


def _describe(made: MadeOriginal, size_bytes: int) -> OriginalRow:
    return OriginalRow(
        digest=made.digest,
        storage_key=original_key(made.digest, made.extension),
        size_bytes=size_bytes,
        mime=made.mime,
        codec=made.codec,
        container=made.container,
        sample_rate_hz=made.sample_rate_hz,
        channels=made.channels,
        bit_rate_kbps=made.bit_rate_kbps,
        lossless=made.lossless,
        duration_ms=round(made.total_samples * 1000 / made.sample_rate_hz),
        total_samples=made.total_samples,
        created_at=now(),
        loudness_lufs=made.loudness_lufs,
        true_peak_db=made.true_peak_db,
        gain_db=made.gain_db,
        peak=made.peak,
        encoder_delay=made.encoder_delay,
        encoder_padding=made.encoder_padding,
        silence_start_ms=made.silence_start_ms,
        silence_end_ms=made.silence_end_ms,
    )

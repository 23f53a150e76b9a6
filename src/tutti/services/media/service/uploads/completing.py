"""The end of an upload: its bytes are there, and work on them begins, once."""

import structlog

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.kit.storage import Incoming, Storage, StorageError
from tutti.kit.storage.errors import StorageAway
from tutti.services.media.api import TrackUploaded, Upload, UploadClosed, UploadIncomplete, UploadNotFound
from tutti.services.media.repository import uploads as repository
from tutti.services.media.repository.uploads import JobRow, UploadRow
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.uploads.beginning import INCOMING
from tutti.services.media.service.uploads.parts import every_part
from tutti.services.media.service.uploads.shown import shown

_RETRY_S = 5
_NAMED_PARTS = 20

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.media")


class Completion:
    """Both ways of learning that bytes have come: from the uploader, and from the storage."""

    def __init__(self, db: Database, storage: Storage, incoming: Incoming, progress: Progress) -> None:
        self._db = db
        self._storage = storage
        self._incoming = incoming
        self._progress = progress

    async def complete(self, identity: Identity, upload_id: str) -> Upload:
        """Begin work on an upload of one's own; one that was completed before is answered as it is now.

        Raises:
            UploadNotFound: it is not theirs.
            UploadIncomplete: bytes are missing; send them and ask again.
            UploadClosed: it was discarded.
        """
        upload = await self._db.read(repository.find_upload, upload_id, identity.user_id)
        if upload is None:
            raise UploadNotFound("You have no such upload.")
        if upload.state == "discarded":
            raise UploadClosed("This upload was discarded; begin another.", state=upload.state)
        (completed,) = await shown([await self._complete(upload)], self._progress)
        return completed

    async def hear_of(self, key: str) -> None:
        """The storage says that there is an object ``key``; what is none of an upload that waits is no news."""
        upload_id = key.removeprefix(INCOMING)
        upload = await self._db.read(repository.find_upload, upload_id) if key.startswith(INCOMING) else None
        if upload is None or upload.storage_key != key:
            return
        try:
            await self._complete(upload)
        except UploadIncomplete:
            log.warning("the storage tells of an object that it does not have", upload_id=upload_id)

    async def _complete(self, upload: UploadRow) -> UploadRow:
        if upload.state == "waiting":
            size_bytes = await self._gather(upload)
            if size_bytes == upload.size_bytes:
                await self._begin_work(upload)
            else:
                await self._fail(upload, size_bytes)
        current = await self._db.read(repository.find_upload, upload.id)
        return upload if current is None else current

    async def _gather(self, upload: UploadRow) -> int:
        """Return the length of the object, put together if it came in parts."""
        size_bytes = await self._find_size(upload.storage_key)
        if size_bytes is None and upload.multipart_id is not None:
            await self._put_together(upload, upload.multipart_id)
            size_bytes = await self._find_size(upload.storage_key)
        if size_bytes is None:
            raise UploadIncomplete("The file has not come yet; send it and complete the upload then.")
        return size_bytes

    async def _put_together(self, upload: UploadRow, multipart_id: str) -> None:
        parts = list(every_part(upload))
        there = set(await self._incoming.list_parts(upload.storage_key, multipart_id))
        missing = [part.number for part in parts if part not in there]
        if missing and await self._find_size(upload.storage_key) is None:  # nobody else put it together meanwhile
            raise UploadIncomplete(
                f"{len(missing)} of {len(parts)} parts have not come yet; send them and complete the upload then.",
                missing=missing[:_NAMED_PARTS],
            )
        if not missing:
            await self._incoming.complete_multipart(upload.storage_key, multipart_id, parts)

    async def _begin_work(self, upload: UploadRow) -> None:
        """Once, whoever comes first: the state decides, inside the transaction that tells of it."""
        present = now()
        job = JobRow(
            id=new_id(), track_id=upload.track_id, upload_id=upload.id, user_id=upload.user_id, created_at=present
        )
        async with self._db.transaction() as tx:
            changes = {"state": "uploaded", "completed_at": present}
            begun = await tx.run(repository.change_upload, upload.id, ["waiting"], changes)
            if begun:
                await tx.run(repository.insert_job, job)
                tx.publish(told(job))
        if begun:
            await self._show(upload)

    async def _fail(self, upload: UploadRow, size_bytes: int) -> None:
        reason = (
            f"{upload.size_bytes:,} bytes were announced, and {size_bytes:,} came. Is the file still being written?"
        )
        changes = {"state": "failed", "reason_code": "SIZE_MISMATCH", "reason": reason, "finished_at": now()}
        if await self._db.write(repository.change_upload, upload.id, ["waiting"], changes):
            await self._storage.delete(upload.storage_key)
            await self._show(upload)

    async def _show(self, upload: UploadRow) -> None:
        current = await self._db.read(repository.find_upload, upload.id)
        if current is not None:
            self._progress.show(current)

    async def _find_size(self, key: str) -> int | None:
        try:
            return await self._storage.find_size(key)
        except StorageError as error:
            log.warning("the object storage does not answer", error=repr(error))
            raise StorageAway("The storage does not answer; try again soon.", retry_after_s=_RETRY_S) from error


def told(job: JobRow) -> TrackUploaded:
    """Return the event that sets a worker to a job."""
    return TrackUploaded(track_id=job.track_id, upload_id=job.upload_id, user_id=job.user_id, job_id=job.id)

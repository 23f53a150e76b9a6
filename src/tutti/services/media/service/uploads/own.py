"""One's own uploads: looked at, given up, or kept although they are there twice."""

from datetime import datetime
from typing import Any
from uuid import UUID

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.kit.paging import Page, decode_cursor, encode_cursor
from tutti.kit.storage import Incoming, Storage
from tutti.services.media.api import NotADuplicate, Upload, UploadNotFound, UploadState, UploadUnderWay
from tutti.services.media.repository import uploads as repository
from tutti.services.media.repository.uploads import JobRow, UploadRow
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.uploads.beginning import INCOMING
from tutti.services.media.service.uploads.completing import told
from tutti.services.media.service.uploads.shown import shown

_SHOWN: tuple[UploadState, ...] = ("waiting", "uploaded", "processing", "ready", "failed")
_GIVEN_UP_FROM: tuple[UploadState, ...] = ("waiting", "failed")


class OwnUploads:
    """Use cases of the uploader after an upload has begun."""

    def __init__(self, db: Database, storage: Storage, incoming: Incoming, progress: Progress) -> None:
        self._db = db
        self._storage = storage
        self._incoming = incoming
        self._progress = progress

    async def get(self, identity: Identity, upload_id: str) -> Upload:
        """Return an upload of one's own.

        Raises:
            UploadNotFound: it is not theirs.
        """
        (upload,) = await shown([await self._get(identity, upload_id)], self._progress)
        return upload

    async def list_(
        self, identity: Identity, state: UploadState | None, cursor: str | None, limit: int
    ) -> Page[Upload]:
        """Return one's uploads, newest first; those discarded only where asked for.

        Raises:
            BadCursor: the cursor is of another list.
        """
        scope = f"uploads {state or ''}"
        states = _SHOWN if state is None else (state,)
        key = decode_cursor(scope, cursor, (UUID,))
        rows = await self._db.read(repository.list_uploads, identity.user_id, states, key, limit)
        more = encode_cursor(scope, (rows[limit - 1].id,)) if len(rows) > limit else None
        return Page(await shown(rows[:limit], self._progress), more)

    async def discard(self, identity: Identity, upload_id: str) -> None:
        """Give an upload up, with all that has come of it; once more is no error.

        Raises:
            UploadNotFound: it is not theirs.
            UploadUnderWay: it is being worked on, or has become a track.
        """
        upload = await self._get(identity, upload_id)
        changes: dict[str, Any] = {"state": "discarded", "finished_at": now()}
        changed = await self._db.write(repository.change_upload, upload.id, _GIVEN_UP_FROM, changes)
        current = upload if changed else await self._get(identity, upload_id)
        if not changed and current.state != "discarded":
            raise UploadUnderWay(
                "This upload is a track by now: delete the track."
                if current.state == "ready"
                else "This upload is being worked on; wait for its end.",
                state=current.state,
            )
        # After the row, so that no more bytes come; what a crash leaves here is swept.
        await clear(self._storage, self._incoming, upload)
        self._progress.forget(upload.id)
        if changed:
            await self._show(upload.id)

    async def keep(self, identity: Identity, upload_id: str) -> Upload:
        """Make a track of an upload although its audio is there already.

        Raises:
            UploadNotFound: it is not theirs.
            NotADuplicate: that is not why it failed, or it did not fail.
        """
        upload = await self._get(identity, upload_id)
        if upload.state != "failed" or upload.reason_code != "DUPLICATE":
            raise NotADuplicate("Only an upload that failed as a duplicate can be kept.", state=upload.state)
        await self._work_again(upload, now())
        await self._show(upload.id)
        return await self.get(identity, upload_id)

    async def _work_again(self, upload: UploadRow, present: datetime) -> None:
        job = JobRow(
            id=new_id(), track_id=upload.track_id, upload_id=upload.id, user_id=upload.user_id, created_at=present
        )
        changes: dict[str, Any] = {
            "state": "uploaded",
            "keep_duplicate": True,
            "reason_code": None,
            "reason": None,
            "duplicate_of": None,
            "finished_at": None,
        }
        async with self._db.transaction() as tx:
            if await tx.run(repository.change_upload, upload.id, ["failed"], changes):
                await tx.run(repository.insert_job, job)
                tx.publish(told(job))

    async def _show(self, upload_id: str) -> None:
        """Let other pages of the uploader know."""
        upload = await self._db.read(repository.find_upload, upload_id)
        if upload is not None:
            self._progress.show(upload)

    async def _get(self, identity: Identity, upload_id: str) -> UploadRow:
        upload = await self._db.read(repository.find_upload, upload_id, identity.user_id)
        if upload is None:
            raise UploadNotFound("You have no such upload.")
        return upload


async def clear(storage: Storage, incoming: Incoming, upload: UploadRow) -> None:
    """Delete what has come of an upload that is to be no track; nothing there is no error.

    An original that was stored of it meanwhile is not touched: others may point at it.
    """
    key = INCOMING + upload.id
    await incoming.abort(key, upload.multipart_id)
    await storage.delete(key)

"""Uploads until their bytes have come: permitted, addressed, resumed."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.errors import Unavailable
from tutti.kit.ids import new_id
from tutti.kit.storage import Address, Incoming
from tutti.services.media.api import (
    NewUpload,
    PartAddress,
    PartsDone,
    StoredPart,
    UploadClosed,
    UploadNotFound,
    UploadRequest,
)
from tutti.services.media.repository import uploads as repository
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.uploads import limits
from tutti.services.media.service.uploads.filenames import clean_filename
from tutti.services.media.service.uploads.parts import count_parts, every_part, part_bytes_for, part_of
from tutti.services.media.service.uploads.settings import UploadsSettings
from tutti.services.media.service.uploads.shown import addressed

INCOMING = "incoming/"


class Beginnings:
    """Use cases of uploads that wait for bytes."""

    def __init__(self, settings: UploadsSettings, db: Database, incoming: Incoming, presigned: timedelta) -> None:
        """``presigned`` is how long an address is good."""
        self._settings = settings
        self._db = db
        self._incoming = incoming
        self._presigned = presigned

    async def begin(self, identity: Identity, request: UploadRequest) -> NewUpload:
        """Let somebody send a file, and say where to.

        Raises:
            FilenameUnusable, ContentTypeRefused, UploadTooLarge, QuotaExceeded, TooManyUploads: it is not taken.
        """
        upload = self._planned(identity, request)
        quota = limits.quota_bytes(self._settings, identity)
        async with self._db.transaction() as tx:
            await tx.run(repository.lock_uploads_of, identity.user_id)
            begun, first = await tx.run(repository.count_since, identity.user_id, upload.created_at - limits.DAY)
            limits.check_day(self._settings, begun, first, upload.created_at)
            limits.check_quota(quota, await tx.run(repository.sum_stored_bytes, identity.user_id), upload.size_bytes)
            await tx.run(repository.insert_upload, upload)
        if upload.part_bytes is not None:
            upload = await self._in_parts(upload)
        return addressed(upload, self._address(upload))

    async def address(self, identity: Identity, upload_id: str) -> NewUpload:
        """Say again where the bytes go, by a new address.

        Raises:
            UploadNotFound: it is not theirs.
            UploadClosed: it takes no more bytes.
        """
        upload = await self._waiting(identity, upload_id)
        return addressed(upload, self._address(upload))

    async def sign_parts(self, identity: Identity, upload_id: str, numbers: Sequence[int]) -> list[PartAddress]:
        """Say where parts go, in the order asked.

        Raises:
            UploadNotFound, UploadClosed: as for `address`.
            PartOutOfRange: there is no such part.
        """
        upload = await self._waiting(identity, upload_id)
        return [self._part_address(upload, number) for number in numbers]

    async def list_parts(self, identity: Identity, upload_id: str) -> PartsDone:
        """Say which parts are there, whole.

        Raises:
            UploadNotFound, UploadClosed: as for `address`.
            PartOutOfRange: it comes in one piece.
        """
        upload = await self._waiting(identity, upload_id)
        whole = part_of(upload, 1)
        there = set(await self._incoming.list_parts(upload.storage_key, upload.multipart_id or ""))
        done = [StoredPart(part.number, part.size_bytes) for part in every_part(upload) if part in there]
        return PartsDone(part_bytes=whole.size_bytes, part_count=count_parts(upload) or 1, parts=done)

    def _planned(self, identity: Identity, request: UploadRequest) -> UploadRow:
        filename = clean_filename(request.filename)
        content_type = limits.content_type_of(request)
        limits.check_kind(self._settings, filename, content_type)
        limits.check_size(self._settings, request.size_bytes)
        upload_id, present = new_id(), now()
        return UploadRow(
            id=upload_id,
            user_id=identity.user_id,
            filename=filename,
            size_bytes=request.size_bytes,
            content_type=content_type,
            sha256=request.sha256,
            state="waiting",
            track_id=new_id(),
            storage_key=INCOMING + upload_id,
            part_bytes=part_bytes_for(self._settings, request.size_bytes),
            created_at=present,
            expires_at=present + timedelta(seconds=self._settings.complete_within_s),
        )

    async def _in_parts(self, upload: UploadRow) -> UploadRow:
        """Begin the object; after the row, so that what a crash leaves belongs to an upload that is swept."""
        try:
            multipart_id = await self._incoming.start_multipart(upload.storage_key, upload.content_type)
        except (Unavailable, asyncio.CancelledError):
            await asyncio.shield(self._db.write(repository.delete_uploads, [upload.id]))
            raise
        await self._db.write(repository.change_upload, upload.id, ["waiting"], {"multipart_id": multipart_id})
        return msgspec.structs.replace(upload, multipart_id=multipart_id)

    async def _waiting(self, identity: Identity, upload_id: str) -> UploadRow:
        upload = await self._db.read(repository.find_upload, upload_id, identity.user_id)
        if upload is None:
            raise UploadNotFound("You have no such upload.")
        check_open(upload, now())
        return upload

    def _address(self, upload: UploadRow) -> Address | None:
        if upload.part_bytes is not None:
            return None
        return self._incoming.presign_put(
            upload.storage_key,
            self._lifetime(upload),
            size_bytes=upload.size_bytes,
            content_type=upload.content_type,
            sha256=upload.sha256,
        )

    def _part_address(self, upload: UploadRow, number: int) -> PartAddress:
        part = part_of(upload, number)
        address = self._incoming.presign_part(
            upload.storage_key, self._lifetime(upload), multipart_id=upload.multipart_id or "", part=part
        )
        return PartAddress(
            number=number,
            size_bytes=part.size_bytes,
            url=address.url,
            method="PUT",
            headers=address.headers,
            expires_at=address.expires_at,
        )

    def _lifetime(self, upload: UploadRow) -> timedelta:
        return min(self._presigned, upload.expires_at - now())


def check_open(upload: UploadRow, present: datetime) -> None:
    """Let pass an upload that waits for its bytes.

    Raises:
        UploadClosed: it does not (any more).
    """
    if upload.state != "waiting":
        raise UploadClosed(f"This upload takes no more bytes: it is {upload.state}.", state=upload.state)
    if upload.expires_at <= present:
        raise UploadClosed("This upload was not completed in time; begin another.", state="expired")

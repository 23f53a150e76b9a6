"""The bytes themselves, where this server is the storage."""

from collections.abc import AsyncIterator

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.storage import LocalIncoming
from tutti.services.media.api import (
    ContentTypeRefused,
    LengthMismatch,
    LengthRequired,
    PartOutOfRange,
    UploadNotFound,
    UploadTooLarge,
)
from tutti.services.media.repository import uploads as repository
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.uploads.beginning import INCOMING, check_open
from tutti.services.media.service.uploads.parts import offset_of, part_of


class Intake:
    """Takes bodies at signed addresses; what can be refused is refused before the first byte is read."""

    def __init__(self, db: Database, incoming: LocalIncoming | None) -> None:
        """``incoming`` is None where a store of objects takes the bytes."""
        self._db = db
        self._incoming = incoming

    async def take(
        self, upload_id: str, signature: str, length: int | None, content_type: str, body: AsyncIterator[bytes]
    ) -> None:
        """Take a whole file of ``length`` bytes (Content-Length).

        Raises:
            AddressAltered, AddressExpired: not at this address.
            UploadNotFound, UploadClosed, PartOutOfRange: the upload takes no such bytes.
            ContentTypeRefused, LengthRequired, UploadTooLarge, LengthMismatch: they are not what was announced.
            BodyCut, BodyStalled, SentAgain, StorageFull: they did not come, or found no room.
        """
        incoming, upload = await self._find(upload_id, None, signature)
        if upload.part_bytes is not None:
            raise PartOutOfRange("This upload comes in parts; ask for their addresses.")
        if content_type.partition(";")[0].strip().lower() != upload.content_type:
            raise ContentTypeRefused(f"{upload.content_type} was announced; send it with this type.")
        _check_length(length, upload.size_bytes)
        await incoming.receive(upload.storage_key, upload.size_bytes, body)

    async def take_part(
        self, upload_id: str, number: int, signature: str, length: int | None, body: AsyncIterator[bytes]
    ) -> None:
        """Take one part; raises as `take` does."""
        incoming, upload = await self._find(upload_id, number, signature)
        part = part_of(upload, number)
        _check_length(length, part.size_bytes)
        await incoming.receive_part(upload.storage_key, part, offset_of(upload, number), body)

    async def _find(self, upload_id: str, number: int | None, signature: str) -> tuple[LocalIncoming, UploadRow]:
        if self._incoming is None:
            raise UploadNotFound("Bytes are not sent to this server; ask for the address of the upload.")
        self._incoming.check(INCOMING + upload_id, number, signature)
        upload = await self._db.read(repository.find_upload, upload_id)
        if upload is None:
            raise UploadNotFound("There is no such upload.")
        check_open(upload, now())
        return self._incoming, upload


def _check_length(length: int | None, size_bytes: int) -> None:
    if length is None:
        raise LengthRequired("Say in Content-Length how long the body is.")
    if length > size_bytes:
        raise UploadTooLarge(f"{size_bytes} bytes were announced, and {length} would come.", max_bytes=size_bytes)
    if length < size_bytes:
        raise LengthMismatch(f"{size_bytes} bytes were announced, and only {length} would come.", size_bytes=size_bytes)

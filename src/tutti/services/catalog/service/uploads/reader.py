"""Has an uploaded file read by a confined process."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from hashlib import file_digest
from pathlib import Path

import msgspec
import structlog

from tutti.kit.confined import Limits, Overstepped, ask_confined
from tutti.kit.storage import Storage
from tutti.services.catalog.api import NotAudio, UploadedAudio
from tutti.services.catalog.repository.scanned import ScannedFile
from tutti.services.catalog.service.covers.vetted import Vetted
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.service.uploads.naming import plain_name
from tutti.services.catalog.service.uploads.reading import ReadUpload, UploadToRead

_PROGRAM = "tutti.services.catalog.service.uploads.program"
_ANSWER_BYTES = 2 * MAX_COVER_BYTES  # the cover, and text that a file may hold
_decoder = msgspec.msgpack.Decoder(ReadUpload)

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.uploads")


class BytesChanged(Exception):
    """Somebody put other bytes under a key meanwhile; whoever looked into those before has to look again."""


class UploadReader:
    """Reads uploads, one process for each."""

    def __init__(self, storage: Storage, settings: CatalogSettings) -> None:
        self._storage = storage
        self._rules = settings.tag_rules
        self._limits = Limits(
            memory_bytes=settings.upload_memory_bytes,
            cpu_s=settings.upload_cpu_s,
            wall_s=settings.read_timeout_s,
            output_bytes=_ANSWER_BYTES,
        )

    async def read(self, audio: UploadedAudio) -> tuple[ScannedFile, Vetted | None]:
        """Return what to write of an upload, and its cover where it has one that can be shown.

        Raises:
            NotAudio: it cannot be read as audio.
            FileNotFoundError: its bytes are neither at its path nor in storage.
            BytesChanged: what is in storage is not what was looked into.
        """
        async with self._local(audio) as path:
            asked = UploadToRead(
                path=str(path),
                filename=plain_name(audio.filename),
                mime=audio.mime,
                track_id=audio.track_id,
                user_id=audio.user_id,
                rules=self._rules,
            )
            found = await self._ask(asked)
        if found.file is None:
            reason = found.reason or "it cannot be read"
            raise NotAudio(f"This file cannot be taken in: {reason}.", reason=reason)
        return found.file, found.cover

    async def _ask(self, asked: UploadToRead) -> ReadUpload:
        try:
            return await self._ask_once(asked)
        except Overstepped as error:
            log.warning("an upload is read again without its cover", track_id=asked.track_id, reason=str(error))
        try:
            return await self._ask_once(msgspec.structs.replace(asked, with_cover=False))
        except Overstepped as error:
            return ReadUpload(reason=f"damaged: {error}")

    async def _ask_once(self, asked: UploadToRead) -> ReadUpload:
        return _decoder.decode(await ask_confined(_PROGRAM, msgspec.msgpack.encode(asked), self._limits))

    @asynccontextmanager
    async def _local(self, audio: UploadedAudio) -> AsyncGenerator[Path, None]:
        given = None if audio.path is None else Path(audio.path)
        if given is not None and await asyncio.to_thread(given.is_file):
            yield given
            return
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="tutti-upload-")
        try:
            yield await self._keep(audio, Path(folder.name) / "upload")
        finally:
            await asyncio.to_thread(folder.cleanup)

    async def _keep(self, audio: UploadedAudio, path: Path) -> Path:
        for key in filter(None, (audio.bytes_key, audio.storage_key)):
            if await self._storage.keep(key, path):
                if await asyncio.to_thread(_digest_of, path) != audio.digest:
                    raise BytesChanged(f"{key} holds other bytes than those that were looked into")
                return path
        raise FileNotFoundError(f"{audio.storage_key} is not in storage")


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()

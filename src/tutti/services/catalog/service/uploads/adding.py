"""Makes tracks of uploaded files, and lets their uploaders correct them."""

from tutti.kit.clock import now
from tutti.kit.db import Database, Transaction
from tutti.kit.storage import Storage
from tutti.services.catalog.api import (
    AddedUpload,
    LibraryChanged,
    TrackChanged,
    TrackNotFound,
    UploadedAudio,
    UploadTags,
    UploadWithdrawn,
)
from tutti.services.catalog.repository import covers, uploads
from tutti.services.catalog.repository.presence import purge_tracks
from tutti.services.catalog.repository.scanned import ScannedFile, TrackColumns
from tutti.services.catalog.repository.uploads import NewUpload, SameAudio, UploadRow
from tutti.services.catalog.service.covers.uploads import as_uploaded, upload_key
from tutti.services.catalog.service.covers.vetted import Vetted
from tutti.services.catalog.service.keys import sort_key
from tutti.services.catalog.service.uploads.correcting import correct
from tutti.services.catalog.service.uploads.reader import UploadReader
from tutti.services.catalog.tables import FAILED, READY


class AddingService:
    """What media asks of the catalogue."""

    def __init__(self, db: Database, storage: Storage, reader: UploadReader) -> None:
        self._db = db
        self._storage = storage
        self._reader = reader

    async def add(self, audio: UploadedAudio) -> AddedUpload:
        """Make a track of a file; see `Catalog.add_uploaded`.

        Raises:
            NotAudio: the file cannot be read as audio.
            UploadWithdrawn: the track was deleted meanwhile.
            FileNotFoundError: its bytes are neither at the path nor in storage.
        """
        there = _there(audio.track_id, await self._db.read(uploads.find_upload, audio.track_id))
        if there is not None:
            return there
        file, cover = await self._reader.read(audio)
        if cover is not None:
            await self._storage.put(upload_key(cover.id), cover.plain)  # before the row that points at it
        async with self._db.transaction() as tx:
            return await self._write(tx, audio, file, cover)

    async def edit(self, track_id: str, user_id: str, tags: UploadTags) -> None:
        """Change what a track says; see `Catalog.edit_uploaded`.

        Raises:
            TrackNotFound: this user uploaded no such track, or it is gone.
        """
        async with self._db.transaction() as tx:
            row = await tx.run(uploads.find_upload, track_id)
            if row is None or row.withdrawn or row.uploader_id != user_id or row.state == FAILED:
                raise TrackNotFound("There is no such upload of yours.", track_id=track_id)
            await correct(tx, track_id, tags, uploader_id=user_id, user_id=user_id, at=now())
            if row.state == READY:  # nobody was told of another yet
                tx.publish(
                    TrackChanged(track_id=track_id, library_id=row.library_id),
                    LibraryChanged(library_id=row.library_id),
                )

    async def _write(
        self, tx: Transaction, audio: UploadedAudio, file: ScannedFile, cover: Vetted | None
    ) -> AddedUpload:
        at = now()
        library_id = await tx.run(uploads.ensure_library, at)
        row = await tx.run(uploads.find_upload, audio.track_id)
        there = _there(audio.track_id, row)  # another attempt at the same time may have been faster
        if there is not None:
            return there
        if row is not None:
            await tx.run(purge_tracks, [audio.track_id])
        if not audio.keep_duplicate:
            same = await tx.run(uploads.find_same_audio, file.fingerprint, audio.track_id, audio.user_id)
            if same is not None:
                return _added(audio.track_id, same, duplicate_of=same.track_id)
        if cover is not None:
            await tx.run(covers.insert_uploaded, as_uploaded(cover))
        new = NewUpload(
            track_id=audio.track_id,
            uploader_id=audio.user_id,
            storage_key=audio.storage_key,
            digest=audio.digest,
            file=file,
        )
        await tx.run(uploads.insert_upload, library_id, new, sort_key, at)
        if audio.tags is not None:
            user_id = audio.user_id
            await correct(tx, audio.track_id, audio.tags, uploader_id=user_id, user_id=user_id, at=at)
        return _added(audio.track_id, file.columns)


def _there(track_id: str, row: UploadRow | None) -> AddedUpload | None:
    """What was added before; None where nothing was, or where it failed since."""
    if row is None or row.state == FAILED:
        return None
    if row.withdrawn or row.state is None:
        raise UploadWithdrawn("This track was deleted; upload the file again if you want it back.", track_id=track_id)
    return _added(track_id, row)


def _added(
    track_id: str, track: TrackColumns | UploadRow | SameAudio, *, duplicate_of: str | None = None
) -> AddedUpload:
    return AddedUpload(
        track_id=track_id,
        duplicate_of=duplicate_of,
        title=track.title or "",
        artist_name=track.artist_name or "",
        duration_ms=track.duration_ms or 0,
    )

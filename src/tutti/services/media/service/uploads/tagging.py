"""What an uploader says of a track, before it is one and afterwards."""

from typing import Any

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.db import Database
from tutti.services.catalog.api import Catalog, TrackNotFound, UploadTags
from tutti.services.media.api import Upload, UploadClosed, UploadNotFound, UploadState
from tutti.services.media.repository import uploads as repository
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.uploads.shown import shown

_TAGGED_IN: tuple[UploadState, ...] = ("waiting", "uploaded", "processing", "ready", "failed")


class Tagging:
    """Keeps tags with the upload, from where the worker takes them; the catalogue is told once it has the track."""

    def __init__(self, db: Database, catalog: Catalog, progress: Progress) -> None:
        self._db = db
        self._catalog = catalog
        self._progress = progress

    async def tag(self, identity: Identity, upload_id: str, tags: UploadTags) -> Upload:
        """Change what one's own upload is called; what is left out stays as it was.

        Raises:
            UploadNotFound: it is not theirs.
            UploadClosed: it was discarded.
            TrackNotFound: the track that it became is gone.
        """
        upload = await self._remember(identity, upload_id, tags)
        if upload.state in ("processing", "ready"):
            try:
                await self._catalog.edit_uploaded(upload.track_id, upload.user_id, tags)
            except TrackNotFound:
                if upload.state == "ready":
                    raise
                # Not a track yet: it will be made with what was just remembered.
        (tagged,) = await shown([upload], self._progress)
        return tagged

    async def _remember(self, identity: Identity, upload_id: str, tags: UploadTags) -> UploadRow:
        async with self._db.transaction() as tx:
            await tx.run(repository.lock_uploads_of, identity.user_id)
            upload = await tx.run(repository.find_upload, upload_id, identity.user_id)
            if upload is None:
                raise UploadNotFound("You have no such upload.")
            merged: dict[str, Any] = (upload.tags or {}) | msgspec.to_builtins(tags)
            if not await tx.run(repository.change_upload, upload.id, _TAGGED_IN, {"tags": merged}):
                raise UploadClosed("This upload was discarded; begin another.", state=upload.state)
            # Read again: on PostgreSQL the worker may have gone on between the two statements.
            return await tx.run(repository.find_upload, upload.id) or upload

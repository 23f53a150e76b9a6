"""Uploads as their uploader sees them."""

from collections.abc import Sequence

import msgspec

from tutti.kit.storage import Address
from tutti.services.catalog.api import UploadTags
from tutti.services.media.api import NewUpload, Upload
from tutti.services.media.repository.uploads import UploadRow
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.uploads.parts import count_parts


async def shown(uploads: Sequence[UploadRow], progress: Progress) -> list[Upload]:
    """Return uploads with how far each is."""
    shares = await progress.of(uploads)
    return [_shown(upload, shares[upload.id]) for upload in uploads]


def _shown(upload: UploadRow, share: float) -> Upload:
    return Upload(
        id=upload.id,
        filename=upload.filename,
        size_bytes=upload.size_bytes,
        content_type=upload.content_type,
        state=upload.state,
        progress=share,
        track_id=upload.track_id,
        reason_code=upload.reason_code,
        reason=upload.reason,
        duplicate_of=upload.duplicate_of,
        tags=None if upload.tags is None else msgspec.convert(upload.tags, UploadTags),
        part_bytes=upload.part_bytes,
        created_at=upload.created_at,
        forgotten_at=upload.expires_at,
        completed_at=upload.completed_at,
        finished_at=upload.finished_at,
    )


def addressed(upload: UploadRow, address: Address | None) -> NewUpload:
    """Return where the bytes of an upload go; no address where they come in parts."""
    return NewUpload(
        upload_id=upload.id,
        track_id=upload.track_id,
        url=None if address is None else address.url,
        method="PUT",
        headers={} if address is None else address.headers,
        part_bytes=upload.part_bytes,
        part_count=count_parts(upload),
        expires_at=upload.expires_at if address is None else address.expires_at,
        forgotten_at=upload.expires_at,
    )

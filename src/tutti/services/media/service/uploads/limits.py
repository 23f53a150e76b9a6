"""What may be uploaded, and how much of it."""

from datetime import datetime, timedelta
from fnmatch import fnmatchcase

from tutti.kit.auth import Identity
from tutti.services.media.api import ContentTypeRefused, QuotaExceeded, TooManyUploads, UploadRequest, UploadTooLarge
from tutti.services.media.service.uploads.filenames import extension_of
from tutti.services.media.service.uploads.settings import UploadsSettings

UNKNOWN_TYPE = "application/octet-stream"
"""What browsers say of a file whose ending they do not know."""
DAY = timedelta(hours=24)
_LISTS_OF_FILES = ("audio/mpegurl", "audio/x-mpegurl", "audio/x-scpls", "audio/x-pn-realaudio")
"""Audio by name only: they name other files, which is what a server must not follow."""


def content_type_of(request: UploadRequest) -> str:
    """Return the type of a file, lower case and without parameters."""
    return request.content_type.partition(";")[0].strip().lower() or UNKNOWN_TYPE


def check_kind(settings: UploadsSettings, filename: str, content_type: str) -> None:
    """Let pass what claims to be audio; whether it is shows once the bytes are there.

    Raises:
        ContentTypeRefused: with what is taken.
    """
    ending = extension_of(filename)
    taken = ", ".join(settings.extensions)
    if ending not in settings.extensions:
        raise ContentTypeRefused(f"“{filename}” is not an audio file that is taken here. Taken are: {taken}.")
    known = any(fnmatchcase(content_type, pattern) for pattern in settings.types)
    if not known or content_type in _LISTS_OF_FILES:
        raise ContentTypeRefused(f"Files of type {content_type} are not taken here. Taken are: {taken}.")


def check_size(settings: UploadsSettings, size_bytes: int) -> None:
    """Let pass a file that is not too large.

    Raises:
        UploadTooLarge: with the limit.
    """
    if size_bytes > settings.max_bytes:
        raise UploadTooLarge(
            f"A file may have {_shown(settings.max_bytes)} at the most; this one has {_shown(size_bytes)}.",
            max_bytes=settings.max_bytes,
        )


def check_day(settings: UploadsSettings, begun: int, first: datetime | None, present: datetime) -> None:
    """Let pass one more upload after ``begun`` in the last 24 hours, the first of them at ``first``.

    Raises:
        TooManyUploads: with the seconds until the first is a day ago.
    """
    if first is not None and begun >= settings.files_per_day:
        wait_s = max(1, int((first + DAY - present).total_seconds()) + 1)
        raise TooManyUploads(
            f"You have uploaded {begun} files in 24 hours, which is the limit. Go on in {_wait(wait_s)}.",
            retry_after_s=wait_s,
        )


def quota_bytes(settings: UploadsSettings, identity: Identity) -> int:
    """Return what somebody may store; 0 is without limit."""
    return settings.admin_quota_bytes if identity.role == "admin" else settings.uploader_quota_bytes


def check_quota(quota: int, stored_bytes: int, size_bytes: int) -> None:
    """Let pass a file that fits into what is left of ``quota``.

    Raises:
        QuotaExceeded: with how much there is.
    """
    if quota and stored_bytes + size_bytes > quota:
        left = max(0, quota - stored_bytes)
        raise QuotaExceeded(
            f"You may store {_shown(quota)}, of which {_shown(left)} are left; this file has {_shown(size_bytes)}. "
            "Delete something, or ask the operator for more.",
            quota_bytes=quota,
            left_bytes=left,
        )


def _shown(size_bytes: int) -> str:
    if size_bytes < 1_000_000:
        return f"{size_bytes:,} bytes"
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"


def _wait(wait_s: int) -> str:
    return f"{wait_s // 3600 + 1} hours" if wait_s > 3600 else f"{wait_s // 60 + 1} minutes"

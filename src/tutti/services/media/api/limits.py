"""What somebody may upload, as clients can tell them before they choose."""

from datetime import datetime

import msgspec


class UploadLimits(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What you may upload, and how much of it you have used."""

    max_bytes: int
    """Largest file."""
    extensions: tuple[str, ...]
    """Endings of file names that are taken: lower case, without the dot."""
    quota_bytes: int | None
    """What all your uploads may take; null is without limit."""
    stored_bytes: int
    """What they take now, those on their way included."""
    files_per_day: int
    files_begun: int
    """In the last 24 hours."""
    next_at: datetime | None
    """When another may begin, where that is not now."""

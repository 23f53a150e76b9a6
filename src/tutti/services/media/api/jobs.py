"""Jobs on the wire: the work on uploads, as admins see it and as programs elsewhere report it."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tutti.services.media.api.uploads import FailureCode, Sha256

JobState = Literal["queued", "running", "done", "dead"]
Name = Annotated[str, Meta(min_length=1, max_length=50, pattern="^[a-z0-9_-]+$")]
Reason = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"^[^\x00]*$")]
Decibels = Annotated[float, Meta(ge=-1000, le=1000)]
Samples = Annotated[int, Meta(ge=0, le=2**40)]


class Job(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The work on one upload."""

    id: str
    upload_id: str
    track_id: str
    user_id: str
    filename: str
    """Empty once the upload is forgotten."""
    state: JobState
    """``dead`` after its last try; it can be tried again. ``done`` is also what was refused for good."""
    progress: float
    """0 to 1, of the try under way."""
    error: str | None
    """Of the last try that failed, in the words of whatever failed."""
    attempts: int
    created_at: datetime
    started_at: datetime | None
    """When the try under way began."""
    finished_at: datetime | None


class MadeOriginal(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a program elsewhere found in an upload, and stored of it beneath ``ladders/<digest>/``."""

    digest: Sha256
    mime: Annotated[str, Meta(max_length=100, pattern=r"^audio/[a-z0-9.+-]+$")]
    extension: Name
    """Of the original's key: ``originals/<first two of the digest>/<digest>.<extension>``."""
    codec: Name
    container: Name
    sample_rate_hz: Annotated[int, Meta(ge=1, le=10_000_000)]
    channels: Annotated[int, Meta(ge=1, le=255)]
    bit_rate_kbps: Annotated[int, Meta(ge=1, le=10_000_000)] | None = None
    lossless: bool
    total_samples: Annotated[int, Meta(ge=1, le=2**40)]
    rungs: Annotated[list[Name], Meta(min_length=1, max_length=20)]
    """Stored as ``<rung>/init.mp4`` and the segments of it."""
    loudness_lufs: Decibels | None = None
    true_peak_db: Decibels | None = None
    gain_db: Decibels | None = None
    peak: Annotated[float, Meta(ge=0, le=1000)] | None = None
    encoder_delay: Samples | None = None
    encoder_padding: Samples | None = None
    silence_start_ms: Samples | None = None
    silence_end_ms: Samples | None = None


class JobReport(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """How a job ended at a program elsewhere."""

    job_id: Annotated[str, Meta(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    ok: bool
    original: MadeOriginal | None = None
    """Needed where it is ``ok``."""
    code: FailureCode = "FAILED"
    reason: Reason | None = None
    """Needed where it is not: a sentence for the uploader."""

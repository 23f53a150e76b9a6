"""What others may know of media: its types, errors, events, and the calls it answers."""

from collections.abc import Sequence
from typing import Protocol

from tutti.kit.rpc.marks import idempotent
from tutti.services.media.api.errors import (
    ContentTypeRefused,
    FilenameUnusable,
    HookRefused,
    HooksOff,
    JobNotDead,
    JobNotFound,
    LengthMismatch,
    LengthRequired,
    NotADuplicate,
    PartOutOfRange,
    QuotaExceeded,
    TooManyUploads,
    UploadClosed,
    UploadIncomplete,
    UploadNotFound,
    UploadTooLarge,
    UploadUnderWay,
)
from tutti.services.media.api.events import AudioDeleted, TrackFailed, TrackReady, TrackUploaded
from tutti.services.media.api.jobs import Job, JobReport, JobState, MadeOriginal
from tutti.services.media.api.ladders import StoredLadder
from tutti.services.media.api.limits import UploadLimits
from tutti.services.media.api.uploads import (
    FailureCode,
    NewUpload,
    PartAddress,
    PartNumbers,
    PartsDone,
    StoredPart,
    Upload,
    UploadPatch,
    UploadProgress,
    UploadRequest,
    UploadState,
)

__all__ = [
    "AudioDeleted",
    "ContentTypeRefused",
    "FailureCode",
    "FilenameUnusable",
    "HookRefused",
    "HooksOff",
    "Job",
    "JobNotDead",
    "JobNotFound",
    "JobReport",
    "JobState",
    "LengthMismatch",
    "LengthRequired",
    "MadeOriginal",
    "Media",
    "NewUpload",
    "NotADuplicate",
    "PartAddress",
    "PartNumbers",
    "PartOutOfRange",
    "PartsDone",
    "QuotaExceeded",
    "StoredLadder",
    "StoredPart",
    "TooManyUploads",
    "TrackFailed",
    "TrackReady",
    "TrackUploaded",
    "Upload",
    "UploadClosed",
    "UploadIncomplete",
    "UploadLimits",
    "UploadNotFound",
    "UploadPatch",
    "UploadProgress",
    "UploadRequest",
    "UploadState",
    "UploadTooLarge",
    "UploadUnderWay",
]


class Media(Protocol):
    """The calls other services need."""

    @idempotent
    async def find_ladders(self, track_ids: Sequence[str]) -> list[StoredLadder]:
        """Return the stored ladders of those tracks that have one, in no order."""
        ...

    @idempotent
    async def get_waveform(self, track_id: str) -> bytes:
        """Return the waveform of a track: 1,000 peaks of one byte each.

        Raises:
            NotFound: the track has none.
        """
        ...

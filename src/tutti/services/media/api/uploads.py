"""Uploads on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tutti.services.catalog.api import UploadTags

_TEXT = r"^[^\x00]*$"  # PostgreSQL stores no zero byte
MAX_FILENAME = 1000
"""Characters that may come; what is kept of them is shorter (see service/uploads/filenames.py)."""
MAX_PART_NUMBER = 10_000
"""As S3 has it."""
MAX_SIGNED_AT_ONCE = 1000

UploadState = Literal["waiting", "uploaded", "processing", "ready", "failed", "discarded"]
FailureCode = Literal[
    "SIZE_MISMATCH", "CHECKSUM_MISMATCH", "NOT_AUDIO", "DAMAGED", "TOO_LONG", "DUPLICATE", "BYTES_GONE", "FAILED"
]

Filename = Annotated[str, Meta(min_length=1, max_length=MAX_FILENAME, description="Name of the file, without folders")]
ContentType = Annotated[str, Meta(max_length=100, pattern=r"^[\x20-\x7e]*$", description="As the browser knows it")]
Sha256 = Annotated[
    str, Meta(pattern="^[0-9a-f]{64}$", description="Of the whole file; one that differs fails the upload")
]


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A file that somebody wants to upload."""

    filename: Filename
    size_bytes: Annotated[int, Meta(ge=1, le=2**53)]
    content_type: ContentType = ""
    sha256: Sha256 | None = None


class NewUpload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to send the bytes.

    A file below the size of `uploads.multipart_from_bytes` goes to ``url`` in one request. A larger one goes in
    parts of ``partBytes`` (the last is shorter): ``url`` is null, and `POST /uploads/{id}/parts` gives the addresses.
    """

    upload_id: str
    track_id: str
    """The id that the track will have."""
    url: str | None
    """Begins with a slash where it is an address of this server."""
    method: Literal["PUT"]
    headers: dict[str, str]
    """To be sent as they are; the address is good for no others, nor for a body of another length."""
    part_bytes: int | None
    part_count: int | None
    expires_at: datetime
    """When the address expires; `POST /uploads/{id}/address` gives another."""
    forgotten_at: datetime
    """The upload has to be completed by then."""


class PartNumbers(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Parts to be sent, counted from 1."""

    numbers: Annotated[
        list[Annotated[int, Meta(ge=1, le=MAX_PART_NUMBER)]], Meta(min_length=1, max_length=MAX_SIGNED_AT_ONCE)
    ]


class PartAddress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to send one part."""

    number: int
    size_bytes: int
    """Its length: the address is good for no other."""
    url: str
    method: Literal["PUT"]
    headers: dict[str, str]
    expires_at: datetime


class StoredPart(msgspec.Struct, frozen=True, rename="camel"):
    """A part whose bytes are there."""

    number: int
    size_bytes: int


class PartsDone(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far an upload in parts is; what is not listed is to be sent (again)."""

    part_bytes: int
    part_count: int
    parts: list[StoredPart]


class UploadPatch(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the uploader changes."""

    tags: UploadTags


class Upload(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An upload of one's own, from its first byte to the track it became."""

    id: str
    filename: str
    size_bytes: int
    content_type: str
    state: UploadState
    progress: float
    """0 to 1, of the work after the bytes have come."""
    track_id: str
    """The track that it becomes; there once the state is ``ready``, and for its uploader while ``processing``."""
    reason_code: FailureCode | None
    reason: str | None
    """Why it failed, in a sentence."""
    duplicate_of: str | None
    """The track that has the same audio already."""
    tags: UploadTags | None
    """What its uploader said it is to be called; the rest is as the file says."""
    part_bytes: int | None
    created_at: datetime
    forgotten_at: datetime
    """It has to be completed by then."""
    completed_at: datetime | None
    finished_at: datetime | None


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Shown on ``user:{id}`` as ``upload`` whenever something about an upload changes."""

    upload_id: str
    track_id: str
    state: UploadState
    progress: float
    reason_code: FailureCode | None = None
    reason: str | None = None
    duplicate_of: str | None = None

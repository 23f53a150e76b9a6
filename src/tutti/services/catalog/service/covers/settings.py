"""Limits of cover art."""

from typing import Annotated

import msgspec
from msgspec import Meta

_MIB = 1024**2


class CoverSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The section ``covers``."""

    cache_bytes: Annotated[
        int, Meta(ge=0, description="Bytes of resized covers to keep; the least lately used go first")
    ] = 1024 * _MIB
    sweep_s: Annotated[float, Meta(gt=0, description="Seconds between two looks at that bound")] = 600.0
    concurrent_resizes: Annotated[int, Meta(ge=1, le=64, description="Covers resized at once; each takes a core")] = 2
    waiting_resizes: Annotated[
        int, Meta(ge=1, le=100_000, description="Covers that may wait for that before clients are told to come back")
    ] = 500
    upload_bytes: Annotated[int, Meta(ge=1, le=32 * _MIB, description="Largest image that may be uploaded")] = 16 * _MIB
    decode_memory_bytes: Annotated[
        int,
        Meta(
            ge=512 * _MIB,
            description="Memory (addresses) that decoding an uploaded image may take; the rest is refused",
        ),
    ] = 2048 * _MIB
    decode_cpu_s: Annotated[int, Meta(ge=1, le=600, description="Processor time that decoding one may take")] = 20
    decode_timeout_s: Annotated[float, Meta(gt=0, le=3600, description="Longest that decoding one may take")] = 60

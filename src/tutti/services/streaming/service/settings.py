"""Settings of streaming."""

from typing import Annotated

import msgspec
from msgspec import Meta

from tutti.kit.auth import REVOCATION_MEMORY_S

_MAX_SKEW_S = 600


class StreamingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``streaming``."""

    url_lifetime_s: Annotated[
        int, Meta(ge=1, le=REVOCATION_MEMORY_S - _MAX_SKEW_S, description="How long a stream address is good")
    ] = 6 * 3600
    clock_skew_s: Annotated[int, Meta(ge=0, le=_MAX_SKEW_S, description="How far clocks may differ")] = 30
    transcodes: Annotated[int, Meta(ge=1, le=64, description="Transcodes at the same time")] = 4
    cache_bytes: Annotated[int, Meta(ge=0, description="Space for finished renditions")] = 2_000_000_000
    retry_after_s: Annotated[int, Meta(ge=1, le=600, description="What a busy server asks clients to wait")] = 5
    default_bit_rate_kbps: Annotated[int, Meta(ge=32, le=512, description="Bit rate of a transcode, if not asked")] = (
        128
    )

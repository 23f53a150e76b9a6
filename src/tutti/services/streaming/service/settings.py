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
    key_lifetime_s: Annotated[int, Meta(ge=3600, description="How long one key signs before another takes over")] = (
        7 * 86_400
    )
    admission_s: Annotated[
        int, Meta(ge=0, le=300, description="How long HLS requests rely on what was found out for the one before")
    ] = 15
    remembered: Annotated[int, Meta(ge=10, description="Tracks and listeners of HLS that are remembered at once")] = (
        2000
    )
    segment_runs: Annotated[int, Meta(ge=1, le=64, description="ffmpegs that make HLS segments at the same time")] = 4
    segments_ahead: Annotated[int, Meta(ge=0, le=100, description="HLS segments made before they are asked for")] = 4
    segment_idle_s: Annotated[
        int, Meta(ge=1, le=600, description="How long an ffmpeg that is ahead waits to be asked for more")
    ] = 30
    segment_wait_s: Annotated[
        int, Meta(ge=0, le=60, description="How long an HLS request waits for an ffmpeg before it is sent away")
    ] = 10
    survey_runs: Annotated[
        int, Meta(ge=1, le=64, description="Library files whose sound is measured at the same time, before any of it")
    ] = 4
    waveform_runs: Annotated[
        int, Meta(ge=1, le=64, description="Waveforms of library files that are made at the same time")
    ] = 1
    redirect: Annotated[
        bool, Meta(description="Send listeners to the S3 server for what is stored there, rather than pass it on")
    ] = False
    accel: Annotated[
        str,
        Meta(
            pattern="^(/[A-Za-z0-9_-]+)?$",
            description="Prefix (/_media) at which nginx in front sends originals in our place (X-Accel-Redirect); "
            "empty: this process sends them",
        ),
    ] = ""
    accel_roots: Annotated[
        tuple[str, ...],
        Meta(
            description="Folders that nginx may send from, as in its --media-root; files elsewhere are sent by this "
            "process. Empty: it may send from all"
        ),
    ] = ()
    transcodes: Annotated[int, Meta(ge=1, le=64, description="Transcodes at the same time")] = 4
    cache_bytes: Annotated[int, Meta(ge=0, description="Space for finished renditions and HLS segments")] = (
        2_000_000_000
    )
    retry_after_s: Annotated[int, Meta(ge=1, le=600, description="What a busy server asks clients to wait")] = 5
    default_bit_rate_kbps: Annotated[int, Meta(ge=32, le=512, description="Bit rate of a transcode, if not asked")] = (
        128
    )

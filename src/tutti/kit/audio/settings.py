"""Limits of the child processes that read sound."""

from typing import Annotated

import msgspec
from msgspec import Meta


class AudioSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``audio``. What may be sent in by strangers is decoded within these."""

    memory_bytes: Annotated[int, Meta(ge=256_000_000, description="Address space of one ffmpeg; more and it fails")] = (
        2_000_000_000
    )
    ladder_cpu_s: Annotated[int, Meta(ge=10, description="Processor time of one whole ladder")] = 7200
    ladder_wall_s: Annotated[int, Meta(ge=10, description="How long one whole ladder may take")] = 14_400
    ladder_bytes: Annotated[int, Meta(ge=1_000_000, description="Space of one whole ladder")] = 8_000_000_000
    read_cpu_s: Annotated[int, Meta(ge=5, description="Processor time for finding out how long a file is")] = 300
    read_wall_s: Annotated[int, Meta(ge=5, description="How long finding out how long a file is may take")] = 600
    waveform_cpu_s: Annotated[int, Meta(ge=5, description="Processor time for the waveform of a file in a library")] = (
        600
    )
    waveform_wall_s: Annotated[int, Meta(ge=5, description="How long the waveform of such a file may take")] = 1200
    stall_s: Annotated[int, Meta(ge=1, description="How long one segment made on demand may take")] = 30
    max_duration_s: Annotated[int, Meta(ge=60, description="Longest sound that is segmented")] = 86_400

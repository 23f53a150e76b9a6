"""HLS ladders in storage."""

import msgspec


class StoredLadder(msgspec.Struct, frozen=True, kw_only=True):
    """The segments of a track, made in advance: they lie beneath ``ladders/<digest>/<rung>/`` in storage."""

    track_id: str
    digest: str
    rungs: tuple[str, ...]
    """Names of the rungs that are stored (``aac64`` … ``flac``)."""
    sample_rate_hz: int
    total_samples: int
    """Length of the decoded original, per channel: with the rate, all that the segment grid depends on."""

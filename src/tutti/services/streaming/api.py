"""What others may know of streaming: types on the wire and errors."""

from datetime import datetime

import msgspec

from tutti.kit.errors import AppError, Forbidden, NotFound, TooManyRequests, Unavailable


class Stream(msgspec.Struct, frozen=True, rename="camel"):
    """Where a track can be heard, without a bearer, until the addresses expire."""

    direct: str
    """The original, with ranges; add ``format``, ``bitRateKbps`` and ``offsetMs`` for a transcode."""
    hls: str | None
    """Not offered yet."""
    expires_at: datetime


class BadSignature(Forbidden):
    """The address was altered, or was made for another track."""


class StreamExpired(Forbidden):
    """The address has expired; ask for a new one."""


class OriginalAway(NotFound):
    """The file of the track is not there at present."""


class RangeNotSatisfiable(AppError):
    """The range lies beyond the end of the file."""

    status = 416


class TranscodesBusy(TooManyRequests):
    """As many transcodes run as are allowed; try again soon."""


class TranscodeFailed(Unavailable):
    """ffmpeg could not make this rendition; the log says why, by the trace id."""

"""What others may know of streaming: types on the wire and errors."""

from datetime import datetime

import msgspec

from tutti.kit.errors import AppError, Forbidden, NotFound, TooManyRequests, Unavailable, Unprocessable


class Stream(msgspec.Struct, frozen=True, rename="camel"):
    """Where a track can be heard, without a bearer, until the addresses expire."""

    direct: str
    """The original, with ranges; add ``format``, ``bitRateKbps`` and ``offsetMs`` for a transcode."""
    hls: str | None
    """The master playlist of HTTP Live Streaming (RFC 8216); null where no segments can be made here."""
    waveform: str | None
    """The peaks of 1,000 equal parts, one byte each; null where there are no segments either."""
    expires_at: datetime


class BadSignature(Forbidden):
    """The address was altered, or was made for another track."""


class StreamExpired(Forbidden):
    """The address has expired; ask for a new one."""


class OriginalAway(NotFound):
    """The file of the track is not there at present."""


class RenditionNotFound(NotFound):
    """The track is not offered in this form; the master playlist names those that there are."""


class SegmentNotFound(NotFound):
    """The track has no segment of this number."""


class StreamChanged(AppError):
    """The file of the track is another one by now; ask for the playlist again."""

    status = 410


class RangeNotSatisfiable(AppError):
    """The range lies beyond the end of the file."""

    status = 416

    def __init__(self, message: str, *, size_bytes: int) -> None:
        super().__init__(message, size_bytes=size_bytes)
        self._size_bytes = size_bytes

    @property
    def headers(self) -> dict[str, str]:
        """RFC 9110 §15.5.17: say how long the content is."""
        return {"Content-Range": f"bytes */{self._size_bytes}"}


class ContentChanged(AppError):
    """The file is not the one that `If-Match` or `If-Unmodified-Since` asks for."""

    status = 412


class SourceUnplayable(Unprocessable):
    """ffmpeg finds no sound from that position on: the track is over there, or its file is damaged."""


class TranscodesBusy(TooManyRequests):
    """As many transcodes, or makers of segments, run as are allowed; try again soon."""


class TranscodeFailed(Unavailable):
    """The rendition could not be made or stored; the log says why, by the trace id."""


class FfmpegMissing(Unavailable):
    """No ffmpeg is installed here: originals play, transcodes do not."""

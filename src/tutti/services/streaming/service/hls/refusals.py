"""What the kit says of sound, as clients see it."""

from collections.abc import Generator
from contextlib import contextmanager

import structlog

from tutti.kit.audio import AudioRefused, FfmpegDied, LimitExceeded, find_ffmpeg
from tutti.kit.errors import AppError
from tutti.services.streaming.api import FfmpegMissing, OriginalAway, SourceUnplayable, StreamChanged, TranscodeFailed

_RETRY_S = 5

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.streaming")


def check_ffmpeg() -> None:
    """Raise `FfmpegMissing` where there is none."""
    try:
        find_ffmpeg()
    except FileNotFoundError as error:
        raise FfmpegMissing("There is no ffmpeg here, which HLS needs.", retry_after_s=_RETRY_S) from error


@contextmanager
def refused() -> Generator[None, None, None]:
    """Turn what goes wrong with a source into what its listener is told."""
    try:
        yield
    except (AudioRefused, FfmpegDied, OSError) as error:
        raise as_answer(error) from error


def as_answer(error: Exception) -> AppError:
    """Return what a listener is told of a failure."""
    if isinstance(error, AppError):
        return error
    log.warning("segments failed", error=str(error))
    if isinstance(error, FileNotFoundError):
        return OriginalAway("The file of this track is not there at present.")
    if isinstance(error, AudioRefused) and not isinstance(error, LimitExceeded):
        return SourceUnplayable("There is no sound in this track from there on: it is over, or its file is damaged.")
    return TranscodeFailed("The segments of this track cannot be made, or stored, now.", retry_after_s=_RETRY_S)


def changed() -> StreamChanged:
    """Return what a listener is told whose playlist is of another file."""
    return StreamChanged("The file of this track has changed; ask for the playlist again.")


def not_stored(error: OSError) -> TranscodeFailed:
    """Return what a listener is told when the cache cannot be written."""
    log.warning("segments cannot be stored", error=str(error))
    return TranscodeFailed(
        "There is no room for segments on the server's disk, or it cannot be written; its operator can tell.",
        retry_after_s=_RETRY_S,
    )

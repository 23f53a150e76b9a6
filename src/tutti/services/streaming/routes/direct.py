"""HTTP of originals and transcodes."""

from typing import Annotated, Any
from uuid import UUID

from litestar import HttpMethod, Request, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from tutti.kit.auth import Identity, InvalidToken
from tutti.kit.storage.errors import StorageAway
from tutti.kit.web import API, errors, limited, public_file
from tutti.services.catalog.api import TrackNotFound
from tutti.services.streaming.api import (
    BadSignature,
    ContentChanged,
    FfmpegMissing,
    OriginalAway,
    RangeNotSatisfiable,
    SourceUnplayable,
    Stream,
    StreamExpired,
    TranscodeFailed,
    TranscodesBusy,
)
from tutti.services.streaming.routes.sending import ContentResponse
from tutti.services.streaming.service import StreamingService
from tutti.services.streaming.service.renditions import BIT_RATES, Format

_MAX_OFFSET_MS = 7 * 24 * 3_600_000


@post("/stream/{track_id:uuid}", status_code=200, responses=errors(TrackNotFound, StorageAway), **limited("stream"))
async def sign_stream(
    streaming: NamedDependency[StreamingService], identity: NamedDependency[Identity], track_id: FromPath[UUID]
) -> Stream:
    """Get addresses at which the track can be heard for a while, without a bearer."""
    return await streaming.sign(identity, str(track_id), API)


@route(
    "/stream/{track_id:uuid}/direct",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    media_type="audio/*",
    responses=errors(
        BadSignature,
        StreamExpired,
        InvalidToken,
        TrackNotFound,
        OriginalAway,
        ContentChanged,
        RangeNotSatisfiable,
        SourceUnplayable,
        TranscodesBusy,
        TranscodeFailed,
        FfmpegMissing,
        StorageAway,
    ),
    **public_file,
)
async def send_audio(
    streaming: NamedDependency[StreamingService],
    request: Request[Any, Any, Any],
    track_id: FromPath[UUID],
    sig: Annotated[str, QueryParameter(max_length=400, description="From `POST /stream/{trackId}`")],
    audio_format: Annotated[Format | None, QueryParameter(name="format", description="Transcode to this")] = None,
    bit_rate_kbps: Annotated[int | None, QueryParameter(name="bitRateKbps", ge=BIT_RATES[0], le=BIT_RATES[1])] = None,
    offset_ms: Annotated[int, QueryParameter(name="offsetMs", ge=0, le=_MAX_OFFSET_MS)] = 0,
) -> ContentResponse:
    """The original with ranges (RFC 9110), or with `format` a transcode from `offsetMs` on, sent while it is made.

    Of several ranges in one header the first that can be satisfied is sent. A rendition that is finished answers
    like an original.
    """
    original = await streaming.find(str(track_id), sig)
    rendition = None if audio_format is None else streaming.rendition(audio_format, bit_rate_kbps, offset_ms)
    return ContentResponse(lambda start: streaming.opened(original, rendition, start=start), request)


routes = [sign_stream, send_audio]

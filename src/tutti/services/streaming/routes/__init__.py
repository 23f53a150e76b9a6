"""HTTP of streaming."""

from typing import Annotated, Any
from uuid import UUID

from litestar import HttpMethod, Request, post, route
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from tutti.kit.auth import Identity, InvalidToken
from tutti.kit.web import API, errors, public_file
from tutti.services.catalog.api import TrackNotFound
from tutti.services.streaming.api import (
    BadSignature,
    OriginalAway,
    RangeNotSatisfiable,
    Stream,
    StreamExpired,
    TranscodeFailed,
    TranscodesBusy,
)
from tutti.services.streaming.routes.sending import AudioResponse
from tutti.services.streaming.service import StreamingService
from tutti.services.streaming.service.renditions import BIT_RATES, MIME, Format, Rendition

_MAX_OFFSET_MS = 7 * 24 * 3_600_000
_WHOLE_SECONDS_MS = 10  # offsets are rounded down to this, so that seeking about does not fill the cache with twins


@post("/stream/{track_id:uuid}", status_code=200, responses=errors(TrackNotFound))
async def sign_stream(
    streaming: NamedDependency[StreamingService], identity: NamedDependency[Identity], track_id: FromPath[UUID]
) -> Stream:
    """Get an address at which the track can be heard for a while, without a bearer."""
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
        RangeNotSatisfiable,
        TranscodesBusy,
        TranscodeFailed,
    ),
    **public_file,
)
async def send_audio(
    streaming: NamedDependency[StreamingService],
    request: Request[Any, Any, Any],
    track_id: FromPath[UUID],
    sig: Annotated[str, QueryParameter(max_length=400, description="From `POST /stream/{trackId}`")],
    audio_format: Annotated[Format | None, QueryParameter(name="format", description="Transcode to this")] = None,
    bit_rate_kbps: Annotated[int, QueryParameter(name="bitRateKbps", ge=BIT_RATES[0], le=BIT_RATES[1])] = 128,
    offset_ms: Annotated[int, QueryParameter(name="offsetMs", ge=0, le=_MAX_OFFSET_MS)] = 0,
) -> AudioResponse:
    """The original with ranges (RFC 9110), or with `format` a transcode from `offsetMs` on, sent while it is made."""
    if audio_format is None:
        found = await streaming.open(str(track_id), sig, None, "")
    else:
        offset = offset_ms - offset_ms % _WHOLE_SECONDS_MS
        rendition = Rendition(audio_format, 0 if audio_format == "flac" else bit_rate_kbps, offset)
        found = await streaming.open(str(track_id), sig, rendition, MIME[audio_format])
    return AudioResponse(found, streaming, request)


routes = [sign_stream, send_audio]

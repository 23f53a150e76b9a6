"""HTTP of HTTP Live Streaming: playlists, segments, and the waveform. An address with its signature is enough."""

from hashlib import blake2b
from typing import Annotated, Any
from uuid import UUID

from litestar import HttpMethod, Request, Response, get, route
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter

from tutti.kit.auth import InvalidToken
from tutti.kit.storage.errors import StorageAway
from tutti.kit.web import errors, limited, public, public_file
from tutti.services.catalog.api import TrackNotFound
from tutti.services.streaming.api import (
    BadSignature,
    ContentChanged,
    FfmpegMissing,
    OriginalAway,
    RangeNotSatisfiable,
    RenditionNotFound,
    SegmentNotFound,
    SourceUnplayable,
    StreamChanged,
    StreamExpired,
    TranscodeFailed,
    TranscodesBusy,
)
from tutti.services.streaming.routes.sending import ContentResponse
from tutti.services.streaming.service.admission import Admission
from tutti.services.streaming.service.conditions import Validators, check_conditions
from tutti.services.streaming.service.hls import Hls

Doors = NamedDependency[Admission]
Offer = NamedDependency[Hls]
Ask = Request[Any, Any, Any]
Signature = Annotated[str, QueryParameter(name="sig", max_length=400, description="From `POST /stream/{trackId}`")]
Version = Annotated[
    str | None,
    QueryParameter(name="v", max_length=80, description="As in the playlist: what the file was; 410 if it is no more"),
]
Rendition = Annotated[str, PathParameter(max_length=20, description="As in the master playlist: `aac64`, `flac`, …")]
SegmentName = Annotated[str, PathParameter(max_length=20, description="As in the playlist: `init.mp4`, `0.m4s`, …")]

_PLAYLIST = "application/vnd.apple.mpegurl"
_ASK_AGAIN = "private, no-cache"
_FOREVER = "private, max-age=31536000, immutable"
_REFUSALS = (BadSignature, StreamExpired, InvalidToken, TrackNotFound)
_TROUBLES = (OriginalAway, SourceUnplayable, FfmpegMissing, TranscodeFailed, TranscodesBusy, StorageAway)


@get(
    "/stream/{track_id:uuid}/master.m3u8",
    media_type=_PLAYLIST,
    responses=errors(*_REFUSALS, *_TROUBLES),
    **limited("stream"),
    **public,
)
async def get_master_playlist(
    admission: Doors, hls: Offer, request: Ask, track_id: FromPath[UUID], signature: Signature
) -> Response[str]:
    """The renditions of a track (RFC 8216); each one's address is signed as this one is."""
    original = await admission.admit(str(track_id), signature)
    return _playlist(request, await hls.master(original, signature))


@get(
    "/stream/{track_id:uuid}/{rendition:str}/index.m3u8",
    media_type=_PLAYLIST,
    responses=errors(*_REFUSALS, RenditionNotFound, *_TROUBLES),
    **limited("stream"),
    **public,
)
async def get_media_playlist(
    admission: Doors, hls: Offer, request: Ask, track_id: FromPath[UUID], rendition: Rendition, signature: Signature
) -> Response[str]:
    """The segments of one rendition, whether they are stored or made when asked."""
    original = await admission.admit(str(track_id), signature)
    return _playlist(request, await hls.playlist(original, signature, rendition))


@route(
    "/stream/{track_id:uuid}/{rendition:str}/{segment:str}",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    media_type="audio/mp4",
    responses=errors(
        *_REFUSALS,
        RenditionNotFound,
        SegmentNotFound,
        StreamChanged,
        ContentChanged,
        RangeNotSatisfiable,
        *_TROUBLES,
    ),
    **public_file,
)
async def send_segment(
    admission: Doors,
    hls: Offer,
    request: Ask,
    track_id: FromPath[UUID],
    rendition: Rendition,
    segment: SegmentName,
    signature: Signature,
    version: Version = None,
) -> ContentResponse:
    """A segment of six seconds, or the init segment, as fragmented MP4; made now if it is not there yet.

    With a version the answer may be kept for good. Where the server is set so, what lies in object storage is answered
    by 307, to an address there.
    """
    original = await admission.admit(str(track_id), signature)

    def opening(start: bool) -> Any:
        return hls.opened(original, rendition, segment, version, start=start)

    return ContentResponse(opening, request, caching=_ASK_AGAIN if version is None else _FOREVER)


@route(
    "/stream/{track_id:uuid}/waveform",
    http_method=[HttpMethod.GET, HttpMethod.HEAD],
    media_type="application/octet-stream",
    responses=errors(*_REFUSALS, ContentChanged, RangeNotSatisfiable, *_TROUBLES),
    **public_file,
)
async def send_waveform(
    admission: Doors, hls: Offer, request: Ask, track_id: FromPath[UUID], signature: Signature
) -> ContentResponse:
    """The peaks of 1,000 equal parts of a track, one byte each, 255 being full scale.

    That of an uploaded track is stored; that of a file in a library is made when it is first asked for, which takes
    about a second for four minutes.
    """
    original = await admission.admit(str(track_id), signature)
    return ContentResponse(lambda start: hls.waveform(original, start=start), request)


def _playlist(request: Ask, text: str) -> Response[str]:
    tag = f'"{blake2b(text.encode(), digest_size=12).hexdigest()}"'
    # Weak, for the bytes differ once they are packed.
    headers = {"Cache-Control": _ASK_AGAIN, "ETag": f"W/{tag}"}
    known = {"if-none-match": request.headers.get("if-none-match", "")}
    if known["if-none-match"] and check_conditions(known, Validators(tag, None)) == 304:
        return Response("", status_code=304, headers=headers, media_type=_PLAYLIST)
    return Response(text, headers=headers, media_type=_PLAYLIST)


routes = [get_master_playlist, get_media_playlist, send_segment, send_waveform]

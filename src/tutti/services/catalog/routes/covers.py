"""HTTP of cover art. Reading needs no bearer: an ``<img>`` cannot send one; see docs/decisions/0008-cover-urls.md."""

from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response, delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter

from tutti.kit.auth import Identity, requires
from tutti.kit.web import errors, public_file
from tutti.services.catalog.api import (
    Album,
    AlbumNotFound,
    Artist,
    ArtistNotFound,
    CoverNotFound,
    CoversBusy,
    CoverTooLarge,
    NotAnImage,
    NotYourTrack,
    TrackDetail,
    TrackNotFound,
)
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.covers.serving import CoverService, ImageFormat
from tutti.services.catalog.service.covers.uploads import CoverUploads

Browsing = NamedDependency[BrowsingService]
Who = NamedDependency[Identity]
Covers = NamedDependency[CoverService]
Uploads = NamedDependency[CoverUploads]
CoverId = Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="`cover.id` of an album or track")]
Size = Annotated[Literal["64", "128", "256", "512", "1024"], QueryParameter(description="Longest side in pixels")]
Format = Annotated[
    ImageFormat | None, QueryParameter(name="format", description="Default: WebP, unless `Accept` does not take it")
]
# The address holds the digest of the image, so what it answers never changes.
_FOREVER = "public, max-age=31536000, immutable"
_MIME: dict[ImageFormat, str] = {"webp": "image/webp", "jpeg": "image/jpeg"}
_TAKES_WEBP = {"image/webp", "image/*", "*/*"}
_WEIGHS_NOTHING = {"0", "0.0", "0.00", "0.000"}
_ADMIN = [requires("admin")]
_BODY_BYTES = 32 * 1024**2  # what the setting covers.upload_bytes can be at the most


@get("/covers/{cover_id:str}", **public_file, responses=errors(CoverNotFound, CoversBusy), media_type="image/webp")
async def get_cover(
    covers: Covers,
    request: Request[None, None, Any],
    cover_id: CoverId,
    size: Size = "512",
    image_format: Format = None,
) -> Response[bytes]:
    """A cover, never enlarged. The address is secret enough to need no other key, and may be cached for good."""
    chosen = image_format or _acceptable(request.headers.get("accept", ""))
    tag = f'"{cover_id}-{size}-{chosen}"'
    headers = {"Cache-Control": _FOREVER, "ETag": tag, "X-Content-Type-Options": "nosniff"}
    if image_format is None:
        headers["Vary"] = "Accept"
    if _has(tag, request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers)
    content = await covers.get_image(cover_id, int(size), chosen)
    return Response(content, headers=headers, media_type=_MIME[chosen])


@put(
    "/albums/{album_id:uuid}/cover",
    guards=_ADMIN,
    request_max_body_size=_BODY_BYTES,
    responses=errors(AlbumNotFound, CoverTooLarge, NotAnImage),
)
async def set_album_cover(
    cover_uploads: Uploads,
    browsing: Browsing,
    identity: Who,
    request: Request[Identity, str, Any],
    album_id: FromPath[UUID],
) -> Album:
    """Give an album a cover: the body is a JPEG, PNG, WebP or GIF. Scans leave it alone."""
    await cover_uploads.set_cover(identity, "album", str(album_id), await request.body())
    return await browsing.get_album(identity, str(album_id))


@put(
    "/artists/{artist_id:uuid}/cover",
    guards=_ADMIN,
    request_max_body_size=_BODY_BYTES,
    responses=errors(ArtistNotFound, CoverTooLarge, NotAnImage),
)
async def set_artist_cover(
    cover_uploads: Uploads,
    browsing: Browsing,
    identity: Who,
    request: Request[Identity, str, Any],
    artist_id: FromPath[UUID],
) -> Artist:
    """Give an artist a picture: the body is a JPEG, PNG, WebP or GIF. Scans leave it alone."""
    await cover_uploads.set_cover(identity, "artist", str(artist_id), await request.body())
    return await browsing.get_artist(identity, str(artist_id))


@delete("/albums/{album_id:uuid}/cover", guards=_ADMIN, status_code=200, responses=errors(AlbumNotFound))
async def clear_album_cover(
    cover_uploads: Uploads, browsing: Browsing, identity: Who, album_id: FromPath[UUID]
) -> Album:
    """Go back to the cover that the files give."""
    await cover_uploads.clear_cover(identity, "album", str(album_id))
    return await browsing.get_album(identity, str(album_id))


@delete("/artists/{artist_id:uuid}/cover", guards=_ADMIN, status_code=200, responses=errors(ArtistNotFound))
async def clear_artist_cover(
    cover_uploads: Uploads, browsing: Browsing, identity: Who, artist_id: FromPath[UUID]
) -> Artist:
    """Go back to the picture that the files give, or none."""
    await cover_uploads.clear_cover(identity, "artist", str(artist_id))
    return await browsing.get_artist(identity, str(artist_id))


@put(
    "/tracks/{track_id:uuid}/cover",
    request_max_body_size=_BODY_BYTES,
    responses=errors(TrackNotFound, NotYourTrack, CoverTooLarge, NotAnImage),
)
async def set_track_cover(
    cover_uploads: Uploads,
    browsing: Browsing,
    identity: Who,
    request: Request[Identity, str, Any],
    track_id: FromPath[UUID],
) -> TrackDetail:
    """Give a track a cover, as an admin or its uploader; its album gets it too, if its uploader uploaded all of it."""
    await cover_uploads.set_track_cover(identity, str(track_id), await request.body())
    return await browsing.get_track(identity, str(track_id))


@delete("/tracks/{track_id:uuid}/cover", status_code=200, responses=errors(TrackNotFound, NotYourTrack))
async def clear_track_cover(
    cover_uploads: Uploads, browsing: Browsing, identity: Who, track_id: FromPath[UUID]
) -> TrackDetail:
    """Go back to the cover that the file gives, or none; as an admin or its uploader."""
    await cover_uploads.clear_track_cover(identity, str(track_id))
    return await browsing.get_track(identity, str(track_id))


def _acceptable(accept: str) -> ImageFormat:
    """Choose by ``Accept`` (RFC 9110 §12.5.1): WebP unless it is left out or weighed 0."""
    taken = [part.replace(" ", "").partition(";q=") for part in accept.lower().split(",") if part.strip()]
    allowed = {kind for kind, _, weight in taken if weight not in _WEIGHS_NOTHING}
    return "webp" if not taken or allowed & _TAKES_WEBP else "jpeg"


def _has(tag: str, if_none_match: str) -> bool:
    """RFC 9110 §13.1.2: weak comparison."""
    given = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in given or "*" in given


routes = [
    get_cover,
    set_album_cover,
    set_artist_cover,
    set_track_cover,
    clear_album_cover,
    clear_artist_cover,
    clear_track_cover,
]

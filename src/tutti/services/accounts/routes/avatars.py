"""HTTP of pictures."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, delete, get, put
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.params import Parameter
from litestar.response import Response

from tutti.kit.auth import Identity
from tutti.kit.web import errors, public
from tutti.services.accounts.api import AvatarNotFound, AvatarsBusy, AvatarTooLarge, Me, NotAnImage
from tutti.services.accounts.service import AvatarsService

_IMMUTABLE = "public, max-age=31536000, immutable"
_REVALIDATED = "public, no-cache"

_Size = Annotated[int, Parameter(ge=1, le=4096, description="Wanted edge in pixels; answered with 64, 128, 256 or 512")]
_Version = Annotated[str | None, Parameter(query="v", max_length=64, description="`avatarId`: allows caching for good")]


class _ImageBody(Operation):
    """Says in OpenAPI what Litestar cannot know of a body that is read as a stream."""

    def __post_init__(self) -> None:
        image = OpenAPIMediaType(schema=Schema(type=None, content_media_type="application/octet-stream"))
        content = {f"image/{kind}": image for kind in ("jpeg", "png", "webp", "gif")}
        self.request_body = RequestBody(content=content, required=True, description="The picture's bytes")


@put(
    "/me/avatar",
    operation_class=_ImageBody,
    request_max_body_size=None,
    responses=errors(NotAnImage, AvatarTooLarge, AvatarsBusy),
)
async def set_avatar(avatars: AvatarsService, identity: Identity, request: Request[Any, Any, Any]) -> Me:
    """Set your picture from a JPEG, PNG, WebP or GIF: its middle square, upright, without what else the file says."""
    return await avatars.set_avatar(identity, request.stream())


@delete("/me/avatar")
async def remove_avatar(avatars: AvatarsService, identity: Identity) -> None:
    """Remove your picture."""
    await avatars.remove_avatar(identity)


@get("/avatars/{user_id:uuid}", media_type="image/webp", responses=errors(AvatarNotFound), **public)
async def get_avatar(
    avatars: AvatarsService, request: Request[Any, Any, Any], user_id: UUID, size: _Size = 256, version: _Version = None
) -> Response[bytes]:
    """Somebody's picture as WebP; public, since an `<img>` sends no token and the id cannot be guessed."""
    avatar = await avatars.find_avatar(str(user_id), size)
    if avatar is None:
        raise AvatarNotFound("There is no such picture.")
    cached = version == avatar.avatar_id
    headers = {"ETag": avatar.etag, "Cache-Control": _IMMUTABLE if cached else _REVALIDATED}
    if avatar.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(await avatars.read(avatar), headers=headers, media_type="image/webp")


routes = [set_avatar, remove_avatar, get_avatar]

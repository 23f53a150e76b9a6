"""What needs no credentials: setting up, registering, logging in and staying so."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from tutti.kit.addresses import Addresses
from tutti.kit.web import errors, limited, public, public_file
from tutti.services.accounts.api import (
    AvatarNotFound,
    Login,
    Me,
    NameTaken,
    Refresh,
    RefreshRefused,
    Registration,
    RegistrationClosed,
    Setup,
    SetupDone,
    SetupState,
    Tokens,
    TooManyAttempts,
    UnusableName,
    WeakPassword,
    WrongCredentials,
    WrongSetupToken,
)
from tutti.services.accounts.service import AccountsService, SessionsService
from tutti.services.accounts.service.avatars import AvatarsService, fitting_size
from tutti.services.accounts.service.tokens import TokenKeys

# The address holds the digest of the image, so what it answers never changes.
_FOREVER = "public, max-age=31536000, immutable"
# Long enough that nobody asks for every request, short enough that an old key is not held for long.
_KEYS_FOR = "public, max-age=300"


@get("/setup", **public)
async def get_setup(accounts: NamedDependency[AccountsService]) -> SetupState:
    """Whether the first admin is still to be made."""
    return await accounts.get_setup()


@post(
    "/setup",
    status_code=201,
    responses=errors(SetupDone, WrongSetupToken, WeakPassword, UnusableName),
    **limited("sign_in"),
    **public,
)
async def set_up(
    accounts: NamedDependency[AccountsService],
    sessions: NamedDependency[SessionsService],
    addresses: NamedDependency[Addresses],
    request: Request[Any, Any, Any],
    data: JSONBody[Setup],
) -> Tokens:
    """Make the first admin, with the token printed when the server started, and log them in."""
    await accounts.set_up(data)
    return await sessions.log_in(Login(data.name, data.password), *_origin(addresses, request))


@post(
    "/users",
    responses=errors(RegistrationClosed, NameTaken, WeakPassword, UnusableName),
    **limited("sign_in"),
    **public,
)
async def register(accounts: NamedDependency[AccountsService], data: JSONBody[Registration]) -> Me:
    """Make an account, where this server takes new ones."""
    return await accounts.register(data)


@post(
    "/auth/login", status_code=200, responses=errors(WrongCredentials, TooManyAttempts), **limited("sign_in"), **public
)
async def log_in(
    sessions: NamedDependency[SessionsService],
    addresses: NamedDependency[Addresses],
    request: Request[Any, Any, Any],
    data: JSONBody[Login],
) -> Tokens:
    """Open a session with a name or e-mail address and a password."""
    return await sessions.log_in(data, *_origin(addresses, request))


@post("/auth/refresh", status_code=200, responses=errors(RefreshRefused), **limited("sign_in"), **public)
async def refresh(
    sessions: NamedDependency[SessionsService],
    addresses: NamedDependency[Addresses],
    request: Request[Any, Any, Any],
    data: JSONBody[Refresh],
) -> Tokens:
    """Exchange a refresh token for new tokens. Each is good once; one that comes again later ends the session."""
    return await sessions.refresh(data.refresh_token, _origin(addresses, request)[0])


@get("/.well-known/jwks.json", sync_to_thread=False, **public)
def get_jwks(token_keys: NamedDependency[TokenKeys]) -> Response[dict[str, list[dict[str, str]]]]:
    """The public keys that access tokens can be checked with (RFC 7517). Ask again for a `kid` that is not there."""
    return Response(token_keys.jwks(), headers={"Cache-Control": _KEYS_FOR})


@get("/avatars/{avatar_id:str}", media_type="image/webp", responses=errors(AvatarNotFound), **public_file)
async def get_avatar(
    avatars: NamedDependency[AvatarsService],
    request: Request[Any, Any, Any],
    avatar_id: FromPath[str],
    size: Annotated[int, QueryParameter(ge=1, le=512)] = 256,
) -> Response[bytes]:
    """An avatar as a square WebP. The id is a digest of the image: nobody can guess it, and it never changes."""
    chosen = fitting_size(size)
    tag = f'"{avatar_id}-{chosen}"'
    headers = {"Cache-Control": _FOREVER, "ETag": tag, "X-Content-Type-Options": "nosniff"}
    content = await avatars.get(avatar_id, chosen)
    if _has(tag, request.headers.get("if-none-match", "")):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type="image/webp", headers=headers)


def _has(tag: str, if_none_match: str) -> bool:
    """RFC 9110 §13.1.2: weak comparison."""
    given = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return tag in given or "*" in given


def _origin(addresses: NamedDependency[Addresses], request: Request[Any, Any, Any]) -> tuple[str, str]:
    peer = request.client.host if request.client else None
    forwarded_for = request.headers.get("x-forwarded-for", "")
    return addresses.of(peer, forwarded_for), request.headers.get("user-agent", "")[:200]


routes = [get_setup, set_up, register, log_in, refresh, get_jwks, get_avatar]

"""HTTP of the public keys that access tokens are checked with."""

from litestar import get
from litestar.response import Response

from tutti.kit.web import public
from tutti.services.accounts.service import Jwks, Keyring

_PATH = "/.well-known/jwks.json"
_MAX_AGE_S = 300


@get(_PATH, **public)
async def get_public_keys(keyring: Keyring) -> Response[Jwks]:
    """The public keys of this server's access tokens (RFC 7517)."""
    return Response(keyring.public_keys(), headers={"Cache-Control": f"public, max-age={_MAX_AGE_S}"})


@get(_PATH, include_in_schema=False, **public)
async def get_public_keys_at_root(keyring: Keyring) -> Response[Jwks]:
    """The same where RFC 8615 has programs look for it."""
    return Response(keyring.public_keys(), headers={"Cache-Control": f"public, max-age={_MAX_AGE_S}"})


routes = [get_public_keys]
root_routes = [get_public_keys_at_root]

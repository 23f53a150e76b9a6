"""Who asks: every route that is not public needs a bearer token."""

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult

from tutti.kit.auth import Authenticator, Identity, MissingScope, Scope
from tutti.kit.errors import Unauthorized

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class NoCredentials(Unauthorized):
    """The route needs a bearer token and none came."""


class Authentication(AbstractAuthenticationMiddleware):
    """Puts the `Identity` of the bearer into ``Request.user``; an API key also needs the scope of the method."""

    def __init__(self, app: Any, authenticator: Authenticator, **options: Any) -> None:
        super().__init__(app, **options)
        self._authenticator = authenticator

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        """Check the credentials.

        Raises:
            Unauthorized: there are none, or they do not hold.
            MissingScope: they are an API key that may only read.
        """
        scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise NoCredentials("Log in, and send the access token as a bearer token.")
        identity = await self._authenticator.identify(credentials.strip())
        needed: Scope = "read" if connection.scope.get("method", "GET") in SAFE_METHODS else "write"
        if needed not in identity.scopes:
            raise MissingScope(f"This API key lacks the scope {needed}.", scope=needed)
        return AuthenticationResult(user=identity, auth=credentials)


def give_identity(request: Request[Identity, Any, Any]) -> Identity:
    """What routes receive as ``identity``."""
    return request.user

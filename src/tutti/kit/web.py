"""The HTTP application of a process: its services' routes, errors rendered in one place, OpenAPI."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from litestar import Litestar, MediaType, Request, Response, Router
from litestar.config.compression import CompressionConfig
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException, ValidationException
from litestar.middleware import DefineMiddleware
from litestar.middleware.authentication import AbstractAuthenticationMiddleware, AuthenticationResult
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from tutti import __version__
from tutti.kit.auth import Authenticator, Identity, MissingScope, Scope
from tutti.kit.errors import AppError, ErrorBody, Unauthorized
from tutti.kit.live import live_route
from tutti.kit.service import Process
from tutti.kit.trace import trace_id

API = "/api/v1"
PUBLIC = "public"
"""Put ``**public`` on a route that needs no credentials; `Request.user` is then None."""
public: dict[str, Any] = {"opt": {PUBLIC: True}, "security": [{}]}

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_UNEXPECTED = "Something went wrong here. Tell the operator the trace id; the log has the details."
_CODES = {400: "INVALID", 401: "UNAUTHORIZED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "TOO_LARGE"}

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.web")


class NoCredentials(Unauthorized):
    """The route needs a bearer token and none came."""


def errors(*kinds: type[AppError]) -> dict[int, ResponseSpec]:
    """Describe in OpenAPI the errors that a route may answer with (several of one status are joined)."""
    by_status: dict[int, list[type[AppError]]] = {}
    for kind in kinds:
        by_status.setdefault(kind.status, []).append(kind)
    return {
        status: ResponseSpec(
            data_container=ErrorBody,
            generate_examples=False,
            description="; ".join(f"`{k.code}`: {(k.__doc__ or '').splitlines()[0]}" for k in found),
        )
        for status, found in by_status.items()
    }


def create_app(process: Process, extra: Sequence[ControllerRouterHandler] = ()) -> Litestar:
    """Build the application for the services of ``process``; ``extra`` are routes outside ``/api/v1``."""
    provides: dict[str, object] = {}
    routes: list[ControllerRouterHandler] = [live_route(process.live, process.auth)]
    root_routes: list[ControllerRouterHandler] = [*extra]
    for service in process.services:
        provides |= service.provides
        routes += service.routes
        root_routes += service.root_routes
    return Litestar(
        route_handlers=[Router(API, route_handlers=routes), *root_routes],
        middleware=[DefineMiddleware(_Authentication, authenticator=process.auth, exclude_from_auth_key=PUBLIC)],
        dependencies={"identity": Provide(_identity, sync_to_thread=False), **_objects(provides)},
        exception_handlers={Exception: _render},
        openapi_config=_openapi(),
        compression_config=CompressionConfig(
            backend="gzip", minimum_size=1024, exclude=[f"{API}/stream", f"{API}/covers"]
        ),
        logging_config=None,
    )


class _Authentication(AbstractAuthenticationMiddleware):
    def __init__(self, app: Any, authenticator: Authenticator, **options: Any) -> None:
        super().__init__(app, **options)
        self._authenticator = authenticator

    async def authenticate_request(self, connection: ASGIConnection[Any, Any, Any, Any]) -> AuthenticationResult:
        scheme, _, credentials = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not credentials:
            raise NoCredentials("Log in, and send the access token as a bearer token.")
        identity = await self._authenticator.identify(credentials.strip())
        needed: Scope = "read" if connection.scope.get("method", "GET") in _SAFE_METHODS else "write"
        if needed not in identity.scopes:
            raise MissingScope(f"This API key lacks the scope {needed}.", scope=needed)
        return AuthenticationResult(user=identity, auth=credentials)


def _identity(request: Request[Identity, Any, Any]) -> Identity:
    return request.user


def _objects(provides: Mapping[str, object]) -> dict[str, Provide]:
    return {name: Provide(_constant(value), sync_to_thread=False) for name, value in provides.items()}


def _constant(value: object) -> Any:
    def give() -> Any:
        return value

    return give


def _render(request: Request[Any, Any, Any], error: Exception) -> Response[ErrorBody]:
    status, code, message, details, headers = _describe(request, error)
    body = ErrorBody(code=code, message=message, details=details, trace_id=trace_id())
    return Response(body, status_code=status, headers=headers, media_type=MediaType.JSON)


def _describe(
    request: Request[Any, Any, Any], error: Exception
) -> tuple[int, str, str, dict[str, object], dict[str, str]]:
    if isinstance(error, AppError):
        return error.status, error.code, error.message, error.details, error.headers
    if isinstance(error, ValidationException):
        return 400, "INVALID", "The request does not fit the route.", {"problems": error.extra}, {}
    if isinstance(error, HTTPException):
        code = _CODES.get(error.status_code, "HTTP_ERROR")
        return error.status_code, code, error.detail, {}, dict(error.headers or {})
    log.error("unexpected error", path=request.url.path, method=request.method, exc_info=error)
    return 500, "INTERNAL", _UNEXPECTED, {}, {}


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Tutti",
        version=__version__,
        path=API,
        openapi_router=Router(API, route_handlers=[], opt={PUBLIC: True}, include_in_schema=False),
        render_plugins=[JsonRenderPlugin()],
        security=[{"bearer": []}],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(
                    type="http",
                    scheme="bearer",
                    description="An access token from `POST /auth/login`, or an API key.",
                )
            }
        ),
        use_handler_docstrings=True,
    )

"""Whoever changes something here has to be logged in at this very moment, whatever other copies have yet heard of."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar import Router
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from tutti.kit.auth import Identity
from tutti.kit.web.authentication import SAFE_METHODS
from tutti.services.accounts.service import SessionsService

_Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]


def confirmed(routes: Sequence[HTTPRouteHandler], sessions: SessionsService) -> list[ControllerRouterHandler]:
    """Return ``routes``, of which those that write first look at the table that says who is logged in.

    Elsewhere, and where something is only read, a session that another copy has ended is refused within
    ``TUTTI_AUTH_TRUST_S``: nobody asks the database for each request.
    """
    reading = [route for route in routes if route.http_methods <= SAFE_METHODS]
    writing = [route for route in routes if route not in reading]
    return [*reading, Router("/", route_handlers=writing, guards=[_guard(sessions)])]


def _guard(sessions: SessionsService) -> _Guard:
    async def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        identity: Identity | None = connection.scope.get("user")
        if identity is not None:
            await sessions.confirm(identity)

    return guard

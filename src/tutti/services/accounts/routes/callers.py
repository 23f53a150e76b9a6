"""Who calls, as far as the connection tells."""

from collections.abc import Mapping
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler

from tutti.kit.auth import API_KEY_PREFIX
from tutti.services.accounts.api import SessionNeeded
from tutti.services.accounts.service.addresses import Addresses, Caller


def signed_in(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Guard for what decides over an account: a leaked API key must not grow into the whole of it."""
    if str(connection.auth).startswith(API_KEY_PREFIX):
        raise SessionNeeded("An API key does not do for this; log in.")


def _caller(request: Request[Any, Any, Any], addresses: Addresses) -> Caller:
    peer = request.client.host if request.client else ""
    forwarded = request.headers.getall("x-forwarded-for", [])
    return Caller(addresses.find(peer, forwarded), request.headers.get("user-agent", ""))


called: Mapping[str, Any] = {"dependencies": {"caller": Provide(_caller, sync_to_thread=False)}}
"""Put ``**called`` on a route that receives ``caller``."""

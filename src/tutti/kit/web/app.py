"""Putting the application together."""

from collections.abc import Mapping, Sequence
from typing import Any

from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.middleware import DefineMiddleware
from litestar.types import ControllerRouterHandler

from tutti.kit.addresses import Addresses
from tutti.kit.limits import open_counting
from tutti.kit.live import live_route
from tutti.kit.service import Process
from tutti.kit.web.authentication import Authentication, give_identity
from tutti.kit.web.deadlines import Deadlines
from tutti.kit.web.idempotency import Idempotency
from tutti.kit.web.limiting import Limiting
from tutti.kit.web.openapi import openapi_config
from tutti.kit.web.outer import Headers, answer_head, security_headers, with_headers
from tutti.kit.web.refusals import Refusals
from tutti.kit.web.rendering import render
from tutti.kit.web.routing import API, PUBLIC, UNCOMPRESSED


class Application(Litestar):
    """Litestar, with HEAD and security headers on everything."""

    security_headers: Headers = ()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["method"] == "HEAD":
            await answer_head(super().__call__, scope, receive, with_headers(send, self.security_headers))
        else:
            await super().__call__(scope, receive, with_headers(send, self.security_headers))


def create_app(process: Process, extra: Sequence[ControllerRouterHandler] = ()) -> Application:
    """Build the application for the services of ``process``; ``extra`` are routes outside ``/api/v1``."""
    base = process.settings.base
    counted = {"counting": open_counting(process.stores), "addresses": Addresses(base.trusted_proxies)}
    provides: dict[str, object] = {}
    routes: list[ControllerRouterHandler] = [live_route(process.live, process.auth, process.limits.live)]
    root_routes: list[ControllerRouterHandler] = [*extra]
    for service in process.services:
        provides |= service.provides
        routes += service.routes
        root_routes += service.root_routes
    app = Application(
        route_handlers=[Router(API, route_handlers=routes), *root_routes],
        middleware=[
            *([DefineMiddleware(Deadlines, answer_s=base.answer_s)] if process.peers is not None else []),
            DefineMiddleware(Refusals, amount=process.limits.refused, **counted),
            DefineMiddleware(Authentication, authenticator=process.auth, exclude_from_auth_key=PUBLIC),
            DefineMiddleware(Limiting, settings=process.limits, **counted),
            DefineMiddleware(Idempotency, db=process.db, max_body_bytes=base.max_body_bytes),
        ],
        dependencies={"identity": Provide(give_identity, sync_to_thread=False), **_objects(provides)},
        exception_handlers={Exception: render},
        openapi_config=openapi_config(),
        cors_config=CORSConfig(allow_origins=list(base.cors_origins)) if base.cors_origins else None,
        request_max_body_size=base.max_body_bytes,
        compression_config=CompressionConfig(backend="gzip", minimum_size=1024, exclude_opt_key=UNCOMPRESSED),
        logging_config=None,
    )
    app.security_headers = security_headers(process.storage.public_origin)
    return app


def _objects(provides: Mapping[str, object]) -> dict[str, Provide]:
    return {name: Provide(_constant(value), sync_to_thread=False) for name, value in provides.items()}


def _constant(value: object) -> Any:
    def give() -> Any:
        return value

    return give

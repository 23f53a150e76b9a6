"""HTTP of accounts."""

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from tutti.services.accounts.routes import avatars, entry, keys, me, people

routes: Sequence[ControllerRouterHandler] = [
    *entry.routes,
    *me.routes,
    *people.routes,
    *avatars.routes,
    *keys.routes,
]
root_routes: Sequence[ControllerRouterHandler] = keys.root_routes

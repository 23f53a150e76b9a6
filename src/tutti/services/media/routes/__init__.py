"""HTTP of media."""

from litestar.types import ControllerRouterHandler

from tutti.services.media.routes import hooks, jobs, uploads

routes: list[ControllerRouterHandler] = [*uploads.routes, *hooks.routes, *jobs.routes]

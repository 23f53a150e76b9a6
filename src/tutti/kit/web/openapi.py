"""The OpenAPI 3.1 document: what Litestar finds out about the routes, completed with what holds for all of them."""

import re
from typing import Any, cast

import msgspec
from litestar import Litestar, Request, Router
from litestar.enums import OpenAPIMediaType
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from tutti import __version__
from tutti.kit.errors import ErrorBody
from tutti.kit.web.authentication import SAFE_METHODS
from tutti.kit.web.examples import example_of
from tutti.kit.web.limiting import LimitReached
from tutti.kit.web.rendering import INVALID
from tutti.kit.web.routing import API, IDEMPOTENT, LIMIT, PUBLIC, UNLIMITED, example_error

Json = dict[str, Any]
_METHODS = ("get", "head", "post", "put", "patch", "delete")
_PAGE = re.compile(r"^Page_(?:.*\.)?(\w+?)_$")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ERROR_REF: Json = {"$ref": "#/components/schemas/ErrorBody"}
_KEY_HEADER: Json = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of the client's own: a request repeated with the same one is carried out once.",
    "schema": {"type": "string", "maxLength": 255},
}
_COMMON = {
    400: (INVALID, "The request does not fit the route; `details.problems` says where."),
    401: ("INVALID_TOKEN", "No valid credentials came."),
    403: ("MISSING_ROLE", "Your role, or the scopes of your API key, do not reach."),
    413: ("TOO_LARGE", "The body is larger than what is taken here."),
    429: (LimitReached.code, "Too many requests of this kind within a minute; `Retry-After` says when to come back."),
}


class _Document(OpenAPIRenderPlugin):
    """Serves the completed document at ``openapi.json``."""

    def __init__(self) -> None:
        super().__init__(path="/openapi.json", media_type=OpenAPIMediaType.OPENAPI_JSON)
        self._encoded: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Encode the document; once."""
        del openapi_schema
        if self._encoded is None:
            self._encoded = msgspec.json.encode(api_document(request.app))
        return self._encoded


class _OnlyTheDocument(Router):
    """Litestar registers pages for people below the document's path, too; those paths are the services'."""

    def register(self, value: ControllerRouterHandler) -> Any:
        """Take the document's route and no other."""
        if isinstance(value, HTTPRouteHandler) and "/openapi.json" in value.paths:
            return super().register(value)
        return []


def openapi_config() -> OpenAPIConfig:
    """How Litestar is to describe the routes."""
    return OpenAPIConfig(
        title="Tutti",
        version=__version__,
        path=API,
        openapi_router=_OnlyTheDocument(API, route_handlers=[], opt={PUBLIC: True}, include_in_schema=False),
        render_plugins=[_Document()],
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
        operation_id_creator=_operation_id,
        use_handler_docstrings=True,
    )


def api_document(app: Litestar) -> Json:
    """The whole document: every route, error and example."""
    # A copy, since Litestar keeps its own.
    document = cast(Json, msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema())))
    schemas: Json = document["components"]["schemas"]
    schemas.setdefault("ErrorBody", msgspec.json.schema_components([ErrorBody])[1]["ErrorBody"])
    handlers = _handlers(app)
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                handler = handlers[path, method.upper()]
                _complete(item[method], method.upper(), handler)
                _add_examples(item[method], schemas)
    return _renamed(document, {name: f"{found[1]}Page" for name in schemas if (found := _PAGE.match(name))})


def _handlers(app: Litestar) -> dict[tuple[str, str], HTTPRouteHandler]:
    found: dict[tuple[str, str], HTTPRouteHandler] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            found |= {(route.path_format, method): handler for method, (handler, _) in route.route_handler_map.items()}
    return found


def _complete(operation: Json, method: str, handler: HTTPRouteHandler) -> None:
    operation["summary"] = _WORD.sub(" ", operation["summary"]).capitalize()
    responses: Json = operation["responses"]
    common: set[int] = set()
    if "400" in responses:
        common.add(400)
    if "requestBody" in operation:
        common |= {400, 413}
    if not handler.opt.get(PUBLIC):
        operation["security"] = [{"bearer": []}]
        common.add(401)
        if handler.resolve_guards() or method not in SAFE_METHODS:
            common.add(403)
    if handler.opt.get(LIMIT) != UNLIMITED or 401 in common or "403" in responses:  # `Refusals`
        common.add(429)
    if handler.opt.get(IDEMPOTENT):
        operation.setdefault("parameters", []).append(_KEY_HEADER)
    for status in common:
        responses[str(status)] = _with_common(responses.get(str(status)), status)
    operation["responses"] = dict(sorted(responses.items()))


def _with_common(present: Json | None, status: int) -> Json:
    code, description = _COMMON[status]
    example = {code: {"value": example_error(code, description)}}
    content: Json = present["content"]["application/json"] if present else {}
    if present is None or content.get("schema") != _ERROR_REF:  # none yet, or Litestar's own shape
        media = {"schema": _ERROR_REF, "examples": example}
        return {"description": f"`{code}`: {description}", "content": {"application/json": media}}
    content["examples"] = content.get("examples", {}) | example
    return present | {"description": f"{present['description']}; `{code}`: {description}"}


def _add_examples(operation: Json, schemas: Json) -> None:
    bodies: list[Json] = [operation["requestBody"]] if "requestBody" in operation else []
    for body in (*bodies, *operation["responses"].values()):
        media: Json | None = body.get("content", {}).get("application/json")
        if media is not None and "examples" not in media and "example" not in media:
            media["example"] = example_of(media.get("schema", {}), schemas)


def _renamed(document: Json, names: dict[str, str]) -> Json:
    """``document`` with schemas renamed: ``Page_…Album_`` is `AlbumPage` for those who generate code from it."""
    schemas: Json = document["components"]["schemas"]
    document["components"]["schemas"] = {names.get(name, name): schema for name, schema in sorted(schemas.items())}
    text = msgspec.json.encode(document).decode()
    for old, new in names.items():
        text = text.replace(f'"#/components/schemas/{old}"', f'"#/components/schemas/{new}"')
    return msgspec.json.decode(text)


def _operation_id(handler: HTTPRouteHandler, method: str, _path: object) -> str:
    name = handler.handler_name
    first, *rest = (f"head_{name}" if method == "HEAD" else name).split("_")
    return first + "".join(word.capitalize() for word in rest)

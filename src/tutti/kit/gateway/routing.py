"""Which service answers which path: by the first word, and one by one where several services share a word.

``/api/v1/albums`` and all below it is the catalogue's. ``/api/v1/tracks`` is, too, but ``/api/v1/tracks/{id}/audio`` is
media's: the word goes to whom most of its paths belong, and the others' are exceptions, each by its own pattern.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec
from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

_PARAMETER = "{}"
_REST = "{*}"
"""A parameter that takes slashes, too."""


class SharedPath(Exception):
    """Two services answer at the same path; a gateway, which goes by the path, cannot tell their requests apart."""


class Endpoint(msgspec.Struct, frozen=True):
    """A path of a service."""

    service: str
    segments: tuple[str, ...]
    """Words of the path; ``{}`` stands for one parameter, ``{*}`` for one with slashes."""
    max_body_bytes: int | None
    """Of the largest body that a method takes here; None: the route itself decides."""

    @property
    def path(self) -> str:
        """The path, with its parameters as ``{}``."""
        return "/" + "/".join(self.segments)

    @property
    def pattern(self) -> str:
        """A regular expression (PCRE) for the path; a slash at its end changes nothing, as for the service."""
        parts = (
            ".+" if word == _REST else "[^/]+" if word == _PARAMETER else re.escape(word) for word in self.segments
        )
        return f"^/{'/'.join(parts)}/?$"


class Word(msgspec.Struct, frozen=True):
    """A prefix, and who answers below it."""

    prefix: tuple[str, ...]
    service: str
    max_body_bytes: int
    exceptions: tuple[Endpoint, ...]
    """What is answered otherwise; more special ones first."""

    @property
    def path(self) -> str:
        """The prefix as a path."""
        return "/" + "/".join(self.prefix)


def endpoints_of(
    service: str, prefix: str, handlers: Sequence[ControllerRouterHandler], max_body_bytes: int
) -> list[Endpoint]:
    """Return what a service answers below ``prefix``, path by path.

    ``max_body_bytes`` is the limit of routes that name none of their own.
    """
    if not handlers:
        return []
    router = Router(prefix, route_handlers=list(handlers))
    return [
        Endpoint(service, _segments(route), _largest_body(route, max_body_bytes))
        for route in router.routes
        if isinstance(route, HTTPRoute)
    ]


def split_words(endpoints: Iterable[Endpoint], prefix: str, order: Sequence[str]) -> list[Word]:
    """Return the words that come after ``prefix`` (``/api/v1``), and who answers there.

    Where two services have as many paths of a word, it goes to the one that is first in ``order``.

    Raises:
        SharedPath: a path is answered by two services.
    """
    before = tuple(word for word in prefix.split("/") if word)
    words: dict[str, list[Endpoint]] = {}
    owners: dict[tuple[str, ...], str] = {}
    for each in endpoints:
        if each.segments[: len(before)] == before and len(each.segments) > len(before):
            _claim(owners, each)
            words.setdefault(each.segments[len(before)], []).append(each)
    return [_word((*before, word), found, order) for word, found in sorted(words.items())]


def _claim(owners: dict[tuple[str, ...], str], endpoint: Endpoint) -> None:
    owner = owners.setdefault(endpoint.segments, endpoint.service)
    if owner != endpoint.service:
        raise SharedPath(
            f"{endpoint.path} is answered by {owner} and by {endpoint.service}: give each a path of its own."
        )


def _word(prefix: tuple[str, ...], found: Sequence[Endpoint], order: Sequence[str]) -> Word:
    count = Counter(each.service for each in found)
    service = max(count, key=lambda name: (count[name], -order.index(name)))
    different = [each for each in found if each.service != service or each.max_body_bytes is None]
    # A pattern of an exception may take in a path that is the word's own: that path is then named before it.
    shadowed = [each for each in found if each not in different and any(_takes_in(other, each) for other in different)]
    ordinary = [each.max_body_bytes for each in found if each not in different and each.max_body_bytes is not None]
    exceptions = sorted([*different, *shadowed], key=_specialty)
    return Word(prefix, service, max(ordinary, default=0), tuple(exceptions))


def _takes_in(pattern: Endpoint, path: Endpoint) -> bool:
    return re.match(pattern.pattern, path.path.replace(_REST, "a/b").replace(_PARAMETER, "a")) is not None


def _specialty(endpoint: Endpoint) -> tuple[tuple[int, str], ...]:
    kinds: Mapping[str, int] = {_PARAMETER: 1, _REST: 2}
    return tuple((kinds.get(word, 0), word) for word in endpoint.segments)


def _segments(route: HTTPRoute) -> tuple[str, ...]:
    return tuple(
        part if isinstance(part, str) else (_REST if part.type is Path else _PARAMETER)
        for part in route.path_components
    )


def _largest_body(route: HTTPRoute, default: int) -> int | None:
    limits = [_body_limit(handler, default) for handler in route.route_handlers]
    return None if any(limit is None for limit in limits) else max(limit for limit in limits if limit is not None)


def _body_limit(handler: HTTPRouteHandler, default: int) -> int | None:
    limit = handler.request_max_body_size
    return limit if limit is None or isinstance(limit, int) else default

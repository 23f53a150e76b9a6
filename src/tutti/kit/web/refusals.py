"""Requests that are refused for who asks, which `Limiting` cannot count: it stands behind `Authentication`.

They count for the address that they come from (a household's network, of version 6): without a token or with one that
does not hold, and at signed addresses that were altered or have expired. Only the refused ones count, and only they get
429 in the end: whoever shows a token or an address that holds is let in, whatever others behind the same address do.

Whoever shows a token that was good once, or that reaches less far, is counted by that token alone. Such a client has to
hear 401 to renew it, also where somebody else at its address guesses.
"""

from hashlib import blake2b
from typing import Any

from limits import RateLimitItemPerMinute
from litestar import Request

from tutti.kit.addresses import Addresses
from tutti.kit.errors import AppError, Forbidden, Unauthorized
from tutti.kit.limits import Counting
from tutti.kit.web.limiting import LimitReached, kind_of, network_of_client, refused_by
from tutti.kit.web.rendering import render
from tutti.kit.web.routing import API

_KIND = "refused"
_STATUSES = (Unauthorized.status, Forbidden.status)


class Refusals:
    """Counts what is refused; stands before `Authentication`."""

    def __init__(self, app: Any, amount: int, counting: Counting, addresses: Addresses) -> None:
        self._app = app
        self._limit = RateLimitItemPerMinute(amount, namespace=_KIND) if amount else None
        self._counting = counting
        self._addresses = addresses

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on; where it is refused once too often, say that instead.

        Raises:
            LimitReached: the credentials are refused, and there were too many of these.
        """
        if self._limit is None or scope["type"] != "http" or not scope["path"].startswith(f"{API}/"):
            await self._app(scope, receive, send)
            return
        instead: LimitReached | None = None

        async def send_unless_too_many(message: Any) -> None:
            nonlocal instead
            if message["type"] == "http.response.start" and _is_uncounted(scope) and message["status"] in _STATUSES:
                instead = await self._count(self._network(scope))
            if instead is None:
                await send(message)

        try:
            await self._app(scope, receive, send_unless_too_many)
        except (Unauthorized, Forbidden) as error:  # of `Authentication`: those of routes are answers already
            too_many = await self._count(self._who(scope, error))
            if too_many is None:
                raise
            raise too_many from error
        if instead is not None:
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            await render(request, instead).to_asgi_response(None, request)(scope, receive, send)

    async def _count(self, who: str) -> LimitReached | None:
        assert self._limit is not None
        left = await self._counting.hit(self._limit, who)
        return None if left.allowed else refused_by(_KIND, self._limit.amount, left)

    def _who(self, scope: Any, error: AppError) -> str:
        if isinstance(error, Forbidden) or "reason" in error.details:
            shown = b" ".join(value for name, value in scope["headers"] if name == b"authorization")
            return f"token/{blake2b(shown, digest_size=16).hexdigest()}"
        return self._network(scope)

    def _network(self, scope: Any) -> str:
        return f"address/{network_of_client(scope, self._addresses)}"


def _is_uncounted(scope: Any) -> bool:
    """Whether nobody else counts the request: one at a signed address, for bytes."""
    return scope.get("user") is None and kind_of(scope) is None

"""Asking one peer: which calls go through, how long they wait, and which are repeated."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from tutti.kit.rpc import bare, wire
from tutti.kit.rpc.breaker import Breaker, State
from tutti.kit.rpc.deadlines import remaining_s
from tutti.kit.rpc.link import Link
from tutti.kit.rpc.methods import Method, encode
from tutti.kit.rpc.metrics import ASKED, ASKED_AGAIN, ASKING, BREAKER
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tokens import Signer
from tutti.kit.rpc.verdicts import Judge, Verdict
from tutti.kit.telemetry.spans import Spans, exported_spans
from tutti.kit.trace import trace_parent

Asking = Callable[..., Coroutine[Any, Any, Any]]


class Peer:
    """A service in other processes, however many copies there are of it."""

    def __init__(self, service: str, link: Link, signer: Signer, settings: RpcSettings) -> None:
        self.service = service
        self.link = link
        self.signer = signer
        self.settings = settings
        self.under_way = 0
        ASKING.labels(service).set_function(lambda: self.under_way)
        self.breaker = Breaker(
            settings.breaker_failures,
            settings.breaker_run_s,
            settings.breaker_open_s,
            changed=BREAKER.labels(service).set,
        )

    def method(self, method: Method) -> Asking:
        """Return what stands for a method of the peer's api."""
        return _Call(self, method)

    def find_problem(self) -> str | None:
        """Say what keeps the peer from being asked, or None."""
        if self.breaker.state is State.OPEN:
            return f"{self.service} does not answer"
        return None if self.link.is_ready() else f"{self.service} is not connected"


class _Call:
    """The calls of one method."""

    def __init__(self, peer: Peer, method: Method) -> None:
        self._peer = peer
        self._method = method
        self._settings = peer.settings
        self._limit_s = method.timeout_s(peer.settings)
        self._attempt_s = peer.settings.attempt_timeout_s if method.idempotent and not method.lengthy else self._limit_s
        self._judge = Judge(peer.service, method.name, peer.settings.busy_retry_after_s)
        self._outcomes = {each: ASKED.labels(peer.service, method.name, each) for each in wire.OUTCOMES}
        self._again = ASKED_AGAIN.labels(peer.service, method.name)

    def __call__(self, *args: Any, **named: Any) -> Coroutine[Any, Any, Any]:
        """Call the method; as it, but for the errors of `errors`."""
        spans = exported_spans()
        return self._ask(args, named) if spans is None else self._observed(spans, args, named)

    async def _observed(self, spans: Spans, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        with spans.call(f"{self._peer.service}.{self._method.name}", "asked"):
            return await self._ask(args, named)

    async def _ask(self, args: tuple[Any, ...], named: dict[str, Any]) -> Any:
        body = encode(self._method.request(*args, **named))
        if len(body) > self._settings.max_message_bytes:
            raise self._judge.too_large("request", f"{len(body)} bytes")
        peer, started, outcome = self._peer, time.monotonic(), wire.CANCELLED
        peer.under_way += 1
        try:
            ends, number = self._end(started), 1
            while True:
                try:
                    answer = await self._attempt(body, ends)
                    outcome = wire.OK
                    return answer
                except Verdict as verdict:
                    await self._pause(verdict, number, ends)
                number += 1
        except Verdict as verdict:
            outcome = verdict.outcome
            raise verdict.error from None
        finally:
            peer.under_way -= 1
            self._outcomes[outcome].observe(time.monotonic() - started)

    def _end(self, started: float) -> float:
        """Return when the call has to be over; raise a verdict if it need not begin."""
        if self._peer.under_way > self._settings.calls_per_peer:
            raise self._judge.busy()
        left = remaining_s()
        if left is None:
            return started + self._limit_s
        if left <= 0:
            raise self._judge.late()
        return started + min(self._limit_s, left)

    async def _pause(self, verdict: Verdict, number: int, ends: float) -> None:
        """Wait before another attempt; raise ``verdict`` if one would be of no use."""
        repeatable = self._method.idempotent or verdict.unsent
        longest = min(self._settings.retry_cap_s, self._settings.retry_base_s * 2.0 ** (number - 1))
        pause = random.uniform(0, longest)  # noqa: S311  to spread callers
        too_late = time.monotonic() + pause >= ends
        if too_late or not verdict.again or not repeatable or number >= self._settings.attempts:
            raise verdict
        self._again.inc()
        await asyncio.sleep(pause)

    async def _attempt(self, body: bytes, ends: float) -> Any:
        """Send the request once, and tell the breaker what came of it."""
        breaker = self._peer.breaker
        admitted = breaker.admit()
        if admitted is None:
            raise self._judge.away(unsent=True)
        began = time.monotonic()
        try:
            answered = await self._send(body, ends, began)
        except Verdict as verdict:
            if verdict.answered:
                breaker.succeeded(admitted)
            elif verdict.outcome == wire.LATE and time.monotonic() - began < self._settings.attempt_timeout_s:
                breaker.abandoned(admitted)  # its caller had no time: that says nothing of the peer
            else:
                breaker.failed(admitted, began if verdict.outcome == wire.LATE or verdict.unsent else time.monotonic())
            raise
        except BaseException:
            breaker.abandoned(admitted)
            raise
        breaker.succeeded(admitted)
        return answered

    async def _send(self, body: bytes, ends: float, began: float) -> Any:
        link = self._peer.link
        if not link.is_ready() and not await link.wait(min(self._settings.connect_wait_s, ends - began)):
            had_time = ends - began >= self._settings.connect_wait_s
            raise self._judge.away(unsent=True) if had_time else self._judge.late()
        left = min(self._attempt_s, ends - time.monotonic())
        if left <= 0:
            raise self._judge.late()
        metadata = bare.Sent(
            (wire.AUTHORIZATION, wire.BEARER + self._peer.signer.token(self._peer.service)),
            (wire.TRACE_PARENT, trace_parent()),
        )
        try:
            # One that may not be repeated rather waits inside gRPC than to be lost with a connection that just broke.
            answered = await link.ask(self._method.path)(
                body, timeout=left, metadata=metadata, wait_for_ready=not self._method.idempotent
            )
        except bare.Raised as error:
            raise self._judge.judge(bare.describe(error)) from None
        try:
            return self._method.results.read(answered)
        except msgspec.DecodeError as error:
            raise self._judge.unreadable(str(error)) from error

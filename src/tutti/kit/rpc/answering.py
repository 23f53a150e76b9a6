"""Answering one call of another process: its token, its trace, its deadline, then the method, then what came of it."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import structlog

from tutti.kit.errors import AppError
from tutti.kit.rpc import bare, failures, wire
from tutti.kit.rpc.deadlines import begin
from tutti.kit.rpc.methods import Method, encode
from tutti.kit.rpc.metrics import ANSWERED, ANSWERING
from tutti.kit.rpc.settings import RpcSettings
from tutti.kit.rpc.tokens import TokenRefused, Verifier
from tutti.kit.telemetry.spans import exported_spans
from tutti.kit.trace import enter_trace

Answer = Callable[..., Awaitable[Any]]

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.rpc")


class _Refused(Exception):
    """The call ends with another status than OK."""

    def __init__(self, outcome: str, code: str, details: str, *trailers: tuple[str, str | bytes]) -> None:
        super().__init__(details)
        self.outcome = outcome
        self.code = code
        self.details = details
        self.trailers = trailers


class Answering:
    """Makes gRPC handlers of methods; all handlers of a process share one limit of calls under way."""

    def __init__(self, settings: RpcSettings, verifier: Verifier) -> None:
        self._settings = settings
        self._verifier = verifier
        self._under_way = 0
        ANSWERING.set_function(lambda: self._under_way)

    def handler(self, service: str, method: Method, answer: Answer) -> bare.Handle:
        """Return what answers the calls of one method by ``answer``."""
        outcomes = {each: ANSWERED.labels(service, method.name, each) for each in wire.OUTCOMES}

        async def handle(body: bytes, context: bare.Context) -> bytes:
            started = time.perf_counter()
            outcome = wire.CANCELLED
            self._under_way += 1
            try:
                answered = await self._answer(service, method, answer, body, context)
                outcome = wire.OK
                return answered
            except _Refused as refused:
                outcome = refused.outcome
                return await bare.refuse(context, refused.code, refused.details, refused.trailers)
            finally:
                self._under_way -= 1
                outcomes[outcome].observe(time.perf_counter() - started)

        return handle

    async def _answer(self, service: str, method: Method, answer: Answer, body: bytes, context: bare.Context) -> bytes:
        token, trace_parent = _read(context.invocation_metadata())
        enter_trace(trace_parent)
        self._admit(service, token)
        try:
            positional, named = method.arguments(method.requests.read(body))
        except msgspec.DecodeError as error:
            log.warning("a call cannot be read", service=service, method=method.name, reason=str(error))
            raise _Refused(wire.FAILED, "INVALID_ARGUMENT", str(error), (wire.REFUSED, wire.UNREADABLE)) from error
        left = context.time_remaining()
        deadline = begin(method.timeout_s(self._settings) if left is None else left)
        try:
            spans = exported_spans()
            if spans is None:
                encoded = encode(await answer(*positional, **named))
            else:
                with spans.call(f"{service}.{method.name}", "answered"):
                    encoded = encode(await answer(*positional, **named))
        except Exception as error:  # whatever it is, the caller gets an answer
            raise _refusal(service, method, error) from error
        finally:
            deadline.over = True
        if len(encoded) > self._settings.max_message_bytes:
            size = str(len(encoded))
            raise _Refused(
                wire.REFUSED_BY_API, "OUT_OF_RANGE", "too large", (wire.REFUSED, wire.LARGE), (wire.SIZE, size)
            )
        return encoded

    def _admit(self, service: str, token: str) -> None:
        if self._under_way > self._settings.calls_served:
            raise _Refused(wire.BUSY, "RESOURCE_EXHAUSTED", "too many calls", (wire.REFUSED, wire.BUSY))
        try:
            self._verifier.check(token, service)
        except TokenRefused as error:
            log.warning("a call was refused", service=service, reason=str(error))
            raise _Refused(wire.FAILED, "UNAUTHENTICATED", str(error), (wire.REFUSED, wire.TOKEN)) from error


def _read(metadata: bare.Metadata) -> tuple[str, str]:
    """Return the token and the trace that came with a call."""
    token = trace_parent = ""
    for name, value in metadata:
        if name == wire.AUTHORIZATION:
            token = str(value).removeprefix(wire.BEARER)
        elif name == wire.TRACE_PARENT:
            trace_parent = str(value)
    return token, trace_parent


def _refusal(service: str, method: Method, error: Exception) -> _Refused:
    sealed = failures.seal(error)
    if sealed is None:
        log.error("a call failed", service=service, method=method.name, exc_info=error)
        return _Refused(wire.FAILED, "INTERNAL", "see the log", (wire.REFUSED, wire.BROKEN))
    status = error.status if isinstance(error, AppError) else 500
    code = wire.CODES.get(status, "UNKNOWN")
    return _Refused(wire.REFUSED_BY_API, code, type(error).__name__, (wire.FAILURE, sealed))

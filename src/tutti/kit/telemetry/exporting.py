"""Spans exported by OpenTelemetry over OTLP/HTTP. Imported only where a collector is named; see `spans`."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tutti import __version__
from tutti.kit.telemetry.spans import CallKind
from tutti.kit.trace import enter_trace, trace_parent

_KINDS: Mapping[CallKind, SpanKind] = {"asked": SpanKind.CLIENT, "answered": SpanKind.SERVER}


class ExportedSpan:
    """A request as OpenTelemetry's HTTP conventions describe it."""

    def __init__(self, span: OtelSpan, method: str) -> None:
        self._span = span
        self._method = method

    def finish(self, route: str, status: int) -> None:
        """Name the span by its route and note the outcome."""
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500 or status == 0:
            self._span.set_status(Status(StatusCode.ERROR))


class ExportedSpans:
    """Sends spans in batches, in a thread of its own; a collector that is away costs spans, not requests."""

    def __init__(self, endpoint: str) -> None:
        resource = Resource.create({"service.name": "tutti", "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + "/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("tutti")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, scope: Any, parent: str | None) -> Generator[ExportedSpan, None, None]:
        """Time a request as part of the trace that the request is in."""
        del parent  # the trace was entered already, its own or a new one
        context = self._propagator.extract({"traceparent": trace_parent()})
        attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
        with self._tracer.start_as_current_span(
            scope["method"], context=context, kind=SpanKind.SERVER, attributes=attributes
        ) as span:
            _enter(span)
            yield ExportedSpan(span, scope["method"])

    @contextmanager
    def call(self, name: str, kind: CallKind) -> Generator[None, None, None]:
        """Time a call as part of the trace of the running task; what happens in the block is part of the call."""
        before = trace_parent()
        context = self._propagator.extract({"traceparent": before})
        service, _, method = name.partition(".")
        attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": method}
        with self._tracer.start_as_current_span(
            name, context=context, kind=_KINDS[kind], attributes=attributes
        ) as span:
            _enter(span)
            try:
                yield
            finally:
                enter_trace(before)

    def close(self) -> None:
        """Send what is still waiting."""
        self._provider.shutdown()


def _enter(span: OtelSpan) -> None:
    """Make what follows in this task a part of ``span``, in other processes too."""
    context = span.get_span_context()
    enter_trace(f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}")

"""Spans of calls reach a collector: the answering side's inside the asking side's, inside what asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kit.rpc.running import asked
from kit.rpc.sample import Librarian
from tutti.kit.telemetry import open_spans, spans
from tutti.kit.trace import enter_trace, trace_parent

TRACE_ID, SPAN_ID = "a" * 32, "b" * 16


@contextmanager
def collecting() -> Iterator[tuple[str, list[Any]]]:
    """Run a collector (OTLP over HTTP); yield its address and the spans that it got."""
    collected: list[Any] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                collected.extend(span for scope in resource.scope_spans for span in scope.spans)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", collected
        server.shutdown()


async def test_a_call_is_a_span_on_either_side(librarian: Librarian, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans, "_exported", None)
    enter_trace(f"00-{TRACE_ID}-{SPAN_ID}-01")
    with collecting() as (address, collected):
        exported = open_spans(address)
        async with asked(librarian) as proxy:
            trace_id, _ = await proxy.describe_call()
        exported.close()

    assert trace_id == TRACE_ID
    assert trace_parent() == f"00-{TRACE_ID}-{SPAN_ID}-01"
    by_kind = {span.kind: span for span in collected}
    asking, answering = by_kind[3], by_kind[2]  # SPAN_KIND_CLIENT, SPAN_KIND_SERVER
    assert {span.name for span in collected} == {"shelves.describe_call"}
    assert {span.trace_id.hex() for span in collected} == {TRACE_ID}
    assert (asking.parent_span_id.hex(), answering.parent_span_id) == (SPAN_ID, asking.span_id)

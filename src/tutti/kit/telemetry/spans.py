"""Spans: nothing where no collector is named; OpenTelemetry, imported only then, where one is."""

import importlib
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Literal, Protocol

CallKind = Literal["asked", "answered"]


class Span(Protocol):
    """A piece of work that is being timed."""

    def finish(self, route: str, status: int) -> None:
        """Say which route it was, and how it ended."""
        ...


class Spans(Protocol):
    """Makes spans."""

    def request(self, scope: Any, parent: str | None) -> AbstractContextManager[Span]:
        """Time a request for the length of a block."""
        ...

    def call(self, name: str, kind: CallKind) -> AbstractContextManager[None]:
        """Time a call between processes for the length of a block, on its asking or on its answering side."""
        ...

    def close(self) -> None:
        """Send what is still waiting."""
        ...


_exported: Spans | None = None
# One of a process, as the trace of a task is: calls between processes are made where nobody hands anything down.


class _NoSpan:
    def finish(self, route: str, status: int) -> None:
        """Nothing to say."""


class _NoSpans:
    _span = _NoSpan()

    @contextmanager
    def request(self, scope: Any, parent: str | None) -> Generator[Span, None, None]:  # noqa: ARG002  the shape of Spans
        yield self._span

    @contextmanager
    def call(self, name: str, kind: CallKind) -> Generator[None, None, None]:  # noqa: ARG002  the shape of Spans
        yield

    def close(self) -> None:
        """Nothing is waiting."""


def open_spans(otlp_endpoint: str) -> Spans:
    """Return what makes spans; ``otlp_endpoint`` names a collector (OTLP over HTTP), or is empty."""
    if not otlp_endpoint:
        return _NoSpans()
    # Not imported above: OpenTelemetry's SDK and exporter would cost every process 15 MB that most never use.
    exporting: Any = importlib.import_module("tutti.kit.telemetry.exporting")
    spans: Spans = exporting.ExportedSpans(otlp_endpoint)
    global _exported
    _exported = spans
    return spans


def exported_spans() -> Spans | None:
    """Return what makes the spans of calls between processes; None where no collector is named."""
    return _exported

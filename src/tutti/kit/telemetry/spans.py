"""Spans: nothing where no collector is named; OpenTelemetry, imported only then, where one is."""

import importlib
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol


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

    def close(self) -> None:
        """Send what is still waiting."""
        ...


class _NoSpan:
    def finish(self, route: str, status: int) -> None:
        """Nothing to say."""


class _NoSpans:
    _span = _NoSpan()

    @contextmanager
    def request(self, scope: Any, parent: str | None) -> Generator[Span, None, None]:  # noqa: ARG002  the shape of Spans
        yield self._span

    def close(self) -> None:
        """Nothing is waiting."""


def open_spans(otlp_endpoint: str) -> Spans:
    """Return what makes spans; ``otlp_endpoint`` names a collector (OTLP over HTTP), or is empty."""
    if not otlp_endpoint:
        return _NoSpans()
    # Not imported above: OpenTelemetry's SDK and exporter would cost every process 15 MB that most never use.
    exporting: Any = importlib.import_module("tutti.kit.telemetry.exporting")
    return exporting.ExportedSpans(otlp_endpoint)

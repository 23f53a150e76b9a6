"""What `Database` asks of an engine, and what both engines share."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, event

from tutti.kit.db.exclusive import Hold

T = TypeVar("T")
Work = Callable[[Connection], T]
_SHOWN_CHARACTERS = 500

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.db")


class Run(Protocol):
    """Runs one function on the leased connection, off the event loop or awaiting the driver inside."""

    async def __call__(self, work: Work[T], /) -> T:
        """Return what ``work`` returns."""
        ...


class Lease(Protocol):
    """A write transaction, begun by the first work and rolled back unless committed."""

    async def run(self, work: Work[T], /) -> T:
        """Return what ``work`` returns."""
        ...

    async def commit(self, last: Work[None] | None) -> None:
        """Run ``last`` and commit: one hop for both, where a hop costs."""
        ...


class Engine(Protocol):
    """SQLite or PostgreSQL."""

    dialect: str

    async def start(self) -> None:
        """Open the database."""
        ...

    async def stop(self) -> None:
        """Close every connection."""
        ...

    async def read(self, work: Work[T]) -> T:
        """Run ``work``, which only reads."""
        ...

    def reading(self) -> AbstractAsyncContextManager[Run]:
        """Lease a connection for several reads of one snapshot."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Lease]:
        """Lease a connection for a write transaction."""
        ...

    def exclusive(self, name: str) -> AbstractAsyncContextManager[Hold]:
        """Hold a name, the only one in the whole installation."""
        ...

    async def migrate(self, work: Work[None]) -> None:
        """Run ``work``, which changes the schema."""
        ...


def dump_json(value: Any) -> str:
    """Serialise a JSON column."""
    return msgspec.json.encode(value).decode()


def log_slow_queries(engine: sa.Engine, slow_query_ms: int) -> None:
    """Log each statement that takes longer than ``slow_query_ms``, without its parameters (they may be secrets).

    One that failed counts too: most of all one that was ended because it took too long.
    """

    def before(_connection: Any, _cursor: Any, _statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        context.started = time.perf_counter()

    def after(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
        look_at(statement, context)

    def failed(context: sa.engine.ExceptionContext) -> None:
        if context.statement is not None and context.execution_context is not None:
            look_at(context.statement, context.execution_context)

    def look_at(statement: str, context: Any) -> None:
        took_ms = (time.perf_counter() - getattr(context, "started", time.perf_counter())) * 1000
        if took_ms > slow_query_ms:
            log.warning("slow query", took_ms=round(took_ms), statement=statement[:_SHOWN_CHARACTERS])

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    event.listen(engine, "handle_error", failed)

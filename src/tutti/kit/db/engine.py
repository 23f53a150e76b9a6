"""What `Database` asks of an engine, and what both engines share."""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, TypeVar

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, event

T = TypeVar("T")
Work = Callable[[Connection], T]

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.db")


class Run(Protocol):
    """Runs one function on the leased connection, off the event loop or awaiting the driver inside."""

    async def __call__(self, work: Work[T], /) -> T: ...


class Engine(Protocol):
    """SQLite or PostgreSQL."""

    dialect: str

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def read(self, work: Work[T]) -> T: ...

    def reading(self) -> AbstractAsyncContextManager[Run]: ...

    def writing(self) -> AbstractAsyncContextManager[Run]: ...

    async def migrate(self, work: Work[None]) -> None: ...


def dump_json(value: Any) -> str:
    """Serialise a JSON column."""
    return msgspec.json.encode(value).decode()


def log_slow_queries(engine: sa.Engine, slow_query_ms: int) -> None:
    """Log each statement that takes longer than ``slow_query_ms``, without its parameters (they may be secrets)."""

    def before(context: Any) -> None:
        context.started = time.perf_counter()

    def after(statement: str, context: Any) -> None:
        took_ms = (time.perf_counter() - context.started) * 1000
        if took_ms > slow_query_ms:
            log.warning("slow query", took_ms=round(took_ms), statement=statement[:500])

    event.listen(engine, "before_cursor_execute", lambda _c, _cur, _s, _p, context, _m: before(context))
    event.listen(engine, "after_cursor_execute", lambda _c, _cur, s, _p, context, _m: after(s, context))

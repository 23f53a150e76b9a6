"""PostgreSQL through asyncpg."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from tutti.kit.db.engine import Run, Work, dump_json, log_slow_queries

T = TypeVar("T")
_STATEMENT_TIMEOUT_MS = 60_000
_MIGRATION_LOCK = 7_261_998_001  # any constant of our own: two processes that migrate at once take turns


class PostgresEngine:
    """A pool of asyncpg connections."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool: int, slow_query_ms: int) -> None:
        self._engine = create_async_engine(
            sa.make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=pool,
            max_overflow=pool,
            json_serializer=dump_json,
            json_deserializer=msgspec.json.decode,
            connect_args={
                "server_settings": {"application_name": "tutti", "statement_timeout": str(_STATEMENT_TIMEOUT_MS)}
            },
        )
        # A lone SELECT needs no BEGIN and ROLLBACK around it: two round trips saved on each read.
        self._autocommit = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        # The loop has seen a server's restart by itself, so a lease needs no ping: three round trips saved on each.
        event.listen(self._engine.sync_engine, "checkout", _refuse_closed)
        log_slow_queries(self._engine.sync_engine, slow_query_ms)

    async def start(self) -> None:
        """Connect once, so that a wrong address is said at start."""
        async with self._engine.connect():
            pass

    async def stop(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a pooled connection."""
        async with self._autocommit.connect() as connection:
            return await connection.run_sync(work)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Run, None]:
        """Lease a connection for several calls, one snapshot."""
        async with self._engine.connect() as connection:
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection.run_sync

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator["_Lease", None]:
        """Lease a connection: BEGIN with the first statement, ROLLBACK unless committed."""
        async with self._engine.connect() as connection:
            yield _Lease(connection)

    async def migrate(self, work: Work[None]) -> None:
        """Run ``work`` in one transaction, one process at a time."""
        async with self._engine.begin() as connection:
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
            await connection.run_sync(work)


class _Lease:
    """One transaction; the pool rolls back what was not committed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def run(self, work: Work[T], /) -> T:
        """Run ``work``; the first one begins the transaction."""
        return await self._connection.run_sync(work)

    async def commit(self, last: Work[None] | None) -> None:
        """Run ``last`` and commit."""
        if last is not None:
            await self._connection.run_sync(last)
        await self._connection.commit()


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")

"""PostgreSQL through asyncpg, straight or through a pooler that lends its connections for one transaction each."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tutti.kit.db.connecting import Server, connect_engine, look_at
from tutti.kit.db.engine import Run, Work, log_slow_queries
from tutti.kit.db.exclusive import Hold, hold_by_connection
from tutti.kit.db.metrics import CAPACITY, CONNECTIONS
from tutti.kit.db.outages import DatabaseAway, find_sqlstate, is_lost, translated
from tutti.kit.db.settings import HELD_APART, DatabaseSettings

T = TypeVar("T")
_MIGRATION_LOCK = 7_261_998_001  # any constant of our own: two processes that migrate at once take turns
_LOCK_NOT_AVAILABLE = "55P03"
_MIGRATE_AGAIN_S = 1.0

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.db")


class PostgresEngine:
    """A pool of asyncpg connections."""

    dialect = "postgresql"

    def __init__(self, url: str, *, pool: int, slow_query_ms: int, settings: DatabaseSettings) -> None:
        self._url = url
        self._pool = pool
        self._slow_query_ms = slow_query_ms
        self._settings = settings
        self._opened: _Opened | None = None

    async def start(self) -> None:
        """Connect once, so that a wrong address is said at start, and learn how to talk to this server.

        Raises:
            UnsupportedServer: it is older than what we are tested with.
        """
        server = await look_at(self._url, self._settings)
        self._opened = _Opened(self._url, self._pool, self._settings, server)
        log_slow_queries(self._opened.transactions.sync_engine, self._slow_query_ms)
        async with self._opened.transactions.connect():
            pass  # the first one asks the server this and that, without a limit: nobody waits for it yet
        pool = self._opened.transactions.sync_engine.pool
        wanted = self._pool + self._settings.overflow
        CAPACITY.set(wanted)
        if not server.pooled and wanted + HELD_APART > server.connections:
            log.warning("PostgreSQL takes fewer connections than this process alone may want", takes=server.connections)
        CONNECTIONS.set_function(lambda: pool.checkedout() if isinstance(pool, sa.QueuePool) else 0)

    async def stop(self) -> None:
        """Close every connection."""
        if self._opened is not None:
            await self._opened.transactions.dispose()
            self._opened = None

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a pooled connection; once more where that one turned out to be lost: it changes nothing."""
        try:
            return await self._read(work)
        except DatabaseAway:
            return await self._read(work)

    async def _read(self, work: Work[T]) -> T:
        async with self._leased(self._engines.reads) as connection:
            with translated(self._settings.retry_after_s):
                return await connection.run_sync(work)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Run, None]:
        """Lease a connection for several calls, one snapshot."""
        async with self._leased(self._engines.snapshots) as connection:
            yield _Lease(connection, self._settings.retry_after_s).run

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator["_Lease", None]:
        """Lease a connection: BEGIN with the first statement, ROLLBACK unless committed."""
        async with self._leased(self._engines.transactions) as connection:
            yield _Lease(connection, self._settings.retry_after_s)

    def exclusive(self, name: str) -> AbstractAsyncContextManager[Hold]:
        """Hold a name by a transaction on a connection of its own."""
        return hold_by_connection(self._engines.transactions, name, retry_after_s=self._settings.retry_after_s)

    async def migrate(self, work: Work[None]) -> None:
        """Run ``work`` in one transaction, one process at a time.

        A change of a table waits for everybody who uses it, and everybody who comes later waits behind the change. So
        it gives up quickly, lets the others pass, and tries again.
        """
        engine = connect_engine(self._url, self._settings, self._engines.server, pool=None)
        try:
            for left in reversed(range(self._settings.migrate_tries)):
                try:
                    return await self._migrate(engine, work)
                except DBAPIError as error:
                    if find_sqlstate(error) != _LOCK_NOT_AVAILABLE or not left:
                        raise
                log.warning("a table is in use; the migration is tried again", tries_left=left)
                await asyncio.sleep(_MIGRATE_AGAIN_S)
        finally:
            await engine.dispose()

    async def _migrate(self, engine: AsyncEngine, work: Work[None]) -> None:
        async with engine.begin() as connection:
            for name in ("statement_timeout", "idle_in_transaction_session_timeout", "lock_timeout"):
                await connection.exec_driver_sql(f"SET LOCAL {name} = 0")
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            await connection.exec_driver_sql(f"SET LOCAL lock_timeout = {self._settings.migrate_lock_timeout_ms}")
            await connection.run_sync(work)

    @property
    def _engines(self) -> "_Opened":
        if self._opened is None:
            raise RuntimeError("the database is not started")
        return self._opened

    @asynccontextmanager
    async def _leased(self, engine: AsyncEngine) -> AsyncGenerator[AsyncConnection, None]:
        connection = engine.connect()
        with translated(self._settings.retry_after_s):
            await connection.start()
        try:
            if self._engines.prologue:
                await self._begin(connection)
            yield connection
        finally:
            await asyncio.shield(asyncio.ensure_future(_give_back(connection)))

    async def _begin(self, connection: AsyncConnection) -> None:
        """Begin a transaction, which waits in the pooler's queue, and set its limits."""
        with translated(self._settings.retry_after_s):
            try:
                async with asyncio.timeout(self._settings.acquire_timeout_ms / 1000):
                    await connection.exec_driver_sql(self._engines.prologue)
            except TimeoutError as error:
                raise PoolTimeoutError("the pooler has no connection to lend") from error


class _Opened:
    """The engines over one pool, as suits the server."""

    def __init__(self, url: str, pool: int, settings: DatabaseSettings, server: Server) -> None:
        self.server = server
        self.transactions = connect_engine(url, settings, server, pool=pool)
        self.snapshots = self.transactions.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        # A lone SELECT needs no BEGIN and ROLLBACK around it: two round trips saved on each read. Through a pooler it
        # does: it is two messages (parse, execute), and the second would go to another of its connections.
        self.reads = (
            self.transactions if server.pooled else self.transactions.execution_options(isolation_level="AUTOCOMMIT")
        )
        self.prologue = server.prologue
        # The loop has seen a server's restart by itself, so a lease needs no ping: three round trips saved on each.
        event.listen(self.transactions.sync_engine, "checkout", _refuse_closed)
        event.listen(self.transactions.sync_engine, "handle_error", _forget_lost)


class _Lease:
    """One transaction; the pool rolls back what was not committed."""

    def __init__(self, connection: AsyncConnection, retry_after_s: int) -> None:
        self._connection = connection
        self._retry_after_s = retry_after_s

    async def run(self, work: Work[T], /) -> T:
        """Run ``work``; the first one begins the transaction."""
        with translated(self._retry_after_s):
            return await self._connection.run_sync(work)

    async def commit(self, last: Work[None] | None) -> None:
        """Run ``last`` and commit.

        Raises:
            DatabaseAway: the connection was lost. If that was between the commit and its answer, nobody can say
                whether it counts: requests carry an idempotency key, events are claimed in the inbox.
        """
        with translated(self._retry_after_s):
            await self._connection.run_sync(lambda db: _commit(db, last))


def _commit(db: Connection, last: Work[None] | None) -> None:
    if last is not None:
        last(db)
    db.commit()


async def _give_back(connection: AsyncConnection) -> None:
    try:
        await connection.close()
    except (DBAPIError, OSError):  # a rollback that the server did not hear: it will do that by itself
        if not connection.closed:
            await connection.invalidate()
            await connection.close()


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    if connection.driver_connection.is_closed():
        raise DisconnectionError("the server closed this connection")


def _forget_lost(context: sa.engine.ExceptionContext) -> None:
    """Leave nothing in the pool that the server has given up: its goodbye may come before the end of the socket."""
    if is_lost(context.original_exception):
        context.is_disconnect = True

"""SQLite: WAL, one writer thread, several readers."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, event

from tutti.kit.db.engine import Run, Work, dump_json, log_slow_queries

T = TypeVar("T")
_BUSY_TIMEOUT_S = 30.0  # another process (`tutti scan` beside `tutti serve`) may hold the write lock this long
_CACHED_STATEMENTS = 512
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # WAL keeps every commit over a killed process; only power loss may cost the last ones
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8192",  # KiB, per connection
)


class SqliteEngine:
    """One file, one writer, ``readers`` readers."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, readers: int, slow_query_ms: int) -> None:
        self._path = path
        self._writer = _engine(path, "IMMEDIATE", pool_size=1, slow_query_ms=slow_query_ms)
        self._readers = _engine(path, "DEFERRED", pool_size=readers, slow_query_ms=slow_query_ms)
        self._write_lock = asyncio.Lock()
        self._read_slots = asyncio.Semaphore(
            readers
        )  # taken before a thread is, so that no thread waits for a connection
        self._writer_thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._reader_threads = ThreadPoolExecutor(readers, "sqlite-reader")

    async def start(self) -> None:
        """Make the folder; the file comes with the first connection."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        await self._in(self._writer_thread, lambda: self._writer.connect().close())

    async def stop(self) -> None:
        """Close every connection."""
        await self._in(self._writer_thread, self._writer.dispose)
        await self._in(self._reader_threads, self._readers.dispose)
        self._writer_thread.shutdown(wait=True)
        self._reader_threads.shutdown(wait=True)

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a snapshot, in one hop."""

        def lease_and_work() -> T:
            with self._readers.connect() as connection:
                return work(connection)

        async with self._read_slots:
            return await self._in(self._reader_threads, lease_and_work)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Run, None]:
        """Lease a reader for several calls, one snapshot."""
        async with self._read_slots:
            connection = await self._in(self._reader_threads, self._readers.connect)
            try:
                yield self._runner(self._reader_threads, connection)
            finally:
                await asyncio.shield(self._in(self._reader_threads, connection.close))

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[Run, None]:
        """Lease the writer: BEGIN IMMEDIATE … COMMIT, or ROLLBACK on any exception."""
        async with self._write_lock:
            connection = await self._in(self._writer_thread, self._begin)
            try:
                yield self._runner(self._writer_thread, connection)
                await asyncio.shield(self._in(self._writer_thread, connection.commit))
            finally:  # a connection closed before its commit rolls back; queued behind whatever the thread still runs
                await asyncio.shield(self._in(self._writer_thread, connection.close))

    async def migrate(self, work: Work[None]) -> None:
        """Run ``work`` in one write transaction without foreign-key checks (table rebuilds need that)."""

        def unchecked() -> None:
            with self._writer.connect() as connection:
                connection.exec_driver_sql("COMMIT")  # the pragma is a no-op inside a transaction
                connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                try:
                    work(connection)
                    connection.commit()
                finally:
                    connection.rollback()
                    connection.exec_driver_sql("COMMIT")
                    connection.exec_driver_sql("PRAGMA foreign_keys = ON")
                    connection.exec_driver_sql("BEGIN")

        async with self._write_lock:
            await self._in(self._writer_thread, unchecked)

    def _begin(self) -> Connection:
        connection = self._writer.connect()
        connection.begin()
        return connection

    def _runner(self, threads: ThreadPoolExecutor, connection: Connection) -> Run:
        async def run(work: Work[T], /) -> T:
            return await self._in(threads, lambda: work(connection))

        return run

    async def _in(self, threads: ThreadPoolExecutor, call: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(threads, call)


def _engine(path: Path, mode: Literal["IMMEDIATE", "DEFERRED"], *, pool_size: int, slow_query_ms: int) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        json_serializer=dump_json,
        json_deserializer=msgspec.json.decode,
        connect_args={
            "check_same_thread": False,  # one thread at a time uses a connection, not always the same
            "isolation_level": None,  # the driver's own BEGINs would come too late; see _begin_with
            "timeout": _BUSY_TIMEOUT_S,
            "cached_statements": _CACHED_STATEMENTS,
        },
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if mode == "DEFERRED":
            connection.execute("PRAGMA query_only = ON")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(f"BEGIN {mode}"))
    log_slow_queries(engine, slow_query_ms)
    return engine

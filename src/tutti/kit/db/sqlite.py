"""SQLite: WAL, one writer thread, several readers."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection, event

from tutti.kit.db.engine import Run, Work, dump_json, log_slow_queries
from tutti.kit.db.exclusive import Hold, hold_by_file
from tutti.kit.db.outages import full_disk_told

T = TypeVar("T")
_BUSY_TIMEOUT_S = 30.0  # another process (`tutti scan` beside `tutti serve`) may hold the write lock this long
_CACHED_STATEMENTS = 512
_READER_CACHE_KIB, _WRITER_CACHE_KIB = 8_192, 32_768  # a scan comes back to the pages of a dozen indexes all the time
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # WAL keeps every commit over a killed process; a power cut may not
    "PRAGMA temp_store = MEMORY",
    "PRAGMA wal_autocheckpoint = 32000",  # pages, 128 MB: a scan writes most of them many times, and waits meanwhile
    "PRAGMA journal_size_limit = 33554432",  # bytes that the log keeps on disk once its content is in the file
)


class SqliteEngine:
    """One file, one writer, ``readers`` readers."""

    dialect = "sqlite"

    def __init__(self, path: Path, *, readers: int, slow_query_ms: int) -> None:
        self._path = path
        self._slow_query_ms = slow_query_ms
        self._writer = _engine(path, "IMMEDIATE", pool_size=1, slow_query_ms=slow_query_ms)
        self._readers = _engine(path, "DEFERRED", pool_size=readers, slow_query_ms=slow_query_ms)
        self._write_lock = asyncio.Lock()
        # Taken before a thread is, so that no thread waits for a connection.
        self._read_slots = asyncio.Semaphore(readers)
        self._writer_thread = ThreadPoolExecutor(1, "sqlite-writer")
        self._reader_threads = ThreadPoolExecutor(readers, "sqlite-reader")
        self._writing: Connection | None = None

    async def start(self) -> None:
        """Make the folder; the file comes with the first connection."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._writing = await _in(self._writer_thread, self._writer.connect)

    async def stop(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        await _in(self._reader_threads, self._readers.dispose)
        await _in(self._writer_thread, self._close_writer)
        self._writer_thread.shutdown(wait=True)
        self._reader_threads.shutdown(wait=True)

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a snapshot, in one hop."""

        def lease_and_work() -> T:
            with self._readers.connect() as connection:
                return work(connection)

        async with self._read_slots:
            return await _in(self._reader_threads, lease_and_work)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Run, None]:
        """Lease a reader for several calls, one snapshot."""
        async with self._read_slots:
            connection = await _in(self._reader_threads, self._readers.connect)

            async def run(work: Work[T], /) -> T:
                return await _in(self._reader_threads, lambda: work(connection))

            try:
                yield run
            finally:
                await asyncio.shield(_in(self._reader_threads, connection.close))

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator["_WriterLease", None]:
        """Lease the writer: BEGIN IMMEDIATE with the first work, ROLLBACK unless committed."""
        if self._writing is None:
            raise RuntimeError("the database is not started")
        async with self._write_lock:
            lease = _WriterLease(self._writing, self._writer_thread)
            try:
                yield lease
            finally:
                await lease.end()

    def exclusive(self, name: str) -> AbstractAsyncContextManager[Hold]:
        """Hold a name by a lock on a file beside the database."""
        return hold_by_file(self._path.parent, name)

    async def migrate(self, work: Work[None]) -> None:
        """Run ``work`` in one write transaction without foreign-key checks (table rebuilds need that)."""

        def unchecked() -> None:
            engine = _engine(
                self._path, "IMMEDIATE", pool_size=1, slow_query_ms=self._slow_query_ms, foreign_keys=False
            )
            with engine.begin() as connection:
                work(connection)
            engine.dispose()

        async with self._write_lock:
            await _in(self._writer_thread, unchecked)

    def _close_writer(self) -> None:
        if self._writing is not None:
            self._writing.close()
        self._writer.dispose()


class _WriterLease:
    """One transaction on the writer's connection; each call is one hop to its thread."""

    def __init__(self, connection: Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread
        self._unsettled = False

    async def run(self, work: Work[T], /) -> T:
        """Run ``work``; the first one begins the transaction (SQLAlchemy's autobegin, see `_engine`)."""
        self._unsettled = True
        return await _in(self._thread, lambda: work(self._connection))

    async def commit(self, last: Work[None] | None) -> None:
        """Run ``last`` and commit. Once handed to the thread it is carried out, even when the task is cancelled."""
        self._unsettled = True
        await asyncio.shield(_in(self._thread, lambda: self._commit(last)))
        self._unsettled = False

    async def end(self) -> None:
        """Roll back what is not committed; queued behind whatever the thread still runs for a cancelled task."""
        if self._unsettled:
            await asyncio.shield(_in(self._thread, self._connection.rollback))

    def _commit(self, last: Work[None] | None) -> None:
        if last is not None:
            last(self._connection)
        self._connection.commit()


async def _in(threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
    with full_disk_told():
        return await asyncio.get_running_loop().run_in_executor(threads, call)


def _engine(
    path: Path,
    mode: Literal["IMMEDIATE", "DEFERRED"],
    *,
    pool_size: int,
    slow_query_ms: int,
    foreign_keys: bool = True,
) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        poolclass=sa.QueuePool,
        pool_size=pool_size,
        json_serializer=dump_json,
        json_deserializer=msgspec.json.decode,
        connect_args={
            "check_same_thread": False,  # one thread at a time uses a connection, not always the same
            "isolation_level": None,  # the driver's own BEGINs would come too late; see `begin`
            "timeout": _BUSY_TIMEOUT_S,
            "cached_statements": _CACHED_STATEMENTS,
        },
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        connection.execute(f"PRAGMA foreign_keys = {foreign_keys:d}")
        reads_only = mode == "DEFERRED"
        connection.execute(f"PRAGMA query_only = {reads_only:d}")
        connection.execute(f"PRAGMA cache_size = -{_READER_CACHE_KIB if reads_only else _WRITER_CACHE_KIB}")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(f"BEGIN {mode}")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    log_slow_queries(engine, slow_query_ms)
    return engine

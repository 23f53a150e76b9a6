"""Reads, transactions and streams; nothing else in the project commits."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Row
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql import Select

from tutti.kit.db.engine import Engine, Lease, Work
from tutti.kit.db.exclusive import Hold, held_in_time
from tutti.kit.db.migrations import SchemaBehind, check, upgrade, upgrade_sql
from tutti.kit.db.postgres import PostgresEngine
from tutti.kit.db.settings import DatabaseSettings
from tutti.kit.db.sqlite import SqliteEngine
from tutti.kit.errors import Unavailable
from tutti.kit.events.event import Envelope, Event, seal_all
from tutti.kit.settings import Base

P = ParamSpec("P")
T = TypeVar("T")
SQLITE_FILE = "tutti.sqlite3"
_HEALTH_LIMIT_S = 5.0
_SCHEMA_LOOK_S = 0.5


class _Open:
    """Of one transaction; tasks started inside it share the mark, and outlive it."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open = True


_open: ContextVar[_Open | None] = ContextVar("transaction_open", default=None)


Claim = Callable[[Connection], None]
"""Run once at the start of the next transaction of this task, inside it: the inbox of a handled event."""


def _claim_twice(_: Connection) -> None:
    raise RuntimeError("a handler opened a second transaction: its effect would no longer happen once")


_claims: dict[asyncio.Task[Any], Claim] = {}
# By task and not by context: what a handler starts in the background is not part of its effect.


@contextmanager
def claiming(claim: Claim) -> Generator[None, None, None]:
    """Let the first transaction of this task in the block begin with ``claim``, and refuse a second one."""
    task = _current_task()
    _claims[task] = claim
    try:
        yield
    finally:
        del _claims[task]


class Outbox(Protocol):
    """Where published events are written, inside the transaction that made them true."""

    def append(self, db: Connection, envelopes: Sequence[Envelope]) -> None:
        """Write ``envelopes``; the last statement before the commit."""
        ...

    def committed(self, envelopes: Sequence[Envelope]) -> None:
        """Hear that ``envelopes`` are there to be read."""
        ...


def in_transaction() -> bool:
    """Whether this task, or the one it was started from, has a transaction open; no service may be asked then."""
    mark = _open.get()
    return mark is not None and mark.open


class Transaction:
    """A write transaction; only for use inside its ``async with``."""

    def __init__(self, lease: Lease, first: Claim | None) -> None:
        self._lease = lease
        self._first = first
        self._envelopes: list[Envelope] = []

    async def run(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a repository function in this transaction."""
        return await self._lease.run(self._after_claim(lambda db: query(db, *args, **kwargs)))

    def publish(self, *events: Event) -> None:
        """Tell the other services, once and only if this transaction commits."""
        self._envelopes.extend(seal_all(events))

    async def commit(self, outbox: Outbox | None) -> None:
        """Write the events and commit; for `Database` alone."""
        await self._lease.commit(self._after_claim(self._append_to(outbox)) if self._envelopes else None)

    def committed(self, outbox: Outbox | None) -> None:
        """Say that the events are there; for `Database` alone."""
        if self._envelopes and outbox is not None:
            outbox.committed(self._envelopes)

    def _append_to(self, outbox: Outbox | None) -> Work[None]:
        if outbox is None:
            raise RuntimeError("an event was published in a process without an event log")
        return lambda db: outbox.append(db, self._envelopes)

    def _after_claim(self, work: Work[T]) -> Work[T]:
        first, self._first = self._first, None
        if first is None:
            return work

        def claim_and_work(db: Connection) -> T:
            first(db)
            return work(db)

        return claim_and_work


class Database:
    """The one door to the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._outbox: Outbox | None = None

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect

    def use_outbox(self, outbox: Outbox) -> None:
        """Set where `Transaction.publish` writes; once, while the process is built."""
        self._outbox = outbox

    async def start(self) -> None:
        """Open the database.

        Raises:
            OSError: the folder cannot be made, or the server does not answer.
        """
        await self._engine.start()

    async def stop(self) -> None:
        """Close every connection."""
        await self._engine.stop()

    async def migrate(self) -> None:
        """Bring the schema up to date; safe by several processes at once."""
        await self._engine.migrate(upgrade)

    async def migration_sql(self) -> str:
        """Return what `migrate` would do, in SQL for PostgreSQL's own tools; empty where there is nothing to do.

        Raises:
            NewerDatabase: see `check_schema`.
        """
        return await self._engine.read(upgrade_sql)

    async def check_schema(self) -> None:
        """Return if this program may run on the schema as it is; changes nothing.

        Raises:
            SchemaBehind, NewerDatabase: it may not; the message says what to do.
        """
        await self._engine.read(check)

    async def await_schema(self, limit_s: float) -> None:
        """Wait until somebody else has migrated the schema, for ``limit_s`` seconds at most.

        Raises:
            SchemaBehind, NewerDatabase: see `check_schema`.
        """
        deadline = asyncio.get_running_loop().time() + limit_s
        while True:
            try:
                return await self.check_schema()
            except (SchemaBehind, Unavailable):
                if asyncio.get_running_loop().time() >= deadline:
                    raise
            await asyncio.sleep(_SCHEMA_LOOK_S)

    async def find_problem(self) -> str | None:
        """Say what keeps the database from answering, or None; for the health check."""
        try:
            async with asyncio.timeout(_HEALTH_LIMIT_S):
                await self._engine.read(lambda db: db.execute(sa.select(1)).scalar())
        except (Unavailable, SQLAlchemyError, OSError, TimeoutError) as error:
            return f"{type(error).__name__}: the database does not answer"
        return None

    async def read(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a repository function that only reads."""
        return await self._engine.read(lambda db: query(db, *args, **kwargs))

    async def write(self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one repository function in a transaction of its own, with no event to tell."""
        async with self.transaction() as tx:
            return await tx.run(query, *args, **kwargs)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction, None]:
        """One use case: every change in it and every event of it, or nothing.

        Raises:
            RuntimeError: a transaction is already open in this task.
        """
        if in_transaction():
            raise RuntimeError("a transaction inside a transaction")
        task = _current_task()
        first = _claims.get(task)
        if first is not None:
            _claims[task] = _claim_twice
        mark = _Open()
        token = _open.set(mark)
        try:
            async with self._engine.writing() as lease:
                tx = Transaction(lease, first)
                yield tx
                await tx.commit(self._outbox)
        finally:
            mark.open = False
            _open.reset(token)
        tx.committed(self._outbox)

    def exclusive(self, name: str, *, patience_s: float = 0.0) -> AbstractAsyncContextManager[Hold]:
        """Hold ``name`` for the length of a block, the only one to do so in the whole installation.

        Raises:
            Busy: at the beginning, when somebody else holds it, and still does after ``patience_s``.
            HoldLost: PostgreSQL's connection was cut; the block was cancelled. `Hold.check` keeps its writes safe.
        """
        return held_in_time(lambda: self._engine.exclusive(name), patience_s)

    async def stream(self, statement: Select[Any], *, batch: int = 500) -> AsyncIterator[Sequence[Row[Any]]]:
        """Yield the rows of ``statement`` in batches from a cursor: memory does not grow with the result."""
        async with self._engine.reading() as run:
            partitions = await run(lambda db: _partitions(db, statement, batch))
            while rows := await run(lambda _: next(partitions, None)):
                yield rows


def open_database(base: Base, settings: DatabaseSettings | None = None) -> Database:
    """Return the database the settings name, not yet started."""
    if base.database_url:
        return Database(
            PostgresEngine(
                base.database_url,
                pool=base.database_pool,
                slow_query_ms=base.slow_query_ms,
                settings=settings or DatabaseSettings(),
            )
        )
    path = base.data_dir / SQLITE_FILE
    return Database(SqliteEngine(path, readers=base.database_pool, slow_query_ms=base.slow_query_ms))


def _partitions(db: Connection, statement: Select[Any], batch: int) -> Iterator[Sequence[Row[Any]]]:
    return db.execution_options(yield_per=batch).execute(statement).partitions()


def _current_task() -> asyncio.Task[Any]:
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("a transaction outside any task")
    return task

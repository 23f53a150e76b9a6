"""One holder of a name in the whole installation, for work that must not happen twice at once.

SQLite has one machine: the hold is a lock on a file in the data folder (flock), which the kernel gives back when its
process dies. PostgreSQL: an advisory lock of a transaction that is held open on a connection of its own. It ends with
the connection, so a process that is killed leaves nothing behind, and pgbouncer in transaction mode, which keeps a
server's connection for the length of a transaction, serves it too. The holder says again and again that it is there:
of one that hangs (stopped, or its machine) and lets `SILENCE_S` pass, the server ends the connection.

A connection may be cut while its process lives on, and the name is free for others from that moment. Then two things
keep the old holder from doing harm. It hears of the cut, from the socket or by a beat that is not answered, and the
block is cancelled. And each transaction that begins with `Hold.check` is fenced: a new holder first writes its name
into a row that such transactions share a lock of, so it waits for those that are about to commit, and later ones are
refused.
"""

import asyncio
import fcntl
import hashlib
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tutti.kit.clock import now
from tutti.kit.db.outages import translated
from tutti.kit.db.settings import SILENCE_S
from tutti.kit.db.types import Id, UtcTime, metadata
from tutti.kit.errors import Conflict, Unavailable
from tutti.kit.ids import new_id
from tutti.kit.tasks import end_tasks

_FOLDER = "locks"
_BEAT_S = 2.5
_ANSWER_S = 5.0
_LOOK_AGAIN_S = 0.05
_KEPT_ALIVE = {
    "idle_in_transaction_session_timeout": f"{SILENCE_S * 1000}",
    "transaction_timeout": "0",  # PostgreSQL 17 and newer
    "tcp_keepalives_idle": "10",  # the holder's machine may vanish without a word
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_SET = sa.text(
    "SELECT set_config(name, value, true) FROM pg_settings"
    " JOIN unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS kept (name, value) USING (name)"
)
"""Only those that this version of the server knows."""
_LOCK = sa.text("SELECT pg_try_advisory_xact_lock(:key)")

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.db")

holds = sa.Table(
    "exclusive_holds",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("holder", Id, nullable=False),
    sa.Column("since", UtcTime, nullable=False),
)


class Busy(Conflict):
    """Somebody else is at it, in this process or in another."""


class HoldLost(Unavailable):
    """The hold ended before the work did; somebody else may have it now."""


class Hold:
    """A name that is held; this one, of a lock on a file, cannot be lost while its process lives."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lost = False
        """Whether it ended early, and the block was cancelled for it."""

    def check(self, db: Connection) -> None:
        """Make sure, inside a transaction and until its commit, that nobody else has taken the name over.

        Raises:
            HoldLost: somebody has, or may have.
        """
        del db


class _SharedHold(Hold):
    """A hold that ends with a connection."""

    def __init__(self, name: str, retry_after_s: int) -> None:
        super().__init__(name)
        self.id = new_id()
        self._retry_after_s = retry_after_s
        self._task = asyncio.current_task()
        self._cancelled_before = self._task.cancelling() if self._task else 0
        self.over = False

    def check(self, db: Connection) -> None:
        """Read who holds the name, and keep a next holder waiting until the transaction has ended."""
        held = sa.select(holds.c.holder).where(holds.c.name == self.name).with_for_update(read=True)
        if self.lost or db.scalar(held) != self.id:
            raise self.lost_error()

    def lose(self) -> None:
        """Cancel the block: the connection is gone."""
        if self.lost or self.over:
            return
        self.lost = True
        log.warning("a hold was lost with its connection", hold=self.name)
        if self._task is not None:
            self._task.cancel()

    def on_cut(self, _connection: object) -> None:
        """Hear of it from the driver."""
        self.lose()

    def lost_error(self) -> HoldLost:
        """Return what whoever did the work hears."""
        said = "The connection to the database was cut during this work. Try again."
        return HoldLost(said, retry_after_s=self._retry_after_s, hold=self.name)

    def was_cancelled_here(self) -> bool:
        """Whether it is by `lose` alone that the block was cancelled; for its CancelledError, once."""
        return self.lost and self._task is not None and self._task.uncancel() <= self._cancelled_before


@asynccontextmanager
async def held_in_time(
    hold: Callable[[], AbstractAsyncContextManager[Hold]], patience_s: float
) -> AsyncGenerator[Hold, None]:
    """Enter what ``hold`` gives, again and again for ``patience_s``.

    Raises:
        Busy: it was held all that time.
    """
    deadline = time.monotonic() + patience_s
    async with AsyncExitStack() as stack:
        while True:
            try:
                held = await stack.enter_async_context(hold())
                break
            except Busy:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(_LOOK_AGAIN_S)
        yield held


@asynccontextmanager
async def hold_by_file(folder: Path, name: str) -> AsyncGenerator[Hold, None]:
    """Hold ``name`` by a lock on a file beneath ``folder``.

    Raises:
        Busy: it is held.
    """
    place = folder / _FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (place / f"{quote(name, safe='')}.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _busy(name) from None
        yield Hold(name)


@asynccontextmanager
async def hold_by_connection(engine: AsyncEngine, name: str, *, retry_after_s: int) -> AsyncGenerator[Hold, None]:
    """Hold ``name`` by a transaction on a connection that leaves the pool for it.

    Raises:
        Busy: it is held.
        DatabaseAway, DatabaseBusy: the server does not answer, or gives no connection.
        HoldLost: the connection was cut, and the block cancelled.
    """
    async with _own_connection(engine, retry_after_s) as (connection, driver):
        hold = _SharedHold(name, retry_after_s)
        with translated(retry_after_s):
            if not await connection.run_sync(_take, name):
                raise _busy(name)
            async with engine.begin() as sign:
                await sign.run_sync(_sign, hold)
        driver.add_termination_listener(hold.on_cut)
        if driver.is_closed():
            raise hold.lost_error()
        beating = asyncio.create_task(_beat(driver, hold), name=f"hold {name}")
        try:
            yield hold
        except asyncio.CancelledError as error:
            if hold.was_cancelled_here():
                raise hold.lost_error() from error
            raise
        finally:
            hold.over = True
            await end_tasks(beating)
            if hold.lost:
                driver.terminate()  # a goodbye would wait for a server that does not answer


@asynccontextmanager
async def _own_connection(engine: AsyncEngine, retry_after_s: int) -> AsyncGenerator[tuple[AsyncConnection, Any], None]:
    """A connection that leaves the pool (it may be held for hours, and the pool is for moments), and asyncpg's own."""
    connection = engine.connect()
    with translated(retry_after_s):
        await connection.start()
    try:
        driver = (await connection.get_raw_connection()).driver_connection
        await connection.run_sync(lambda taken: taken.detach())
        yield connection, driver
    finally:
        with suppress(SQLAlchemyError, OSError):  # cut already
            await asyncio.shield(connection.close())


def _take(db: Connection, name: str) -> bool:
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
    if not db.scalar(_LOCK, {"key": key}):
        return False  # most who ask are told so, again and again: one statement is all that it costs them
    db.execute(_SET, {"names": list(_KEPT_ALIVE), "values": list(_KEPT_ALIVE.values())})
    return True


def _sign(db: Connection, hold: _SharedHold) -> None:
    row = {"name": hold.name, "holder": hold.id, "since": now()}
    insert = postgresql.insert(holds).values(row)
    db.execute(insert.on_conflict_do_update(index_elements=["name"], set_=row))


async def _beat(driver: Any, hold: _SharedHold) -> None:
    """Ask the server again and again whether it is there, which also keeps poolers from calling the line idle.

    By the driver itself, in one message: a statement that it first prepares would leave a process that hangs in between
    in the middle of it, and the server does not call that silence.
    """
    try:
        while True:
            await asyncio.sleep(_BEAT_S)
            async with asyncio.timeout(_ANSWER_S):
                await driver.execute("SELECT 1")
    except Exception:  # noqa: BLE001  of the driver, which is not even loaded for SQLite: whatever it is, it cannot beat
        hold.lose()


def _busy(name: str) -> Busy:
    return Busy("Somebody else is at this just now. Try again when they are done.", hold=name)

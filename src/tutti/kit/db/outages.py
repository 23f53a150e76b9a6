"""What databases refuse because of how things stand, not of what is asked: clients get 503 or 507, from one place."""

import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tutti.kit.db.metrics import REFUSED
from tutti.kit.errors import AppError, Unavailable

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.db")


class DatabaseAway(Unavailable):
    """The database does not answer at the moment: it restarts, or the network is down."""


class DatabaseBusy(Unavailable):
    """The database is overloaded: no connection became free, or a statement took too long."""


class DiskFull(AppError):
    """There is no room on the disk that the database lies on; its operator has to make some."""

    status = 507


_SAID_EVERY_S = 1.0
_SHOWN_CHARACTERS = 300
_AWAY = "The database does not answer at the moment. Try again."
_BUSY = "The database has too much to do at the moment. Try again."

# SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOST_CLASSES = ("08",)  # connection exceptions; pgbouncer's own refusals are among them
_LOST = frozenset(
    (
        "57P01",  # the server shuts down, or an operator ended the session
        "57P02",  # another of its processes crashed
        "57P03",  # it starts, or recovers
        "57P04",
        "57P05",
        "25P03",  # nothing happened in the transaction for too long
        "25P04",
        "25006",  # read-only: a primary that has become a standby
    )
)
_BUSY_CLASSES = ("53",)  # no memory, no room on the disk, too many connections
_BUSY_CODES = frozenset(
    (
        "57014",  # statement_timeout
        "55P03",  # lock_timeout
        "40001",  # serialization
        "40P01",  # deadlock: the other one went on
    )
)


@contextmanager
def translated(retry_after_s: int) -> Generator[None, None, None]:
    """Raise `DatabaseAway` and `DatabaseBusy` in place of what the pool and the driver raise; the rest passes."""
    try:
        yield
    except Exception as error:  # the driver has classes of its own, and is not even loaded for SQLite
        kind = _find_kind(error)
        if kind is None:
            raise
        _report(kind, error)
        raise kind(_AWAY if kind is DatabaseAway else _BUSY, retry_after_s=retry_after_s) from error


def _report(kind: type[DatabaseAway] | type[DatabaseBusy], error: Exception) -> None:
    """Count it; say why no more than once a second: there is one for each request."""
    REFUSED.labels("away" if kind is DatabaseAway else "busy").inc()
    if time.monotonic() - _said.at >= _SAID_EVERY_S:
        _said.at = time.monotonic()
        log.warning(
            "the database refuses", code=kind.code, reason=str(getattr(error, "orig", error))[:_SHOWN_CHARACTERS]
        )


class _Said:
    at = -_SAID_EVERY_S


_said = _Said()


@contextmanager
def full_disk_told() -> Generator[None, None, None]:
    """Raise `DiskFull` in place of what SQLite raises; the rest passes."""
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_FULL:
            raise
        raise DiskFull("The server's disk is full; ask its operator to make room.") from error


def is_lost(error: BaseException | None) -> bool:
    """Whether a connection on which ``error`` was raised is of no use any more."""
    code = find_sqlstate(error)
    return code in _LOST or code.startswith(_LOST_CLASSES) or isinstance(error, OSError)


def find_sqlstate(error: BaseException | None) -> str:
    """Return PostgreSQL's code of an error as the driver or SQLAlchemy raise it; empty where there is none."""
    if isinstance(error, DBAPIError):
        error = error.orig
    return str(getattr(error, "sqlstate", None) or "")


def _find_kind(error: Exception) -> type[DatabaseAway] | type[DatabaseBusy] | None:
    if isinstance(error, PoolTimeoutError):
        return DatabaseBusy
    code = find_sqlstate(error)
    if code in _BUSY_CODES or code.startswith(_BUSY_CLASSES):
        return DatabaseBusy
    if is_lost(error) or isinstance(error, DisconnectionError):
        return DatabaseAway
    return DatabaseAway if isinstance(error, DBAPIError) and error.connection_invalidated else None

"""How connections to PostgreSQL are made: what is sent along, and what depends on who answers."""

from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tutti.kit.db.engine import dump_json
from tutti.kit.db.settings import DatabaseSettings
from tutti.kit.errors import Conflict

OLDEST: Final = 15
_COMMAND_GRACE_S = 5
_LOOK = """
    SELECT pg_backend_pid(), current_setting('server_version_num')::int,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
"""
_LIMITS = "SELECT name, setting FROM pg_settings WHERE name = ANY (:names)"


class UnsupportedServer(Conflict):
    """The PostgreSQL server is of a version that Tutti does not run on."""


@dataclass(frozen=True)
class Server:
    """Who answers at the address."""

    pooled: bool
    """A pooler lends each transaction a connection: nothing of a session may be relied upon."""
    connections: int = 0
    """How many it takes, of all processes together."""
    prologue: str = ""
    """What each transaction begins with; empty where the connection says it once, or the server has it so already."""


def connect_engine(url: str, settings: DatabaseSettings, server: Server, *, pool: int | None) -> AsyncEngine:
    """Return an engine for this server; without ``pool`` each of its connections is made anew."""
    options: dict[str, Any] = {"poolclass": NullPool}
    if pool is not None:
        options = {
            "pool_size": pool,
            "max_overflow": settings.overflow,
            "pool_timeout": settings.acquire_timeout_ms / 1000,
        }
    return create_async_engine(
        sa.make_url(url).set(drivername="postgresql+asyncpg"),
        json_serializer=dump_json,
        json_deserializer=msgspec.json.decode,
        connect_args=_connect_args(url, settings, server, is_patient=pool is None),
        **options,
    )


async def look_at(url: str, settings: DatabaseSettings) -> Server:
    """Connect once and find out what the server is.

    Raises:
        UnsupportedServer: it is too old.
        OSError, DBAPIError: it does not let us in.
    """
    # As if there were a pooler: that works with every server.
    engine = connect_engine(url, settings, Server(pooled=True), pool=None)
    try:
        async with engine.connect() as connection:
            looked: tuple[int, int, int] = tuple((await connection.exec_driver_sql(_LOOK)).one())
            pid, version, connections = looked
            driver = (await connection.get_raw_connection()).driver_connection
            found = await connection.execute(sa.text(_LIMITS), {"names": list(_limits(settings))})
            present: dict[str, str] = dict(found.all())
    finally:
        await engine.dispose()
    if version // 10_000 < OLDEST:
        raise UnsupportedServer(
            f"PostgreSQL {version // 10_000} is too old for Tutti: it needs {OLDEST} or newer. Upgrade the server."
        )
    # A pooler tells its clients a number of its own for cancelling requests, in place of the server process's.
    is_pooled = driver is not None and driver.get_server_pid() != pid
    pooled = is_pooled if settings.pooler == "auto" else settings.pooler == "transaction"
    return Server(pooled, connections, _prologue(settings, present) if pooled else "")


def _limits(settings: DatabaseSettings) -> dict[str, int]:
    """PostgreSQL's names, in milliseconds."""
    return {
        "statement_timeout": settings.statement_timeout_ms,
        "lock_timeout": settings.lock_timeout_ms,
        "idle_in_transaction_session_timeout": settings.idle_timeout_ms,
    }


def _prologue(settings: DatabaseSettings, present: dict[str, str]) -> str:
    wanted = {name: value for name, value in _limits(settings).items() if present.get(name) != str(value)}
    calls = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in wanted.items())
    return f"SELECT {calls}" if calls else ""


def _connect_args(url: str, settings: DatabaseSettings, server: Server, *, is_patient: bool) -> dict[str, Any]:
    limits = {name: str(value) for name, value in _limits(settings).items()}
    # Who hangs while an answer is on its way is not idle for the server, which would wait for them with all their
    # locks. Not by the prologue: over a pooler's own connections, the pooler's ``tcp_user_timeout`` is what counts.
    limits["tcp_user_timeout"] = str(settings.idle_timeout_ms)
    args: dict[str, Any] = {
        "timeout": settings.connect_timeout_ms / 1000,
        # pgbouncer refuses to pass on limits here, which is all it could do with them: they belong to a session.
        "server_settings": {"application_name": "tutti"} | ({} if server.pooled else limits),
    }
    if settings.statement_timeout_ms and not is_patient:
        # For a server that hangs, and so cannot end the statement itself.
        args["command_timeout"] = settings.statement_timeout_ms / 1000 + _COMMAND_GRACE_S
    if not server.pooled:
        return {"async_creator_fn": partial(_connect, url, args)}
    # The statement without a name: it lasts as long as nobody prepares another, and the server's connection is
    # ours alone for as long as the transaction. A named one would be left behind in it for whoever comes next.
    return {
        "async_creator_fn": partial(_connect, url, args | {"statement_cache_size": 0}),
        "prepared_statement_cache_size": 0,
        "prepared_statement_name_func": _no_name,
    }


async def _connect(url: str, args: dict[str, Any], **_parts_of_the_url: object) -> object:
    """Let the driver read the address itself: it knows ``sslmode`` and its like only there."""
    asyncpg: Any = import_module("asyncpg")  # not above, for SQLite needs none
    return await asyncpg.connect(plain_url(url), **args)


def plain_url(url: str) -> str:
    """The address as PostgreSQL's own programs and the driver take it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _no_name() -> str:
    return ""

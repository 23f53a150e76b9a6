"""A PostgreSQL of our own for the length of a test run: one server, a fresh migrated database for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import sqlalchemy as sa

from tutti.kit.db import open_database
from tutti.kit.settings import Base

from .postgres_server import PostgresServer, running_server

_TEMPLATE = "migrated"


@dataclass(frozen=True)
class Postgres:
    """A running server with a migrated template in it."""

    server: PostgresServer

    @property
    def admin_url(self) -> str:
        """Of the database that is always there."""
        return self.server.admin_url

    def url(self, database: str) -> str:
        """Address of a database, as TUTTI_DATABASE_URL takes it."""
        return address_in(self.admin_url, database)

    async def execute(self, statement: str) -> None:
        """Run an administrator's statement, outside any transaction."""
        connection = await asyncpg.connect(self.admin_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    @asynccontextmanager
    async def fresh_database(self) -> AsyncIterator[str]:
        """Copy the migrated template; yield the copy's address, and drop it."""
        name = f"t{uuid4().hex}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        try:
            yield self.url(name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def empty_database(self) -> AsyncIterator[str]:
        """Make a database without a table; yield its address, and drop it."""
        name = f"empty{uuid4().hex}"
        await self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            await self.execute(f"DROP DATABASE {name} WITH (FORCE)")


def address_in(server_url: str, database: str) -> str:
    """The address of another database of the same server."""
    return sa.make_url(server_url).set(database=database).render_as_string(hide_password=False)


@contextmanager
def running_postgres(binaries: Path | None = None, options: str = "") -> Iterator[Postgres]:
    """A server with the migrated template, stopped and deleted afterwards."""
    with running_server(binaries, options) as server:
        postgres = Postgres(server)
        asyncio.run(_prepare(postgres))
        yield postgres


async def _prepare(postgres: Postgres) -> None:
    await postgres.execute(f"CREATE DATABASE {_TEMPLATE}")
    db = open_database(Base(database_url=postgres.url(_TEMPLATE)))
    await db.start()
    await db.migrate()
    await db.stop()

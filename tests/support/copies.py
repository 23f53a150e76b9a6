"""Several processes of one installation, in one test: the same database, and a data folder of its own for each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from support.postgres import Postgres
from tutti.kit.db import Database, open_database
from tutti.kit.service import Process
from tutti.kit.settings import Base, Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running

SECRET = "what all processes of this test share"


@asynccontextmanager
async def two_databases(server: Postgres) -> AsyncIterator[tuple[Database, Database]]:
    """One fresh database on PostgreSQL, as two processes have it open."""
    async with server.fresh_database() as url:
        here, there = (open_database(Base(database_url=url)) for _ in range(2))
        await here.start()
        await there.start()
        yield here, there
        await here.stop()
        await there.stop()


class Copies:
    """Starts processes on one PostgreSQL, and stops them with the block."""

    def __init__(self, stack: AsyncExitStack, folder: Path, database_url: str) -> None:
        self._stack = stack
        self._folder = folder
        self._database_url = database_url
        self._count = 0

    def settings(self, **environ: str) -> Settings:
        """Settings of one more process."""
        self._count += 1
        shared = {"TUTTI_CLUSTER_SECRETS": SECRET, "TUTTI_CLUSTER_RPC_PORT": "0", "TUTTI_AUTH_TRUST_S": "0.05"}
        base = {"data_dir": self._folder / f"copy-{self._count}", "database_url": self._database_url}
        return Settings(shared | environ, base)

    async def start(self, *services: str, **environ: str) -> Process:
        """Start a process of the named services, or of all."""
        return await self._stack.enter_async_context(running(build_process(self.settings(**environ), services)))

    async def client(self, process: Process) -> httpx.AsyncClient:
        """Return what talks to one of them; paths are relative to /api/v1."""
        transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://tutti.test/api/v1")
        return await self._stack.enter_async_context(client)


@asynccontextmanager
async def several(folder: Path, database_url: str) -> AsyncIterator[Copies]:
    """Let a test start copies for the length of a block."""
    async with AsyncExitStack() as stack:
        yield Copies(stack, folder, database_url)


async def begin_holding(db: Database, name: str, limit_s: float) -> asyncio.Task[None]:
    """Hold ``name`` in a task, for good, and return the task once it does."""
    held = asyncio.Event()

    async def work() -> None:
        async with db.exclusive(name):
            held.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.wait_for(held.wait(), limit_s)
    return task

"""What every test may ask for: a migrated database of either kind, a process with all its services, a client to it.

``db`` runs a test twice, on SQLite and on PostgreSQL. ``process`` is what `tutti serve` runs, on SQLite in a folder of
its own; ``client`` talks to it over ASGI, without a socket.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import settings as hypothesis_settings

from support.postgres import Postgres, running_postgres
from support.s3 import S3Server, running_s3
from support.valkey import Valkey, running_valkey
from tutti.kit.db import Database, open_database
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.service import Process
from tutti.kit.settings import Base, Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running

# Machines that test are busy; how long an example takes says nothing.
hypothesis_settings.register_profile("tutti", deadline=None)
hypothesis_settings.load_profile("tutti")


class SaidAtOnce:
    """Names what fails as it does: a run that is cut short says nothing at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._config.get_terminal_writer().line(f"\nfailed: {report.nodeid} ({report.when})")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the one that the others report to
        config.pluginmanager.register(SaidAtOnce(config))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on a PostgreSQL server: `make test-postgres` runs it on another version."""
    for item in items:
        if isinstance(item, pytest.Function) and _needs_postgres(item):
            item.add_marker("postgresql")


def _needs_postgres(test: pytest.Function) -> bool:
    params = test.callspec.params.values() if hasattr(test, "callspec") else ()
    kinds = {each for each in params if isinstance(each, str)}
    return bool({"postgres", "own_postgres"} & set(test.fixturenames) or {"postgresql", "jetstream"} & kinds)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured, as the table of docs/operations.md has it."""
    for report in terminalreporter.getreports("passed"):
        for name, figures in report.user_properties:
            if name == "figures":
                terminalreporter.write_line(f"| {report.location[2]} | {figures} |")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """A real S3 server; `S3Server.fresh_bucket` gives each test a bucket of its own."""
    with running_s3(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    """A real Valkey of this test alone: it may be killed and made to hang."""
    with running_valkey(tmp_path / "valkey") as server:
        yield server


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database with every table, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")

    async def migrate() -> None:
        db = open_database(Base(data_dir=folder))
        await db.start()
        await db.migrate()
        await db.stop()

    asyncio.run(migrate())
    return folder / SQLITE_FILE


@pytest.fixture
def data_dir(tmp_path: Path, migrated_file: Path) -> Path:
    """A data folder whose SQLite database is migrated already."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copy(migrated_file, folder / SQLITE_FILE)
    return folder


@pytest.fixture(params=["sqlite", "postgresql"])
def database_server(request: pytest.FixtureRequest) -> Postgres | None:
    """The server to test on; None stands for SQLite, which has none."""
    return None if request.param == "sqlite" else request.getfixturevalue("postgres")


@pytest.fixture
async def base(database_server: Postgres | None, data_dir: Path) -> AsyncIterator[Base]:
    """Settings that name a migrated database, of each kind in turn."""
    if database_server is None:
        yield Base(data_dir=data_dir)
        return
    async with database_server.fresh_database() as url:
        yield Base(data_dir=data_dir, database_url=url)


@pytest.fixture
async def db(base: Base) -> AsyncIterator[Database]:
    """An open, migrated database, of each kind in turn."""
    database = open_database(base)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Settings of a process of its own: all defaults, in a folder that the test may look into."""
    return Settings({}, {"data_dir": data_dir})


@pytest.fixture
async def process(settings: Settings) -> AsyncIterator[Process]:
    """Every service, started, as in `tutti serve`."""
    async with running(build_process(settings)) as started:
        yield started


@pytest.fixture
async def client(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    """Talks to ``process``; paths are relative to /api/v1."""
    transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://tutti.test/api/v1") as http:
        yield http

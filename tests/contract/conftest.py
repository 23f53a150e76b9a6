"""What carries events, each in turn: the database itself, of either kind, and NATS JetStream over PostgreSQL."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.nats import Nats, running_nats
from support.postgres import Postgres
from tutti.kit.settings import Base


@pytest.fixture(scope="session")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nats]:
    """One server for all; what belongs to a test is named after its database (`transports.settings_on`)."""
    with running_nats(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(autouse=True)
def patient(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a start, and a call, wait for NATS, however slow; where it is away, a test says so itself.

    A module whose servers are killed keeps the product's time for calls, by `NATS_IS_KILLED`: they are not answered.
    """
    monkeypatch.setattr("tutti.kit.events.jetstream.link._START_LIMIT_S", 60.0)
    if not getattr(request.module, "NATS_IS_KILLED", False):
        monkeypatch.setattr("tutti.kit.events.jetstream.link._CALL_TIMEOUT_S", 30.0)


@dataclass(frozen=True)
class Engines:
    """The servers that carry events."""

    postgres: Postgres | None = None
    nats: Nats | None = None


@pytest.fixture(params=["sqlite", "postgresql", "jetstream"])
def engines(request: pytest.FixtureRequest) -> Engines:
    if request.param == "sqlite":
        return Engines()
    postgres: Postgres = request.getfixturevalue("postgres")
    return Engines(postgres, request.getfixturevalue("nats") if request.param == "jetstream" else None)


@pytest.fixture
async def base(engines: Engines, data_dir: Path) -> AsyncIterator[Base]:
    """Settings that name a migrated database, and NATS where that carries events."""
    if engines.postgres is None:
        yield Base(data_dir=data_dir)
        return
    async with engines.postgres.fresh_database() as url:
        nats_url = "" if engines.nats is None else engines.nats.url
        yield Base(data_dir=data_dir, database_url=url, nats_url=nats_url)

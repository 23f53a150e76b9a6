"""Short-lived state of both kinds."""

from collections.abc import AsyncIterator

import pytest

from support.valkey import Valkey
from tutti.kit.stores import MemoryStores, RedisSettings, Stores, open_stores

PATIENT = RedisSettings(timeout_ms=10_000, pause_ms=50)
"""For machines so busy that a tenth of a second passes between two lines."""


@pytest.fixture(params=["memory", "redis"])
async def stores(request: pytest.FixtureRequest) -> AsyncIterator[Stores]:
    if request.param == "memory":
        yield MemoryStores()
        return
    server: Valkey = request.getfixturevalue("valkey")
    opened = open_stores(server.url, PATIENT)
    yield opened
    await opened.close()


@pytest.fixture
async def copies(valkey: Valkey) -> AsyncIterator[tuple[Stores, Stores]]:
    """Two processes at one Redis."""
    first, second = open_stores(valkey.url, PATIENT), open_stores(valkey.url, PATIENT)
    yield first, second
    await first.close()
    await second.close()

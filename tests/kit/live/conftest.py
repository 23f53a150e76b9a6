"""Live channels of two processes at one Redis."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from types import SimpleNamespace

import pytest

from support.valkey import Valkey
from tutti.kit.live import Live, open_live
from tutti.kit.stores import RedisSettings, open_stores

MINUTE_AT_S = 1_800_000_000.0
PATIENT = RedisSettings(timeout_ms=10_000, pause_ms=300, live_check_ms=60_000)
"""Redis is away where it says so, and not where this machine is slow."""
OpenLive = Callable[..., object]


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client may be slow to say who it is, and is not asked for a sign of life where a test awaits something else."""
    monkeypatch.setattr("tutti.kit.live.socket.AUTH_LIMIT_S", 300.0)


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let messages be counted in one minute, however long a test takes: in memory, windows end with the clock's."""
    standing = SimpleNamespace(time=lambda: MINUTE_AT_S)
    for module in ("tutti.kit.limits.counting", "limits.aio.storage.memory"):
        monkeypatch.setattr(f"{module}.time", standing)


@pytest.fixture
async def open_one(valkey: Valkey) -> AsyncIterator[Callable[..., object]]:
    """Opens the live channels of a process, as often as wanted."""
    async with AsyncExitStack() as stack:

        async def open_one(settings: RedisSettings = PATIENT) -> Live:
            stores = open_stores(valkey.url, settings)
            stack.push_async_callback(stores.close)
            live = open_live(stores)
            await stack.enter_async_context(live.running())
            return live

        yield open_one


@pytest.fixture
async def copies(open_one: Callable[..., object]) -> tuple[Live, Live]:
    return await open_one(), await open_one()  # type: ignore[misc]

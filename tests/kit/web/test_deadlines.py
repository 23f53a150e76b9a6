"""A request ends before a gateway gives it up, whatever the processes do that it asks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import msgspec
import pytest
from litestar import get
from litestar.di import NamedDependency

from kit.rpc.copies import running_copy
from kit.rpc.running import CLUSTER, QUICK
from kit.rpc.sample import Librarian, Shelves
from kit.web.room import trust_names
from tutti.kit.rpc import deadlines
from tutti.kit.rpc.deadlines import remaining_s
from tutti.kit.rpc.peers import Peers
from tutti.kit.rpc.server import RpcServer
from tutti.kit.service import Service
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.kit.web.deadlines import Deadlines
from tutti.main import build_process, opened

PATIENT = msgspec.structs.replace(
    QUICK, timeout_s=3000.0, attempt_timeout_s=3000.0, lengthy_timeout_s=3000.0, connect_wait_s=3000.0
)
"""Of its own, no call ends while a test runs."""
LIMIT_S = 120.0
"""Only so that a test that fails does not hang."""


@dataclass
class Reading:
    """A service that asks another one."""

    shelves: Shelves


@get("/shelves")
async def list_shelves(reading: NamedDependency[Reading]) -> list[str]:
    """Ask twice, as faces do."""
    found = [await reading.shelves.get_shelves(["a"]), await reading.shelves.get_shelves(["b"])]
    return [shelf.id for several in found for shelf in several]


@get("/time")
async def get_time(reading: NamedDependency[Reading]) -> float:
    return (await reading.shelves.describe_call())[1]


@asynccontextmanager
async def client_of(folder: Path, port: int, **environ: str) -> AsyncGenerator[httpx.AsyncClient, None]:
    """A client of a process that asks what answers at ``port``."""
    process = build_process(Settings(environ, {"data_dir": folder}), ["none"])
    process.peers = peers = Peers(CLUSTER, lambda _: (f"127.0.0.1:{port}",), "test", PATIENT)
    routes = [list_shelves, get_time]
    provides = {"reading": Reading(peers.proxy(Shelves, "shelves"))}
    process.add(lambda _: Service("reading", routes=routes, provides=provides))
    trust_names(process)
    async with opened(process):
        transport = httpx.ASGITransport(create_app(process), raise_app_exceptions=False)
        headers = {"Authorization": "Bearer tutti_ada"}
        async with httpx.AsyncClient(transport=transport, base_url="http://t/api/v1", headers=headers) as client:
            yield client
    await peers.close()


async def test_a_peer_that_hangs_ends_in_an_answer_of_ours(tmp_path: Path) -> None:
    with running_copy() as copy:
        async with client_of(tmp_path, copy.port, TUTTI_ANSWER_S="2") as client, asyncio.timeout(LIMIT_S):
            while (await client.get("/shelves")).status_code == 503:
                await asyncio.sleep(0.01)  # it, or this machine, is just waking up
            copy.hang()
            answer = await client.get("/shelves")
    body = answer.json()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (body["code"], body["message"]) == ("UNAVAILABLE", "shelves did not answer in time; try again.")
    assert set(body) == {"code", "message", "details", "traceId"}


async def test_a_peer_is_told_how_much_time_is_left(tmp_path: Path) -> None:
    async with (
        RpcServer(CLUSTER, {"shelves": (Shelves, Librarian())}, QUICK) as server,
        client_of(tmp_path, server.port, TUTTI_ANSWER_S="60") as client,
    ):
        assert 0 < (await client.get("/time")).json() < 61


async def test_the_time_begins_with_the_end_of_the_request_and_ends_with_the_head_of_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    present = 1000.0
    monkeypatch.setattr(deadlines, "time", SimpleNamespace(monotonic=lambda: present))
    left: list[float | None] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            left.append(remaining_s())
        left.append(remaining_s())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        left.append(remaining_s())

    async def receive() -> Any:
        nonlocal present
        present += 30
        return {"type": "http.request", "body": b"x", "more_body": len(left) < 3}

    async def send(_: Any) -> None: ...

    await Deadlines(app, 45)({"type": "http"}, receive, send)
    assert left == [45, 45, 45, 45, None]
    assert remaining_s() is None

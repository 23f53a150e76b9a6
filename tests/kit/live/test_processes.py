"""Two processes at one Redis, over real sockets: clients hear each other's process, pauses, and the end of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from kit.live.ears import LIMIT_S, Said
from support.people import PASSWORD
from support.valkey import Valkey
from tutti.kit.service import Process
from tutti.kit.serving import serve
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import build_process, running
from tutti.services.accounts.api import Login
from tutti.services.accounts.service import AccountsService, SessionsService

PATIENT = {"TUTTI_REDIS_TIMEOUT_MS": "10000", "TUTTI_REDIS_LIVE_CHECK_MS": "60000"}
"""A Redis is away that says so, and none that is slow."""
HASTY = {"TUTTI_REDIS_LIVE_CHECK_MS": "200"}


class Copy:
    """A process that serves."""

    def __init__(self, process: Process, url: str) -> None:
        self.process = process
        self.url = url

    def show(self, number: int) -> None:
        self.process.live.show("library", "said", Said(number))

    @asynccontextmanager
    async def heard(self, token: str, resume: int | None = None) -> AsyncIterator[ClientConnection]:
        async with connect(self.url.replace("http", "ws") + "/api/v1/live") as socket:
            await say(socket, type="auth", token=token)
            assert (await hear(socket))["type"] == "ready"
            await say(socket, type="subscribe", channels=["library", "scans"])
            await hear_until(socket, "subscribed")
            assert (await hear(socket))["code"] == "CHANNEL_REFUSED", "scans are for admins"
            if resume is not None:
                await say(socket, type="resume", lastId=resume)
            yield socket


async def say(socket: ClientConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def hear(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(await asyncio.wait_for(socket.recv(), LIMIT_S))


async def hear_until(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while (message := await hear(socket))["type"] != kind:
        pass
    return message


async def hear_shown(socket: ClientConnection, copy: Copy, number: int) -> dict[str, Any]:
    """Have ``copy`` show something again and again until a message comes: as Redis comes back, one may stay there."""

    async def show() -> None:
        while True:
            copy.show(number)
            await asyncio.sleep(0.1)

    showing = asyncio.create_task(show())
    try:
        async with asyncio.timeout(LIMIT_S):
            return await hear_until(socket, "message")
    finally:
        showing.cancel()


@pytest.fixture(params=[PATIENT], ids=["patient"])
async def copies(request: pytest.FixtureRequest, data_dir: Path, valkey: Valkey) -> AsyncIterator[tuple[Copy, Copy]]:
    """Two on one database; the second runs no service, and so none of those whose channels it has."""
    environ = {"TUTTI_REDIS_URL": valkey.url, "TUTTI_REDIS_PAUSE_MS": "100", **request.param}
    async with AsyncExitStack() as stack:

        async def start(*names: str) -> Copy:
            process = build_process(Settings(environ, {"data_dir": data_dir}), names)
            await stack.enter_async_context(running(process))
            stop, up = asyncio.Event(), asyncio.get_running_loop().create_future()
            serving = asyncio.create_task(serve(create_app(process), "127.0.0.1", 0, ready=up.set_result, stop=stop))
            stack.push_async_callback(lambda: serving)
            stack.callback(stop.set)
            return Copy(process, await up)

        whole = await start()
        part = await start("none")
        part.process.auth.trust(whole.process.auth._keys)  # pyright: ignore[reportPrivateUsage]
        yield whole, part


@pytest.fixture
async def token(copies: tuple[Copy, Copy]) -> str:
    process = copies[0].process
    await process.provided(AccountsService).create_user("ada", PASSWORD, "listener")
    return (await process.provided(SessionsService).log_in(Login("ada", PASSWORD), "here", "test")).access_token


async def test_clients_of_both_hear_both_and_resume_at_the_other(copies: tuple[Copy, Copy], token: str) -> None:
    whole, part = copies
    async with whole.heard(token) as here, part.heard(token) as there:
        whole.show(1)
        part.show(2)
        heard = [[await hear(socket) for _ in range(2)] for socket in (here, there)]
        assert heard[0] == heard[1]
        assert {message["payload"]["number"] for message in heard[0]} == {1, 2}
    whole.show(3)
    async with part.heard(token, resume=heard[0][1]["id"]) as again:
        assert (await hear(again))["payload"] == {"number": 3}


async def test_clients_are_told_of_a_pause_and_pages_go_on(
    copies: tuple[Copy, Copy], token: str, valkey: Valkey
) -> None:
    whole, part = copies
    async with whole.heard(token) as here, part.heard(token) as there:
        valkey.kill()
        await asyncio.gather(hear_until(here, "paused"), hear_until(there, "paused"))
        whole.show(1)
        assert (await hear_until(here, "message"))["payload"] == {"number": 1}
        valkey.start()
        resets = await asyncio.gather(hear_until(here, "reset"), hear_until(there, "reset"))
        assert all(reset["lastId"] > 0 for reset in resets)
        assert (await hear_shown(here, part, 2))["payload"] == {"number": 2}


@pytest.mark.parametrize("copies", [HASTY], ids=["hasty"], indirect=True)
@pytest.mark.parametrize("trouble", ["killed", "hanging", "restarted again and again"])
async def test_pages_answer_whatever_becomes_of_redis(
    copies: tuple[Copy, Copy], token: str, valkey: Valkey, trouble: str
) -> None:
    over = asyncio.Event()

    async def trouble_it() -> None:
        if trouble == "killed":
            valkey.kill()
        elif trouble == "hanging":
            valkey.hang()
        while trouble == "restarted again and again" and not over.is_set():
            await asyncio.to_thread(valkey.restart)
            await asyncio.sleep(0.05)

    troubling = asyncio.create_task(trouble_it())
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{copies[0].url}/api/v1", headers=headers, timeout=90) as client:
        for _ in range(10):
            answers = await asyncio.gather(
                *(client.get(path) for path in ("/me", "/albums", "/search?q=x", "/libraries")),
                client.post("/auth/login", json={"name": "ada", "password": PASSWORD}),
                client.post("/auth/login", json={"name": "nobody", "password": "wrong password"}),
            )
            codes = [answer.status_code for answer in answers]
            assert codes[:5] == [200] * 5, [answer.text for answer in answers]
            assert codes[5] in (401, 429)
        problem = await copies[0].process.stores.find_problem()
    assert trouble.startswith("restarted") or problem is not None
    over.set()
    await troubling

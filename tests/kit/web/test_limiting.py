"""Rate limits over HTTP: whose requests are counted as what, what answers say, and what is never counted."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from kit.web.room import room_client
from support.people import PASSWORD
from support.valkey import Valkey
from tutti.kit.settings import Settings
from tutti.kit.telemetry import health_routes
from tutti.kit.web import create_app
from tutti.main import build_process, running
from tutti.services.accounts.api import Login
from tutti.services.accounts.service import AccountsService, SessionsService

pytestmark = pytest.mark.usefixtures("one_minute")
BOB = {"Authorization": "Bearer tutti_bob"}
NOBODY = {"Authorization": ""}
CHAIR = {"legCount": 4}


def settings_of(data_dir: Path, **limits: object) -> Settings:
    environ = {f"TUTTI_{name.upper()}": str(value) for name, value in limits.items()}
    return Settings(environ, {"data_dir": data_dir})


@asynccontextmanager
async def client_of(data_dir: Path, **limits: object) -> AsyncIterator[httpx.AsyncClient]:
    async with room_client(settings_of(data_dir, **limits)) as (client, _):
        yield client


async def test_answers_say_what_is_left_and_then_that_there_is_nothing(data_dir: Path) -> None:
    async with client_of(data_dir, limits_write=2) as client:
        answers = [await client.post("/chairs", json=CHAIR) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert [answer.headers["ratelimit-policy"] for answer in answers] == ['"write";q=2;w=60'] * 3
        assert [re.sub("t=[0-9]+", "t=N", answer.headers["ratelimit"]) for answer in answers] == [
            '"write";r=1;t=N',
            '"write";r=0;t=N',
            '"write";r=0;t=N',
        ]
        refused = answers[2]
        assert refused.json()["code"] == "LIMIT_REACHED"
        assert refused.json()["details"] == {"limit": "write"}
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert (await client.post("/chairs", json=CHAIR, headers=BOB)).status_code == 201, "others have their own"


async def test_errors_count_and_say_what_is_left_too(data_dir: Path) -> None:
    async with client_of(data_dir, limits_read=3) as client:
        answer = await client.get("/chairs/1")
        assert answer.status_code == 409
        assert answer.headers["ratelimit"].startswith('"read";r=2;')


async def test_who_is_nobody_shares_with_the_same_address_behind_a_trusted_proxy(data_dir: Path) -> None:
    limits = {"limits_read": 1, "trusted_proxies": "127.0.0.0/8"}
    async with client_of(data_dir, **limits) as client:

        async def ask(forwarded_for: str) -> int:
            headers = NOBODY | {"X-Forwarded-For": forwarded_for}
            return (await client.get("/chairs/9", headers=headers)).status_code

        assert [await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.2")] == [200, 429, 200]
        assert [await ask("2001:db8::1"), await ask("2001:db8::2")] == [200, 429], "a household's network is one"
        assert await ask("6.6.6.6, 192.0.2.1") == 429, "what a client says of itself is not believed"


async def test_without_a_trusted_proxy_the_peer_counts(data_dir: Path) -> None:
    async with client_of(data_dir, limits_read=1) as client:
        codes = [
            (await client.get("/chairs/9", headers=NOBODY | {"X-Forwarded-For": f"192.0.2.{n}"})).status_code
            for n in range(2)
        ]
        assert codes == [200, 429]


async def test_zero_is_no_limit(data_dir: Path) -> None:
    async with client_of(data_dir, limits_write=0) as client:
        for _ in range(20):
            answer = await client.post("/chairs", json=CHAIR)
            assert answer.status_code == 201
            assert "ratelimit" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/albums", "read"),
        ("PATCH", "/me", "write"),
        ("GET", "/search?q=x", "search"),
        ("POST", "/auth/login", "sign_in"),
        ("POST", "/auth/refresh", "sign_in"),
        ("GET", "/setup", "read"),
        ("GET", "/stream/01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a/master.m3u8?sig=x", "stream"),
        ("GET", "/uploads", "upload"),
        ("GET", "/covers/x", None),
        ("GET", "/stream/01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a/aac64/0.m4s?sig=x", None),
        ("PUT", "/uploads/01932c07-209d-7b2e-9d9b-0a8c2f1e6d4a/content?sig=x", None),
        ("POST", "/hooks/storage", None),
        ("GET", "http://t/.well-known/jwks.json", None),
        ("GET", "http://t/health/live", None),
    ],
)
async def test_routes_are_of_the_kind_they_should_be(data_dir: Path, method: str, path: str, kind: str | None) -> None:
    process = build_process(settings_of(data_dir))
    async with running(process):
        await process.provided(AccountsService).create_user("ada", PASSWORD, "uploader")
        token = (await process.provided(SessionsService).log_in(Login("ada", PASSWORD), "here", "")).access_token
        app = create_app(process, extra=health_routes({}, ""))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://t/api/v1") as client:
            answer = await client.request(method, path, headers={"Authorization": f"Bearer {token}"}, json={})
    said = answer.headers.get("ratelimit-policy", "")
    assert said.partition(";")[0] == (f'"{kind}"' if kind else ""), answer.text


async def test_copies_share_limits(data_dir: Path, tmp_path: Path, valkey: Valkey) -> None:
    shared = {"limits_write": 3, "redis_url": valkey.url, "redis_timeout_ms": 10_000}
    async with AsyncExitStack() as stack:
        copies = [await stack.enter_async_context(client_of(data_dir, **shared)) for _ in range(2)]
        codes = [(await copies[turn % 2].post("/chairs", json=CHAIR)).status_code for turn in range(4)]
        assert codes == [201, 201, 201, 429]
        valkey.kill()
        codes = [(await client.post("/chairs", json=CHAIR)).status_code for client in copies]
        assert codes == [201, 201], "nobody is refused for want of Redis"


async def test_the_document_says_so_of_every_route_that_is_counted(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert "LIMIT_REACHED" in paths["/api/v1/albums"]["get"]["responses"]["429"]["description"]
    assert "429" not in paths["/api/v1/covers/{cover_id}"]["get"]["responses"]
    login = paths["/api/v1/auth/login"]["post"]["responses"]["429"]["content"]["application/json"]["examples"]
    assert set(login) == {"LIMIT_REACHED", "TOO_MANY_ATTEMPTS"}

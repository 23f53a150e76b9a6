"""Errors, headers, HEAD, limits and CORS, on a service of two routes."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kit.web.room import room_client
from tutti.kit.settings import Settings
from tutti.kit.web.outer import security_headers


@pytest.fixture
async def http(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with room_client(settings) as (client, _):
        yield client


async def test_an_error_of_ours_is_rendered_with_its_code_and_details(http: httpx.AsyncClient) -> None:
    answer = await http.get("/chairs/1")
    assert answer.status_code == 409
    body = answer.json()
    assert len(body.pop("traceId")) == 32
    assert body == {"code": "CHAIR_TAKEN", "message": "Grace sits there.", "details": {"by": "grace"}}


@pytest.mark.parametrize("chair", [2, 3])
async def test_what_nobody_foresaw_says_nothing_of_the_inside(http: httpx.AsyncClient, chair: int) -> None:
    answer = await http.get(f"/chairs/{chair}")
    assert answer.status_code == 500
    assert answer.json()["code"] == "INTERNAL"
    assert "hunter2" not in answer.text
    assert "hidden" not in answer.text


async def test_a_limit_says_when_to_come_back(http: httpx.AsyncClient) -> None:
    answer = await http.get("/chairs/4")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"legCount": "four"}, "legCount"),
        ({"legCount": 0}, "legCount"),
        ({"legCount": 4, "names": ["a", 5]}, "names[1]"),
        ({}, ""),
    ],
)
async def test_a_body_that_does_not_fit_says_where(http: httpx.AsyncClient, body: Any, where: str) -> None:
    answer = await http.post("/chairs", json=body)
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID"
    assert where in str(answer.json()["details"])


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 10_000, b""])
async def test_a_body_that_is_no_json_is_the_senders_mistake(http: httpx.AsyncClient, body: bytes) -> None:
    answer = await http.post("/chairs", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "INVALID"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/chairs/four", 404, "NOT_FOUND"),
        ("PUT", "/chairs", 405, "METHOD_NOT_ALLOWED"),
    ],
)
async def test_what_no_route_answers(http: httpx.AsyncClient, method: str, path: str, status: int, code: str) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_without_credentials_it_is_401_with_the_scheme(http: httpx.AsyncClient) -> None:
    answer = await http.post("/chairs", json={"legCount": 4}, headers={"Authorization": ""})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "NO_CREDENTIALS"


async def test_head_is_get_without_the_body(http: httpx.AsyncClient) -> None:
    get, head = await http.get("/chairs/5"), await http.head("/chairs/5")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]
    assert (await http.head("/nothing")).status_code == 404
    assert (await http.head("/chairs")).status_code == 405


@pytest.mark.parametrize("path", ["/chairs/5", "/chairs/1", "/chairs/2", "/nothing"])
async def test_every_answer_tells_a_browser_to_be_careful(http: httpx.AsyncClient, path: str) -> None:
    headers = (await http.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]


def test_bytes_go_to_storage_where_it_is_elsewhere_and_nothing_else_does() -> None:
    here, there = (dict(security_headers(origin)) for origin in (None, "https://s3.example.org"))
    policy, with_bucket = (headers[b"content-security-policy"].decode().split("; ") for headers in (here, there))
    assert set(with_bucket) - set(policy) == {
        "connect-src 'self' https://s3.example.org",
        "media-src 'self' blob: https://s3.example.org",
    }


async def test_a_body_beyond_the_limit_is_refused(data_dir: Path) -> None:
    settings = Settings({"TUTTI_MAX_BODY_BYTES": "2048"}, {"data_dir": data_dir})
    async with room_client(settings) as (http, room):
        for headers in ({}, {"Idempotency-Key": "k"}):
            answer = await http.post("/chairs", json={"legCount": 4, "names": ["x" * 3000]}, headers=headers)
            assert answer.status_code == 413
        assert answer.json()["code"] in {"TOO_LARGE", "BODY_TOO_LARGE"}
        assert room.made == []


async def test_other_origins_are_let_in_only_by_name(http: httpx.AsyncClient, data_dir: Path) -> None:
    assert "access-control-allow-origin" not in (await http.get("/chairs/5", headers={"Origin": "https://x"})).headers
    settings = Settings({"TUTTI_CORS_ORIGINS": "https://x"}, {"data_dir": data_dir})
    async with room_client(settings) as (other, _):
        answer = await other.get("/chairs/5", headers={"Origin": "https://x"})
        assert answer.headers["access-control-allow-origin"] == "https://x"

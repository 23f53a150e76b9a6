"""The web app over HTTP: whole, compressed once, cached for as long as it holds."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tutti.faces.webapp import web_app_routes
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.kit.web import create_app
from tutti.main import build_process

SCRIPT = b"console.log('tutti')\n" * 200
PAGE = b"<!doctype html><title>Tutti</title>" + b" " * 2000


@pytest.fixture
async def http(tmp_path: Path, process: Process) -> AsyncIterator[httpx.AsyncClient]:
    dist = tmp_path / "dist"
    (dist / "assets").mkdir(parents=True)
    (dist / "index.html").write_bytes(PAGE)
    (dist / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (dist / "favicon.svg").write_bytes(b"<svg/>")
    transport = httpx.ASGITransport(create_app(process, extra=web_app_routes(dist)))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/albums", "/albums/01a1?sort=title", "/settings/libraries"])
async def test_every_page_is_the_app(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code == 200
    assert answer.content == PAGE
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.headers["cache-control"] == "no-cache"


async def test_files_are_compressed_once_and_kept_for_good(http: httpx.AsyncClient) -> None:
    async with http.stream("GET", "/assets/index-abc.js", headers={"Accept-Encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"].startswith("text/javascript")
        assert gzip.decompress(b"".join([chunk async for chunk in answer.aiter_raw()])) == SCRIPT
    plain = await http.get("/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == SCRIPT


async def test_what_has_not_changed_is_not_sent_again(http: httpx.AsyncClient) -> None:
    etag = (await http.get("/")).headers["etag"]
    again = await http.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await http.get("/", headers={"If-None-Match": '"other"'})).status_code == 200


async def test_a_script_of_another_version_is_not_the_page(http: httpx.AsyncClient) -> None:
    answer = await http.get("/assets/index-old.js")
    assert (answer.status_code, answer.json()["code"]) == (404, "FILE_GONE")


@pytest.mark.parametrize("path", ["/../index.html", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../secret"])
async def test_nothing_outside_is_reached(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert answer.status_code in {200, 404}
    assert b"root:" not in answer.content


async def test_the_api_answers_for_itself(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/no/such/thing")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_without_a_build_it_says_what_to_do(tmp_path: Path, process: Process) -> None:
    transport = httpx.ASGITransport(create_app(process, extra=web_app_routes(tmp_path / "nowhere")))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        assert "make run" in (await client.get("/")).text


@pytest.mark.parametrize("path", ["/api/v1/albums", "/api/v1/no/such", "/api", "/health/no", "/.well-known/jwks.json"])
async def test_what_is_no_page_is_not_answered_with_one(tmp_path: Path, path: str) -> None:
    process = build_process(Settings({}, {"data_dir": tmp_path}))
    process.services = [service for service in process.services if service.name == "playback"]
    transport = httpx.ASGITransport(create_app(process, extra=web_app_routes(tmp_path)))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")

"""Traces come in and go out; metrics count by route, not by address; health says what is wrong."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY

from tutti.kit.service import Process
from tutti.kit.telemetry import Observed, health_routes, open_spans
from tutti.kit.web import create_app

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def broken() -> str | None:
    return "away"


async def fine() -> str | None:
    return None


def observed(process: Process, checks: dict[str, Any], token: str = "") -> Any:
    return Observed(create_app(process, extra=health_routes(checks, token)), open_spans(""))


@pytest.fixture
async def http(process: Process) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(observed(process, {"x": fine}))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


async def test_a_trace_that_comes_in_goes_out(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/setup", headers={"traceparent": PARENT})
    assert answer.headers["x-trace-id"] == PARENT[3:35]
    refused = await http.get("/api/v1/me", headers={"traceparent": PARENT})
    assert refused.json()["traceId"] == PARENT[3:35]


async def test_a_trace_that_is_none_is_replaced(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/setup", headers={"traceparent": "00-evil\x7f"})
    assert len(answer.headers["x-trace-id"]) == 32


async def test_metrics_count_by_route(http: httpx.AsyncClient) -> None:
    labels = {"method": "GET", "route": "/api/v1/users/{user_id}", "status": "401"}
    before = REGISTRY.get_sample_value("tutti_http_requests_total", labels) or 0
    for n in range(3):
        await http.get(f"/api/v1/users/01890000-0000-7000-8000-00000000000{n}")
    assert REGISTRY.get_sample_value("tutti_http_requests_total", labels) == before + 3


async def test_health_says_what_is_wrong(process: Process) -> None:
    transport = httpx.ASGITransport(observed(process, {"database": broken, "events": fine}))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()["problems"]) == (503, {"database": "away"})
        assert (await client.get("/health/live")).status_code == 200


@pytest.mark.parametrize(
    ("token", "client", "headers", "status"),
    [
        ("", "127.0.0.1", {}, 200),
        ("", "::1", {}, 200),
        ("", "10.0.0.7", {}, 403),
        ("", "127.0.0.1", {"X-Forwarded-For": "10.0.0.7"}, 403),
        ("right", "10.0.0.7", {"Authorization": "Bearer right"}, 200),
        ("right", "127.0.0.1", {"Authorization": "Bearer wrong"}, 403),
    ],
)
async def test_metrics_are_not_for_everybody(
    process: Process, token: str, client: str, headers: dict[str, str], status: int
) -> None:
    transport = httpx.ASGITransport(observed(process, {}, token), client=(client, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as http:
        assert (await http.get("/metrics", headers=headers)).status_code == status


async def test_what_can_be_borne_is_said_and_leaves_the_process_ready(process: Process) -> None:
    app = create_app(process, extra=health_routes({"database": fine}, "", {"peers": broken}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tutti.test") as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"status": "degraded", "problems": {"peers": "away"}})

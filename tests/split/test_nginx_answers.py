"""What the gateway says itself, and the headers that it adds, takes away and passes on."""

import json
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from support.nginx import Gateway, NamedService, named_services, running_gateway
from support.ports import dead_port
from tutti.kit.web import API
from tutti.kit.web.outer import security_headers
from tutti.main import SERVICES

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
SLOW = {"TUTTI_GATEWAY_LOGIN_PER_S": "1", "TUTTI_GATEWAY_LOGIN_BURST": "2", "TUTTI_GATEWAY_RETRY_AFTER_S": "7"}
ATTEMPTS = 40
"""Far more than are let through in the time that they take, on a slow machine too."""
PROTECTION = [name.decode() for name, _ in security_headers(None)]


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, NamedService]]:
    with named_services(list(SERVICES)) as named:
        yield named


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, services: dict[str, NamedService]) -> Iterator[Gateway]:
    with dead_port() as dead:
        upstream = (*(service.upstream for service in services.values()), f"playback=127.0.0.1:{dead}")
        with running_gateway(tmp_path_factory.mktemp("gateway"), SLOW, upstream=upstream) as running:
            yield running


def assert_error(content: bytes, code: str, trace_id: str | None = TRACE) -> None:
    body = json.loads(content)
    assert set(body) == {"code", "message", "details", "traceId"}
    assert (body["code"], body["details"]) == (code, {})
    assert trace_id is None or body["traceId"] == trace_id


def test_a_service_that_is_away_is_told_as_503_with_a_wait(gateway: Gateway) -> None:
    with gateway.client(headers={"traceparent": PARENT}) as client:
        for method in ("GET", "POST"):
            answer = client.request(method, f"{API}/playback/events")
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
            assert answer.headers["x-trace-id"] == TRACE
            assert_error(answer.content, "UNAVAILABLE")


def test_errors_have_the_shape_of_every_other(gateway: Gateway) -> None:
    with gateway.client(headers={"traceparent": PARENT}) as client:
        assert_error(client.get(f"{API}/nothing").content, "NOT_FOUND")
        large = client.post(f"{API}/search", content=b"x" * 10_485_761)
        assert large.status_code == 413
        assert_error(large.content, "TOO_LARGE")
        assert_error(client.get("/health/" + "x" * 20_000).content, "URI_TOO_LONG", None)


@pytest.mark.parametrize("request_line", [b"GET / HTTP/1.1\r\nHost: a b", b"NONSENSE", b"GET / HTTP/1.1\r\nHost"])
def test_a_request_that_is_none_is_answered_in_the_same_shape(gateway: Gateway, request_line: bytes) -> None:
    port = int(gateway.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as raw:
        raw.sendall(request_line + b"\r\n\r\n")
        said = raw.makefile("rb").read()
    assert said.startswith(b"HTTP/1.1 400 ")
    assert_error(said.partition(b"\r\n\r\n")[2], "INVALID", None)


def test_a_trace_begins_here_where_the_client_names_none(gateway: Gateway, services: dict[str, NamedService]) -> None:
    with gateway.client() as client:
        for given in ({}, {"traceparent": "nonsense"}):
            heard = client.get(f"{API}/albums", headers=given).json()["headers"]["traceparent"]
            assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", heard)
            refused = client.get(f"{API}/nothing", headers=given)
            assert_error(refused.content, "NOT_FOUND", refused.headers["x-trace-id"])
        assert client.get(f"{API}/albums", headers={"traceparent": PARENT}).json()["headers"]["traceparent"] == PARENT
    del services


def test_too_many_attempts_of_one_address_are_told_to_wait(gateway: Gateway) -> None:
    with gateway.client(headers={"traceparent": PARENT}) as client, ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: client.post(f"{API}/auth/login", json={}), range(ATTEMPTS)))
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert len(refused) < ATTEMPTS, "a burst is let through"
        assert refused[0].headers["retry-after"] == "1"
        assert_error(refused[0].content, "TOO_MANY_REQUESTS")
        assert client.get(f"{API}/albums").status_code == 200, "other classes have limits of their own"


def test_limits_of_bodies_are_those_of_the_routes(gateway: Gateway) -> None:
    """A cover may be larger than a usual body, an upload larger than either."""
    with gateway.client() as client:
        body = b"x" * 11_000_000
        assert client.put(f"{API}/albums/1/cover", content=body).json()["received"] == len(body)
        body = b"x" * 40_000_000
        assert client.put(f"{API}/albums/1/cover", content=body).status_code == 413
        assert client.put(f"{API}/uploads/1/content", content=body).json()["received"] == len(body)
        assert client.put(f"{API}/uploads/1/parts/3", content=body).json()["received"] == len(body)
        assert client.put(f"{API}/uploads/1/other", content=body).status_code == 413


def test_nobody_says_for_himself_where_he_comes_from(gateway: Gateway) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "X-Accel-Redirect": "/_media/etc/passwd",
        "X-Original-URL": "/metrics",
    }
    with gateway.client(headers=forged) as client:
        heard = client.get(f"{API}/albums").json()["headers"]
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("127.0.0.1", "http")
    assert not {name.lower() for name in forged} - {"x-forwarded-for", "x-forwarded-proto"} & set(heard)
    assert "6.6.6.6" not in str(heard)
    assert heard["host"] == gateway.url.removeprefix("http://")


def test_a_load_balancer_in_front_is_believed_where_it_is_trusted(
    tmp_path: Path, services: dict[str, NamedService]
) -> None:
    upstream = tuple(service.upstream for service in services.values())
    told = {"X-Forwarded-For": "6.6.6.6, 198.51.100.7", "X-Forwarded-Proto": "https"}
    with (
        running_gateway(tmp_path, upstream=upstream, trusted_proxy=("127.0.0.0/8",)) as gateway,
        gateway.client(headers=told) as client,
    ):
        heard = client.get(f"{API}/albums").json()["headers"]
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("198.51.100.7", "https")


def test_protection_is_there_once_whoever_answers(gateway: Gateway, services: dict[str, NamedService]) -> None:
    with gateway.client() as client:
        for path in (f"{API}/albums", f"{API}/nothing", f"{API}/playback/events", "/health", "/"):
            answer = client.get(path)
            assert [len(answer.headers.get_list(name)) for name in PROTECTION] == [1] * len(PROTECTION), path
            assert re.fullmatch(r"nginx|BaseHTTP/[0-9.]+ .*", answer.headers["server"])
        services["catalog"].headers["Content-Security-Policy"] = "default-src 'none'"
        own = client.get(f"{API}/albums").headers.get_list("content-security-policy")
        assert own == ["default-src 'none'"], "what a service says of its own answer holds"
        del services["catalog"].headers["Content-Security-Policy"]


def test_services_give_no_orders_but_where_they_may(gateway: Gateway, services: dict[str, NamedService]) -> None:
    """Without folders of media not even streaming can point to a file."""
    for name, path in (("catalog", "albums"), ("streaming", "stream/1/direct")):
        services[name].headers["X-Accel-Redirect"] = "/etc/passwd"
        with gateway.client() as client:
            assert client.get(f"{API}/{path}").json()["service"] == name
        del services[name].headers["X-Accel-Redirect"]


def test_addresses_with_signatures_are_not_logged(gateway: Gateway) -> None:
    with gateway.client() as client:
        client.get(f"{API}/stream/1/direct", params={"sig": "verysecretsignature"})
        client.get(f"{API}/nothing", params={"token": "verysecrettoken"})
        assert client.get(f"{API}/nothing/that/is/logged").status_code == 404
    path = f"{API}/nothing/that/is/logged"
    logged = gateway.requests(lambda so_far: any(each["path"] == path for each in so_far))
    assert [len(each["trace_id"]) for each in logged if each["path"] == path] == [32]
    assert "verysecret" not in gateway.log


def test_a_household_with_many_addresses_counts_as_one(tmp_path: Path, services: dict[str, NamedService]) -> None:
    """Of version 6 it has 2**64: each request may come from another."""
    upstream = tuple(service.upstream for service in services.values())
    options: dict[str, Any] = {"upstream": upstream, "trusted_proxy": ("127.0.0.0/8",)}
    with running_gateway(tmp_path, SLOW, **options) as gateway, gateway.client() as client:

        def log_in(address: str) -> int:
            return client.post(f"{API}/auth/login", json={}, headers={"X-Forwarded-For": address}).status_code

        # One after the other: a slow machine needs more of them to be faster than one in a second.
        assert any(log_in(f"2001:db8:1:2:aaaa:bbbb:cccc:{number:x}") == 429 for number in range(1, 10 * ATTEMPTS))
        assert {log_in(f"2001:db8:1:{number:x}:aaaa:bbbb:cccc:1") for number in range(16, 26)} == {200}

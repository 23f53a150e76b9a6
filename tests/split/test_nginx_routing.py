"""Every path of every service leads to its owner, through a real nginx with the printed configuration."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from litestar import get
from litestar.handlers import HTTPRouteHandler

from support.nginx import Gateway, NamedService, named_services, running_gateway, write_config
from tutti.commands.failures import Refused
from tutti.commands.nginx import TRAFFIC, find_words
from tutti.kit.gateway import SharedPath, endpoints_of, split_words
from tutti.kit.settings import Settings
from tutti.kit.web import API
from tutti.main import SERVICES, build_process

EXAMPLES = {"uuid": "01990000-0000-7000-8000-000000000001", "int": "7", "str": "0.m4s"}
PARAMETER = re.compile(r"\{[a-z_]+:([a-z]+)\}")


@pytest.fixture(scope="module")
def owned(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, str]]:
    """Service, method and path of everything that services answer, as they say it themselves."""
    process = build_process(Settings({}, {"data_dir": tmp_path_factory.mktemp("data")}))
    found = {
        (service.name, method, prefix + PARAMETER.sub(lambda kind: EXAMPLES[kind[1]], path))
        for service in process.services
        for prefix, routes in ((API, service.routes), ("", service.root_routes))
        for handler in map(plain, routes)
        for path in handler.paths
        for method in {*handler.http_methods, "OPTIONS", *(["HEAD"] if "GET" in handler.http_methods else [])}
    }
    return sorted(found)


def plain(handler: object) -> HTTPRouteHandler:
    """Every route is a function; a controller would have to be looked into."""
    assert isinstance(handler, HTTPRouteHandler)
    return handler


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, NamedService]]:
    with named_services(list(SERVICES)) as named:
        yield named


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, services: dict[str, NamedService]) -> Iterator[Gateway]:
    upstream = tuple(service.upstream for service in services.values())
    # As fast as the test can ask; limits are another test's.
    fast = {f"TUTTI_GATEWAY_{name}_BURST": "100000" for name in ("API", "LOGIN", "AUDIO", "PICTURES")}
    with running_gateway(tmp_path_factory.mktemp("gateway"), fast, upstream=upstream, live="playback") as running:
        yield running


def test_every_path_of_every_service_leads_to_its_owner(
    gateway: Gateway, owned: list[tuple[str, str, str]], services: dict[str, NamedService]
) -> None:
    assert {service for service, _, _ in owned} == set(services)
    wrong: list[str] = []
    with gateway.client() as client:
        for service, method, path in owned:
            for address in (path, f"{path}/", f"{path}?limit=5&q=a%20b"):
                answer = client.request(method, address)
                if answer.headers.get("x-service") != service:
                    wrong.append(f"{method} {address}: {answer.headers.get('x-service')}, not {service}")
    assert wrong == []


def test_what_is_asked_arrives_as_it_was_sent(gateway: Gateway, services: dict[str, NamedService]) -> None:
    del services
    for path in (f"{API}/search?q=a%2Fb%20c&x=%C3%A9", f"{API}/genres/%E2%9C%93", f"{API}/covers/a%25b"):
        _, _, body = gateway.ask_raw(path)
        assert httpx.Response(200, content=body).json()["path"] == path


@pytest.mark.parametrize("path", [f"{API}/nowhere", f"{API}/nowhere/at/all", f"{API}/"])
def test_what_no_service_answers_is_asked_of_none(
    gateway: Gateway, services: dict[str, NamedService], path: str
) -> None:
    before = {name: len(service.asked) for name, service in services.items()}
    status, headers, body = gateway.ask_raw(path)
    assert (status, headers["content-type"]) == (404, "application/json")
    assert httpx.Response(404, content=body).json()["code"] == "NOT_FOUND"
    assert {name: len(service.asked) for name, service in services.items()} == before


@pytest.mark.parametrize(
    "path",
    [
        *("/metrics", "/metrics/", "/metrics?x=1", "//metrics", "/./metrics", "/%6Detrics", "/a/../metrics"),
        *("/health/live", "/health/ready", "/health/", "/health//ready", "/%68ealth/ready", "/x/%2e%2e/health/ready"),
        "/_media/etc/passwd",
        f"{API}/../../metrics",
        f"{API}/albums/../../../metrics",
    ],
)
def test_what_processes_say_of_themselves_stays_inside(
    gateway: Gateway, services: dict[str, NamedService], path: str
) -> None:
    before = sum(len(service.asked) for service in services.values())
    status, _, body = gateway.ask_raw(path)
    assert (status, httpx.Response(404, content=body).json()["code"]) == (404, "NOT_FOUND")
    assert sum(len(service.asked) for service in services.values()) == before


def test_the_gateway_says_that_it_lives(gateway: Gateway, services: dict[str, NamedService]) -> None:
    before = sum(len(service.asked) for service in services.values())
    with gateway.client() as client:
        assert client.get("/health").json() == {"status": "ok", "problems": {}}
    assert sum(len(service.asked) for service in services.values()) == before


def test_live_connections_go_where_they_are_wanted(gateway: Gateway) -> None:
    with gateway.client() as client:
        assert client.get(f"{API}/live").json()["service"] == "playback"


def test_words_that_need_special_care_exist() -> None:
    words = {word.prefix[-1] for word in find_words()}
    assert {*TRAFFIC.login, *TRAFFIC.audio, *TRAFFIC.pictures} <= words


def test_a_typing_error_in_an_upstream_is_told(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="There is no service catalogue"):
        write_config(tmp_path, upstream=("catalogue=127.0.0.1:1",))


@pytest.mark.parametrize("settings", [{"TUTTI_GATEWAY_ANSWER_S": "45"}, {"TUTTI_ANSWER_S": "60"}])
def test_a_gateway_that_would_give_up_first_is_refused(tmp_path: Path, settings: dict[str, str]) -> None:
    with pytest.raises(Refused, match=r"TUTTI_ANSWER_S.* longer than they do"):
        write_config(tmp_path, settings)


def route(path: str) -> HTTPRouteHandler:
    @get(path)
    async def answer() -> None: ...

    return answer


def owners(**paths: list[str]) -> dict[str, str]:
    endpoints = [
        endpoint
        for name, given in paths.items()
        for endpoint in endpoints_of(name, "/api", [parametrised(path) for path in given], 100)
    ]
    words = split_words(endpoints, "/api", list(paths))
    found = {word.path: word.service for word in words}
    for word in words:
        found |= {each.pattern: each.service for each in word.exceptions}
    return found


def parametrised(path: str) -> HTTPRouteHandler:
    if "{" not in path:
        return route(path)

    @get(path)
    async def answer(x: UUID) -> None: ...

    return answer


def test_a_word_goes_to_whom_most_of_it_belongs() -> None:
    found = owners(a=["/me", "/me/keys"], b=["/me/history", "/lists"])
    assert found == {"/api/me": "a", "/api/lists": "b", "^/api/me/history/?$": "b"}


def test_between_equals_the_first_one_gets_it() -> None:
    assert owners(a=["/x/one"], b=["/x/two"]) == {"/api/x": "a", "^/api/x/two/?$": "b"}


def test_a_special_path_comes_before_a_pattern_that_would_take_it_in() -> None:
    found = owners(a=["/t", "/t/new/audio", "/t/all"], b=["/t/{x:uuid}/audio"])
    assert list(found) == ["/api/t", "^/api/t/new/audio/?$", "^/api/t/[^/]+/audio/?$"]
    assert list(found.values()) == ["a", "a", "b"]


def test_one_path_of_two_services_is_refused() -> None:
    with pytest.raises(SharedPath, match=r"/api/t/\{\} is answered by a and by b"):
        owners(a=["/t/{x:uuid}"], b=["/t/{x:uuid}"])

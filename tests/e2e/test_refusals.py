"""Every route of the OpenAPI document refuses who it should: nobody, a forged or expired token, an ended session."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from support.cluster.serving import Cluster
from support.server import PASSWORD, Server, running_server, wait_for
from tutti.main import SERVICES

METHODS = ("get", "post", "put", "patch", "delete")
SOME_ID = str(UUID("01890000-0000-7000-8000-000000000000"))
FOR_LISTENERS = {
    "/auth/logout": "post",
    "/me": "get patch delete",
    "/me/password": "post",
    "/me/preferences": "get put",
    "/me/sessions": "get delete",
    "/me/sessions/{session_id}": "delete",
    "/me/api-keys": "get post",
    "/me/api-keys/{key_id}": "delete",
    "/me/avatar": "put delete",
    "/me/history": "get",
    "/users/{user_id}": "get",
    "/albums": "get",
    "/albums/{album_id}": "get",
    "/artists": "get",
    "/artists/{artist_id}": "get",
    "/tracks": "get",
    "/tracks/{track_id}": "get patch delete",  # of one's own uploads, also when one may upload no longer
    "/tracks/{track_id}/cover": "put delete",
    "/tracks/{track_id}/audio": "delete",
    "/tracks/{track_id}/lyrics": "get",
    "/genres": "get",
    "/genres/{genre_id}": "get",
    "/folders": "get",
    "/folders/{folder_id}": "get",
    "/search": "get",
    "/libraries": "get",
    "/libraries/{library_id}": "get",
    "/libraries/{library_id}/scan": "get",
    "/stream/{track_id}": "post",
    "/playback/events": "post",
}
"""Every route that listeners may call, for what is theirs or shown to them. All others refuse them."""
OF_SERVICE = {
    "accounts": ("GET", "/me"),
    "catalog": ("GET", "/albums"),
    "media": ("GET", "/uploads"),
    "playback": ("GET", "/me/history"),
    "streaming": ("POST", f"/stream/{SOME_ID}"),
}
"""A secured route of each service by which nothing is changed."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    # More is refused here in a minute than any household would be.
    settings = {"TUTTI_ACCOUNTS_REGISTRATION": "open", "TUTTI_LIMITS_REFUSED": "0"}
    with running_server(tmp_path_factory.mktemp("refusals"), **settings) as running:
        yield running


@pytest.fixture(scope="module")
def admin(server: Server) -> str:
    return server.set_up()


@pytest.fixture(scope="module")
def listener(server: Server, admin: str) -> str:
    with server.client() as client:
        client.post("/users", json={"name": "grace", "password": PASSWORD}).raise_for_status()
    return server.log_in("grace")


@pytest.fixture(scope="module")
def document(server: Server) -> dict[str, Any]:
    with server.client() as client:
        return client.get("/openapi.json").raise_for_status().json()


def fill(path: str) -> str:
    """Put something in place of each parameter."""
    return re.sub(r"{[^}]+}", SOME_ID, path)


def operations(document: dict[str, Any], *, public: bool) -> list[tuple[str, str]]:
    """Method and path of every operation, with something in place of each parameter."""
    found: list[tuple[str, str]] = []
    for path, item in document["paths"].items():
        filled = fill(path.removeprefix("/api/v1"))
        offered = [method for method in METHODS if method in item]
        found += [(method, filled) for method in offered if (item[method].get("security") == [{}]) is public]
    return found


def refusals(server: Server, document: dict[str, Any], headers: dict[str, str]) -> dict[str, int]:
    """What the secured routes answered that is not 401."""
    wrong: dict[str, int] = {}
    with server.client() as client:
        for method, path in operations(document, public=False):
            answer = client.request(method, path, headers=headers)
            if answer.status_code != 401:
                wrong[f"{method.upper()} {path}"] = answer.status_code
            else:
                assert answer.json().keys() == {"code", "message", "details", "traceId"}
    return wrong


def expect_to_be_refused(server: Server, document: dict[str, Any], headers: dict[str, str]) -> None:
    """At once where one process is all there is; the others of a cluster hear of it within seconds."""
    if isinstance(server, Cluster):
        wait_for(lambda: trusting(server, headers) == [], lambda: str(trusting(server, headers)))
    assert refusals(server, document, headers) == {}


def trusting(cluster: Cluster, headers: dict[str, str]) -> list[str]:
    """Which processes know who asks, whatever they answer then; past nginx, which would choose a copy."""
    asked = [
        (method, f"{member.url}/api/v1{path}")
        for service in SERVICES
        for member in cluster.installation.members_with(service)
        for method, path in (OF_SERVICE[service],)
    ]
    return [url for method, url in asked if httpx.request(method, url, headers=headers, timeout=30).status_code != 401]


def test_the_document_lists_secured_and_public_routes(document: dict[str, Any]) -> None:
    assert len(operations(document, public=False)) > 40
    public = {path for _, path in operations(document, public=True)}
    assert {"/auth/login", "/auth/refresh", "/setup", "/users"} <= public
    assert not {path for path in public if path.startswith(("/me", "/libraries"))}


def test_nobody_is_refused_everywhere(server: Server, document: dict[str, Any], admin: str) -> None:
    assert refusals(server, document, {}) == {}


@pytest.mark.parametrize("credentials", ["Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer tutti_abc_def", "Bearer"])
def test_what_is_no_credential_is_refused(
    server: Server, document: dict[str, Any], admin: str, credentials: str
) -> None:
    assert refusals(server, document, {"Authorization": credentials}) == {}


def test_an_altered_token_is_refused(server: Server, document: dict[str, Any], listener: str) -> None:
    head, body, signature = listener.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["role"] = "admin"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    assert refusals(server, document, {"Authorization": f"Bearer {head}.{forged}.{signature}"}) == {}
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    assert refusals(server, document, {"Authorization": f"Bearer {none}.{forged}."}) == {}


def test_an_ended_session_is_refused(server: Server, document: dict[str, Any], listener: str) -> None:
    token = server.log_in("grace")
    with server.client(token) as client:
        assert client.get("/me").status_code == 200
        client.post("/auth/logout").raise_for_status()
    expect_to_be_refused(server, document, {"Authorization": f"Bearer {token}"})


def test_a_revoked_api_key_is_refused(server: Server, document: dict[str, Any], listener: str) -> None:
    with server.client(listener) as client:
        made = (
            client.post("/me/api-keys", json={"name": "script", "scopes": ["read", "write"]}).raise_for_status().json()
        )
        key = httpx.Headers({"Authorization": f"Bearer {made['key']}"})
        assert client.get("/me", headers=key).status_code == 200
        client.delete(f"/me/api-keys/{made['id']}").raise_for_status()
    expect_to_be_refused(server, document, dict(key))


def test_an_expired_token_is_refused(tmp_path: Path, document: dict[str, Any]) -> None:
    settings = {"TUTTI_ACCOUNTS_ACCESS_TOKEN_S": "1", "TUTTI_CLOCK_SKEW_S": "0"}
    with running_server(tmp_path / "data", **settings) as server:
        token = server.set_up()
        with server.client(token) as client:
            wait_for(lambda: client.get("/me").status_code == 401, lambda: "the token never expired")
        assert refusals(server, document, {"Authorization": f"Bearer {token}"}) == {}


def test_a_listener_is_refused_whatever_is_not_for_listeners(
    server: Server, document: dict[str, Any], admin: str, listener: str
) -> None:
    """By a guard, which asks before anything is looked up or read: a route without one answers otherwise."""
    secured = operations(document, public=False)
    allowed = {(method, fill(path)) for path, methods in FOR_LISTENERS.items() for method in methods.split()}
    assert allowed <= set(secured), "these are routes no longer"
    answers: dict[str, int] = {}
    with server.client(listener) as client:
        for method, path in sorted(set(secured) - allowed):
            answers[f"{method.upper()} {path}"] = client.request(method, path, json={}).status_code
    assert len(answers) > 40
    assert {route: status for route, status in answers.items() if status != 403} == {}

"""Who may not listen by HLS: the routes that a signature opens open to no other, each of them, over a socket."""

from collections.abc import Iterator

import httpx
import pytest

from services.streaming.hls.player import tune_in
from services.streaming.station import Station, on_air
from support.audio import make_audio
from support.server import running_server, wait_for

OTHER = "01890000-0000-7000-8000-000000000000"
SIGNED_GETS = 6
"""Routes of streaming that take a signature, as the API itself lists them."""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    music = tmp_path_factory.mktemp("refused") / "music"
    for title in ("one", "two"):
        make_audio(music / "Ada" / "Album", title, "flac", seconds=8)
    with on_air(tmp_path_factory.mktemp("served") / "data", music) as opened:
        yield opened


def addresses(station: Station, token: str | None = None) -> list[str]:
    """One of every route that takes a signature, found in the API's own description, each good for `one`."""
    with station.client(token) as client:
        paths = client.get("/openapi.json").raise_for_status().json()["paths"]
    signed = [
        path
        for path, item in paths.items()
        if path.startswith("/api/v1/stream/")
        and any(each.get("name") == "sig" for each in item.get("get", {}).get("parameters", []))
    ]
    query = tune_in(station, "one", token).master.partition("?")[2]
    named = {"{track_id}": station.tracks["one"], "{rendition}": "aac64", "{segment}": "0.m4s"}
    found: list[str] = []
    for path in signed:
        for name, value in named.items():
            path = path.replace(name, value)
        found.append(f"{station.server.url}{path}?{query}")
    assert len(found) == SIGNED_GETS - 1
    found.append(found[0].partition("/stream/")[0] + f"/stream/{named['{track_id}']}/aac64/init.mp4?{query}")
    return found


def refused(urls: list[str], status: int, code: str) -> None:
    for url in urls:
        got = httpx.get(url, timeout=30)
        assert (got.status_code, got.json()["code"]) == (status, code), url
        head = httpx.head(url, timeout=30)
        assert (head.status_code, head.content) == (status, b""), url


def let_in(urls: list[str]) -> None:
    for url in urls:
        assert httpx.get(url, timeout=30).status_code == 200, url


def statuses(urls: list[str]) -> set[int]:
    """What all routes answer: some rely on what was found out before, until the event of the change has come."""
    return {httpx.get(url, timeout=30).status_code for url in urls}


def test_every_route_is_good_for_its_track_and_as_it_was_signed(station: Station) -> None:
    urls = addresses(station)
    let_in(urls)
    for other in (station.tracks["two"], OTHER):
        refused([url.replace(station.tracks["one"], other) for url in urls], 403, "BAD_SIGNATURE")
    refused([url[:-1] + ("A" if url[-1] != "A" else "B") for url in urls], 403, "BAD_SIGNATURE")
    refused([url.replace(".1.", ".0.") for url in urls], 403, "BAD_SIGNATURE")
    for url in urls:
        bearer = {"Authorization": f"Bearer {station.token}"}
        assert httpx.get(url.partition("?")[0], headers=bearer, timeout=30).status_code == 400


def test_the_signature_of_one_user_opens_nothing_for_another(station: Station) -> None:
    ada, grace = station.newcomer("grace"), addresses(station)[0]
    urls = addresses(station, station.server.log_in("grace"))
    mine, theirs = urls[0].partition("?sig=")[2].split("."), grace.partition("?sig=")[2].split(".")
    assert mine[1] == ada
    forged = ".".join([mine[0], theirs[1], *mine[2:]])
    refused([f"{url.partition('?sig=')[0]}?sig={forged}" for url in urls], 403, "BAD_SIGNATURE")


def test_who_has_logged_out_hears_nothing_more_at_once(station: Station) -> None:
    station.newcomer("mary")
    here = station.server.log_in("mary")
    urls = addresses(station, here)
    let_in(urls)
    with station.client(here) as client:
        client.post("/auth/logout").raise_for_status()
    refused(urls, 401, "INVALID_TOKEN")


def test_a_disabled_user_and_a_deleted_key_hear_nothing_more(station: Station) -> None:
    karen = station.newcomer("karen")
    token = station.server.log_in("karen")
    with station.client(token) as client:
        body = {"name": "k", "scopes": ["read", "write"]}
        first, second = (client.post("/me/api-keys", json=body).raise_for_status().json() for _ in range(2))
    by_session, by_first, by_second = (addresses(station, proof) for proof in (token, first["key"], second["key"]))
    let_in([*by_session, *by_first, *by_second])
    with station.client(token) as client:
        client.delete(f"/me/api-keys/{first['id']}").raise_for_status()
    refused(by_first, 401, "INVALID_TOKEN")
    with station.client() as admin:
        admin.patch(f"/users/{karen}", json={"disabled": True}).raise_for_status()
    refused(by_session, 401, "INVALID_TOKEN")
    wait_for(lambda: statuses(by_second) == {401}, lambda: "the key still opens")
    refused(by_second, 401, "INVALID_TOKEN")


def test_a_library_that_was_taken_away_is_not_heard_any_more(station: Station) -> None:
    station.newcomer("joan")
    urls = addresses(station, station.server.log_in("joan"))
    let_in(urls)
    library = f"/libraries/{station.library_id}"
    with station.client() as admin:
        try:
            admin.patch(library, json={"everyone": False, "userIds": []}).raise_for_status()
            wait_for(lambda: statuses(urls) == {404}, lambda: "it is still heard")
            refused(urls, 404, "TRACK_NOT_FOUND")
        finally:
            admin.patch(library, json={"everyone": True}).raise_for_status()
    let_in(urls)


def test_an_address_expires_on_every_route(station: Station) -> None:
    data_dir = station.server.data_dir
    urls = addresses(station)
    station.server.stop()
    settings = {"TUTTI_STREAMING_URL_LIFETIME_S": "1", "TUTTI_STREAMING_CLOCK_SKEW_S": "0"}
    with running_server(data_dir, **settings) as server:
        station.server, before = server, station.server
        station.token = server.log_in("ada")
        short = addresses(station)
        wait_for(lambda: statuses(short) == {403}, lambda: "it never expires")
        refused(short, 403, "STREAM_EXPIRED")
        let_in([url.replace(before.url, server.url) for url in urls])

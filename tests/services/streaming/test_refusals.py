"""Who may not hear: every way that an address stops being good, over a socket."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.streaming.station import Station, on_air
from support.audio import make_audio
from support.server import PASSWORD, running_server, wait_for

UNKNOWN = "01890000-0000-7000-8000-000000000000"
SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    music = tmp_path_factory.mktemp("refusals") / "music"
    for title in ("one", "two"):
        make_audio(music / "Ada" / "Album", title, "mp3")
    data_dir = tmp_path_factory.mktemp("served") / "data"
    with on_air(data_dir, music, TUTTI_LOG_LEVEL="debug", TUTTI_LOG_FORMAT="json") as opened:
        yield opened


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as opened:
        yield opened


@pytest.fixture(scope="module")
def address(station: Station) -> str:
    return station.sign("one")


def refused(http: httpx.Client, url: str, status: int, code: str) -> None:
    """Originals and transcodes, whole and in part, by GET and by HEAD."""
    for suffix in ("", "&format=opus"):
        got = http.get(url + suffix, headers={"Range": "bytes=0-1"})
        assert (got.status_code, got.json()["code"]) == (status, code)
        head = http.head(url + suffix)
        assert (head.status_code, head.content) == (status, b"")


def test_the_address_is_enough_and_the_bearer_is_not(station: Station, http: httpx.Client) -> None:
    url = station.sign("one")
    assert http.get(url).status_code == 200
    assert http.get(url, headers={"Authorization": "Bearer nonsense"}).status_code == 200
    bare, _, _ = url.partition("?")
    bearer = {"Authorization": f"Bearer {station.token}"}
    for address in (bare, f"{bare}?sig=", f"{bare}?sig=x"):
        for method in ("GET", "HEAD"):
            assert http.request(method, address, headers=bearer).status_code in (400, 403), address


def test_nobody_signs_without_a_bearer(station: Station) -> None:
    with station.server.client() as client:
        assert client.post(f"/stream/{station.tracks['one']}").status_code == 401
    with station.client() as client:
        assert client.post(f"/stream/{UNKNOWN}").status_code == 404
        assert client.post("/stream/nonsense").status_code == 404


def test_an_address_is_good_for_its_track_alone(station: Station, http: httpx.Client) -> None:
    one, two = station.tracks["one"], station.tracks["two"]
    url = station.sign("one")
    refused(http, url.replace(one, two), 403, "BAD_SIGNATURE")
    refused(http, url.replace(one, UNKNOWN), 403, "BAD_SIGNATURE")


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_no_altered_byte_is_let_through(address: str, http: httpx.Client, data: st.DataObject) -> None:
    bare, _, signature = address.partition("?sig=")
    at = data.draw(st.integers(0, len(signature)))
    kind = data.draw(st.sampled_from(["replace", "insert", "cut"]))
    letter = data.draw(st.sampled_from(SAFE) | st.characters(codec="utf-8"))
    rest = signature[at + 1 :] if kind == "replace" else signature[at:]
    altered = signature[:at] if kind == "cut" else signature[:at] + letter + rest
    got = http.get(f"{bare}?sig={quote(altered, safe='')}")
    assert got.status_code == (200 if altered == signature else 403)


@given(raw=st.binary(max_size=300), where=st.sampled_from(["sig", "format", "offsetMs", "bitRateKbps"]))
@settings(max_examples=150, deadline=None)
def test_no_bytes_in_an_address_break_the_server(station: Station, raw: bytes, where: str) -> None:
    value = "".join(f"%{byte:02x}" for byte in raw)
    target = f"/api/v1/stream/{station.tracks['one']}/direct?{where}={value}" + ("" if where == "sig" else "&sig=x")
    status = ask(station, f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert status in (400, 403)


@given(raw=st.binary(max_size=100), name=st.sampled_from(["Range", "If-Range", "If-None-Match", "If-Modified-Since"]))
@settings(max_examples=150, deadline=None)
def test_no_bytes_in_a_header_break_the_server(station: Station, address: str, raw: bytes, name: str) -> None:
    target = address.removeprefix(station.server.url)
    value = bytes(byte for byte in raw if byte >= 32 and byte != 127)
    head = f"HEAD {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{name}: ".encode()
    assert ask(station, head + value + b"\r\n\r\n") in (200, 304)
    assert ask(station, head.replace(b"HEAD", b"GET") + value + b"\r\n\r\n") in (200, 206, 304, 416)


def ask(station: Station, request: bytes) -> int:
    """Send these very bytes and return the status of the answer."""
    host, _, port = station.server.url.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@pytest.mark.parametrize(
    "query", ["format=exe", "format=opus&bitRateKbps=1", "format=opus&bitRateKbps=x", "offsetMs=-1", "format="]
)
def test_what_cannot_be_asked_is_said(station: Station, http: httpx.Client, query: str) -> None:
    url = station.sign("one")
    got = http.get(f"{url}&{query}")
    assert got.status_code == 400
    assert url.partition("sig=")[2] not in got.text


def test_a_library_that_was_taken_away_is_not_heard_any_more(station: Station, http: httpx.Client) -> None:
    grace = station.newcomer("grace")
    url = station.sign("one", station.server.log_in("grace"))
    library = f"/libraries/{station.library_id}"
    with station.client() as admin:
        assert http.get(url).status_code == 200
        try:
            admin.patch(library, json={"everyone": False, "userIds": []}).raise_for_status()
            refused(http, url, 404, "TRACK_NOT_FOUND")
            admin.patch(library, json={"everyone": False, "userIds": [grace]}).raise_for_status()
            assert http.get(url).status_code == 200
        finally:
            admin.patch(library, json={"everyone": True}).raise_for_status()


def test_an_admin_who_is_none_any_more_hears_no_hidden_library(station: Station, http: httpx.Client) -> None:
    joan = station.newcomer("joan")
    library = f"/libraries/{station.library_id}"
    with station.client() as admin:
        try:
            admin.patch(library, json={"everyone": False, "userIds": []}).raise_for_status()
            admin.patch(f"/users/{joan}", json={"role": "admin"}).raise_for_status()
            url = station.sign("one", station.server.log_in("joan"))
            assert http.get(url).status_code == 200
            admin.patch(f"/users/{joan}", json={"role": "listener"}).raise_for_status()
            refused(http, url, 401, "INVALID_TOKEN")
        finally:
            admin.patch(library, json={"everyone": True}).raise_for_status()


def test_a_session_that_has_ended_is_not_heard_any_more(station: Station, http: httpx.Client) -> None:
    station.newcomer("mary")
    here, there = station.server.log_in("mary"), station.server.log_in("mary")
    url, other = station.sign("one", here), station.sign("one", there)
    with station.client(here) as client:
        client.post("/auth/logout").raise_for_status()
    refused(http, url, 401, "INVALID_TOKEN")
    assert http.get(other).status_code == 200


def test_a_disabled_user_is_not_heard_any_more(station: Station, http: httpx.Client) -> None:
    karen = station.newcomer("karen")
    url = station.sign("one", station.server.log_in("karen"))
    with station.client() as admin:
        admin.patch(f"/users/{karen}", json={"disabled": True}).raise_for_status()
        refused(http, url, 401, "INVALID_TOKEN")
        admin.patch(f"/users/{karen}", json={"disabled": False}).raise_for_status()
    refused(http, url, 401, "INVALID_TOKEN")


def test_a_deleted_key_is_not_heard_any_more(station: Station, http: httpx.Client) -> None:
    with station.client() as client:
        made = client.post("/me/api-keys", json={"name": "k", "scopes": ["read", "write"]}).raise_for_status().json()
        url = station.sign("one", made["key"])
        assert http.get(url).status_code == 200
        client.delete(f"/me/api-keys/{made['id']}").raise_for_status()
    refused(http, url, 401, "INVALID_TOKEN")


def make_key(station: Station, token: str | None = None) -> tuple[str, str]:
    """Make an API key and return its id and itself."""
    with station.client(token) as client:
        made = client.post("/me/api-keys", json={"name": "k", "scopes": ["read", "write"]}).raise_for_status().json()
        return made["id"], made["key"]


def test_a_key_of_a_disabled_user_is_not_heard_until_they_are_back(station: Station, http: httpx.Client) -> None:
    dorothy = station.newcomer("dorothy")
    _, key = make_key(station, station.server.log_in("dorothy"))
    url = station.sign("one", key)
    with station.client() as admin:
        assert http.get(url).status_code == 200
        admin.patch(f"/users/{dorothy}", json={"disabled": True}).raise_for_status()
        refused(http, url, 401, "INVALID_TOKEN")
        admin.patch(f"/users/{dorothy}", json={"disabled": False}).raise_for_status()
    assert http.get(url).status_code == 200


def test_a_deleted_user_is_not_heard_any_more(station: Station, http: httpx.Client) -> None:
    station.newcomer("annie")
    token = station.server.log_in("annie")
    _, key = make_key(station, token)
    urls = station.sign("one", token), station.sign("one", key)
    with station.client(token) as client:
        client.request("DELETE", "/me", json={"password": PASSWORD}).raise_for_status()
    for url in urls:
        refused(http, url, 401, "INVALID_TOKEN")


def test_what_has_ended_stays_so_over_a_restart(tmp_path: Path, http: httpx.Client) -> None:
    make_audio(tmp_path / "music", "one", "mp3")
    with on_air(tmp_path / "data", tmp_path / "music") as station:
        key_id, key = make_key(station)
        of_key, of_session = station.sign("one", key), station.sign("one")
        _, other = make_key(station)
        still = station.sign("one", other)
        with station.client() as client:
            client.delete(f"/me/api-keys/{key_id}").raise_for_status()
            client.post("/auth/logout").raise_for_status()
        before = station.server.url
    with running_server(tmp_path / "data") as server:
        for url in (of_key, of_session):
            refused(http, url.replace(before, server.url), 401, "INVALID_TOKEN")
        assert http.get(still.replace(before, server.url)).status_code == 200


def test_a_deleted_track_is_not_heard_any_more(station: Station, http: httpx.Client, tmp_path: Path) -> None:
    make_audio(tmp_path / "Ada" / "More", "three", "mp3")
    with station.client() as client:
        made = client.post("/libraries", json={"name": "n", "path": str(tmp_path), "watch": False})
        library = f"/libraries/{made.raise_for_status().json()['id']}"
        client.post(f"{library}/scan", json={}).raise_for_status()
        wait_for(lambda: client.get(f"{library}/scan").json()["state"] == "done", lambda: "no end of the scan")
        (track,) = [t for t in client.get("/tracks").json()["items"] if t["title"] == "three"]
        station.tracks["three"] = track["id"]
        url = station.sign("three")
        assert http.get(url).status_code == 200
        client.delete(library).raise_for_status()
    refused(http, url, 404, "TRACK_NOT_FOUND")


def test_an_address_expires(tmp_path: Path, http: httpx.Client) -> None:
    make_audio(tmp_path / "music", "one", "mp3")
    brief = {"TUTTI_STREAMING_URL_LIFETIME_S": "1", "TUTTI_STREAMING_CLOCK_SKEW_S": "0"}
    with on_air(tmp_path / "data", tmp_path / "music", **brief) as station:
        url = station.sign("one")
        wait_for(lambda: http.head(url).status_code != 200, lambda: "it never expired")
        refused(http, url, 403, "STREAM_EXPIRED")


def test_the_address_says_when_it_expires(station: Station) -> None:
    with station.client() as client:
        answer = client.post(f"/stream/{station.tracks['one']}").json()
    assert answer.keys() == {"direct", "hls", "waveform", "expiresAt"}
    assert answer["hls"] == answer["direct"].replace("/direct?", "/master.m3u8?")
    assert httpx.URL(answer["direct"]).host == ""
    assert answer["expiresAt"] > time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())


def test_no_signature_is_in_the_log(station: Station, http: httpx.Client) -> None:
    url = station.sign("one")
    sent = "ThisIsASignatureNobodyShouldEverRead"
    bare = url.partition("?")[0]
    for address in (url, f"{url}&format=opus", f"{url}&format=exe", f"{bare}?sig={sent}", f"{bare}?sig={sent * 20}"):
        http.get(address)
    signature = url.partition("sig=")[2]
    mac = signature.rpartition(".")[2]
    wait_for(lambda: "".join(station.server.output).count('"path":') > 5, lambda: "nothing was logged")
    written = "".join(station.server.output)
    assert sent not in written
    assert mac not in written
    key = json.loads((station.server.data_dir / "secrets/stream-keys.json").read_bytes())[0][1]
    assert key not in written
    assert base64.urlsafe_b64encode(key.encode()).decode().rstrip("=") not in written
    assert '"status": 200' in written
    assert '"status": 500' not in written
    assert "Traceback" not in written

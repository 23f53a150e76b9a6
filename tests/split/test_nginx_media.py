"""Originals sent by nginx (X-Accel-Redirect): every name, ranges, and nothing but what streaming has opened."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from services.streaming.station import Station, on_air
from support.audio import audio_bytes
from support.nginx import Gateway, named_services, running_gateway
from support.tagging import write_tags
from tutti.kit.web.outer import security_headers
from tutti.main import SERVICES

NAMES = [
    "plain.mp3",
    "100% wrong?.mp3",
    "a%2Fb %20 c.mp3",
    "später ✓ 音楽.mp3",
    "new\nline\r.mp3",
    "#hash&amp;'quote'\"+.mp3",
    "back\\slash;{$x}.mp3",
]
PROTECTION = [name.decode() for name, _ in security_headers(None)]


@dataclass
class Heard:
    station: Station
    gateway: Gateway
    music: Path

    def sign(self, title: str) -> str:
        """The address of a track at the gateway."""
        with self.station.client() as client:
            return client.post(f"/stream/{self.station.tracks[title]}").raise_for_status().json()["direct"]


def record(path: Path, title: str, pitch_hz: int = 440) -> None:
    """Make a file of its own content, so that no other can be taken for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio_bytes("mp3", pitch_hz=pitch_hz))
    write_tags(path, {"title": [title]})


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder = tmp_path_factory.mktemp("media")
    music = folder / "my music"
    for number, name in enumerate(NAMES):
        record(music / name, f"track {number}", 300 + number)
    record(folder / "linked" / "far.mp3", "linked", 900)
    (music / "link").symlink_to(folder / "linked")
    (folder / "secret").write_text("secret")
    (music / "secret.txt").write_text("secret")
    with (
        on_air(
            folder / "data", music, TUTTI_STREAMING_ACCEL="/_media", TUTTI_STREAMING_ACCEL_ROOTS=str(music)
        ) as station,
        running_gateway(
            folder / "gateway", upstream=(station.server.url.removeprefix("http://"),), media_root=(music,)
        ) as gateway,
    ):
        yield Heard(station, gateway, music)


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_every_name_of_a_file_is_found(heard: Heard, number: int) -> None:
    with heard.gateway.client() as client:
        answer = client.get(heard.sign(f"track {number}"))
    assert answer.status_code == 200
    assert answer.content == (heard.music / NAMES[number]).read_bytes()
    assert answer.headers["content-type"] == "audio/mpeg"
    assert answer.headers["cache-control"] == "private, max-age=3600"
    assert not any(name.startswith("x-accel") for name in answer.headers)
    assert [len(answer.headers.get_list(name)) for name in PROTECTION] == [1] * len(PROTECTION)


def test_a_link_is_followed_as_the_scanner_did(heard: Heard) -> None:
    with heard.gateway.client() as client:
        assert client.get(heard.sign("linked")).content == (heard.music / "link" / "far.mp3").read_bytes()


def test_ranges_and_conditions_are_answered_by_nginx(heard: Heard) -> None:
    content = (heard.music / NAMES[0]).read_bytes()
    address = heard.sign("track 0")
    with heard.gateway.client() as client:
        part = client.get(address, headers={"Range": "bytes=100-299"})
        assert (part.status_code, part.content) == (206, content[100:300])
        assert part.headers["content-range"] == f"bytes 100-299/{len(content)}"
        etag = part.headers["etag"]
        rest = client.get(address, headers={"Range": "bytes=300-", "If-Range": etag})
        assert (rest.status_code, rest.content) == (206, content[300:])
        assert client.get(address, headers={"Range": "bytes=300-", "If-Range": '"other"'}).status_code == 200
        assert client.get(address, headers={"Range": f"bytes={len(content)}-"}).status_code == 416
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
        head = client.head(address)
        assert (head.status_code, head.content, int(head.headers["content-length"])) == (200, b"", len(content))


def test_a_transcode_still_comes_from_the_process(heard: Heard) -> None:
    with heard.gateway.client() as client:
        answer = client.get(heard.sign("track 0"), params={"format": "opus", "bitRateKbps": 64, "sig": sig(heard)})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/ogg")
    assert answer.content.startswith(b"OggS")


def sig(heard: Heard) -> str:
    return httpx.URL(heard.sign("track 0")).params["sig"]


def test_who_holds_no_signature_gets_nothing(heard: Heard) -> None:
    with heard.gateway.client() as client:
        address = heard.sign("track 0")
        answer = client.get(address[:-2] + "xx")
        assert (answer.status_code, answer.json()["code"]) == (403, "BAD_SIGNATURE")


def test_the_place_of_the_files_cannot_be_asked_from_outside(heard: Heard) -> None:
    inside = f"/_media{heard.music}/plain.mp3".replace(" ", "%20")
    with heard.gateway.client() as client:
        for path in (
            inside,
            inside.replace("_media", "%5fmedia"),
            f"/x/..{inside}",
            f"/_media{heard.music}/secret.txt",
        ):
            status, headers, body = heard.gateway.ask_raw(path.replace(" ", "%20"))
            assert (status, headers["content-type"]) == (404, "application/json"), path
            assert b"secret" not in body
        forged = client.get("/", headers={"X-Accel-Redirect": inside})
        assert forged.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize(
    "target", ["/_media/etc/passwd", "/_media{folder}/secret", "/_media{music}/../secret", "/health"]
)
def test_not_even_a_service_reaches_a_file_elsewhere(heard: Heard, tmp_path: Path, target: str) -> None:
    """What a service that is not itself any more might say."""
    with (
        named_services(list(SERVICES)) as services,
        running_gateway(
            tmp_path, upstream=tuple(each.upstream for each in services.values()), media_root=(heard.music,)
        ) as gateway,
        gateway.client() as client,
    ):
        place = target.format(folder=heard.music.parent, music=heard.music)
        services["streaming"].headers["X-Accel-Redirect"] = place.replace(" ", "%20")
        answer = client.get("/api/v1/stream/1/direct")
        assert answer.status_code in {404, 503} or place == "/health"
        assert b"secret" not in answer.content
        assert b"root:" not in answer.content
        services["catalog"].headers["X-Accel-Redirect"] = f"/_media{heard.music}/secret.txt".replace(" ", "%20")
        assert client.get("/api/v1/albums").json()["service"] == "catalog"


def test_a_file_elsewhere_is_sent_by_the_process(tmp_path: Path) -> None:
    record(tmp_path / "music" / "one.mp3", "one")
    settings = {"TUTTI_STREAMING_ACCEL": "/_media", "TUTTI_STREAMING_ACCEL_ROOTS": str(tmp_path / "other")}
    with on_air(tmp_path / "data", tmp_path / "music", **settings) as station:
        answer = httpx.get(station.sign("one"), timeout=60)
    assert answer.content == (tmp_path / "music" / "one.mp3").read_bytes()
    assert os.fsencode(tmp_path) not in b"".join(value for _, value in answer.headers.raw)

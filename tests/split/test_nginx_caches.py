"""What nginx keeps, for whom, and the bucket behind it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.streaming.station import Station, on_air, record
from support.nginx import Gateway, named_services, running_gateway
from support.s3 import S3Server, environment
from tutti.kit.storage.bucket import Bucket
from tutti.kit.web import API
from tutti.main import SERVICES

FOREVER = "public, max-age=31536000, immutable"


def statuses(gateway: Gateway, segment: str, count: int) -> list[str]:
    """Return what came of the first ``count`` requests for a segment."""
    path = httpx.URL(segment).path

    def of_it(logged: list[dict[str, Any]]) -> list[str]:
        return [each["cache"] for each in logged if each["path"] == path]

    return of_it(gateway.requests(lambda logged: len(of_it(logged)) >= count))


def test_public_pictures_are_kept_and_nothing_else(tmp_path: Path) -> None:
    with (
        named_services(list(SERVICES)) as services,
        running_gateway(tmp_path, upstream=tuple(each.upstream for each in services.values())) as gateway,
        gateway.client() as client,
    ):
        catalog = services["catalog"]
        catalog.headers |= {"Cache-Control": FOREVER, "Vary": "Accept", "X-Trace-Id": "of the first"}
        for accept in ("image/webp", "image/webp", "image/jpeg", "image/jpeg"):
            answer = client.get(f"{API}/covers/abc?size=64", headers={"Accept": accept})
            assert answer.json()["headers"]["accept"] == accept
            assert "x-trace-id" not in answer.headers
            assert len(answer.headers.get_list("content-security-policy")) == 1
        assert client.get(f"{API}/covers/abc?size=128").json()["path"].endswith("size=128")
        assert len(catalog.asked) == 3, "one for each size and kind"
        catalog.headers["Cache-Control"] = "private, max-age=3600"
        asked = [client.get(f"{API}/covers/other").json() for _ in range(2)]
        assert len(asked) == len(catalog.asked) - 3, "what is private is not kept"
        catalog.headers["Cache-Control"] = FOREVER
        before = len(catalog.asked)
        for _ in range(2):
            client.get(f"{API}/albums/1")
        assert len(catalog.asked) == before + 2, "nor anything that is no picture"


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("station")
    record(folder / "music" / "long.flac", 20)
    with on_air(folder / "data", folder / "music", TUTTI_STREAMING_ADMISSION_S="0") as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path, station: Station) -> Iterator[Gateway]:
    keeping = {"TUTTI_GATEWAY_SEGMENT_CACHE_BYTES": "100000000"}
    with running_gateway(tmp_path, keeping, upstream=(station.server.url.removeprefix("http://"),)) as running:
        yield running


def playlist(station: Station, client: httpx.Client, token: str | None = None) -> tuple[str, list[str]]:
    """Where the segments of one rendition are, and their names with what they are signed by."""
    with station.client(token) as straight:
        master = straight.post(f"/stream/{station.tracks['long']}").raise_for_status().json()["hls"]
    lines = client.get(master).raise_for_status().text.splitlines()
    media = httpx.URL(master).join(next(line for line in lines if "aac64" in line and not line.startswith("#")))
    listed = client.get(str(media)).raise_for_status().text.splitlines()
    return str(media), [str(media.join(line)) for line in listed if ".m4s" in line and not line.startswith("#")]


def test_a_segment_is_made_once_and_sent_to_all_who_may_have_it(station: Station, gateway: Gateway) -> None:
    station.newcomer("bob")
    with gateway.client() as client:
        _, ada = playlist(station, client)
        _, bob = playlist(station, client, station.server.log_in("bob"))
        assert ada[0] != bob[0], "each has a signature of their own"
        first, second = client.get(ada[0]), client.get(bob[0])
        assert (first.status_code, second.status_code) == (200, 200)
        assert first.content == second.content
        assert second.headers["cache-control"] == "private, max-age=31536000, immutable", "for browsers alone"
        part = client.get(bob[0], headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, first.content[10:20])
    assert statuses(gateway, ada[0], 3) == ["MISS", "HIT", "HIT"]


def test_what_is_kept_is_sent_to_nobody_without_a_signature(station: Station, gateway: Gateway) -> None:
    with gateway.client() as client:
        _, segments = playlist(station, client)
        kept = client.get(segments[0]).raise_for_status().content
        assert client.get(segments[0]).content == kept
        url = httpx.URL(segments[0])
        for wrong in (
            url.copy_remove_param("sig"),
            url.copy_set_param("sig", "x"),
            url.copy_set_param("sig", url.params["sig"][:-3] + "abc"),
        ):
            answer = client.get(str(wrong))
            assert answer.status_code in {400, 403}
            assert answer.json()["code"] in {"INVALID", "BAD_SIGNATURE"}, "as streaming itself says it"
            assert answer.content != kept


def test_who_has_logged_out_hears_no_more_of_it(station: Station, gateway: Gateway) -> None:
    station.newcomer("eve")
    token = station.server.log_in("eve")
    with gateway.client() as client:
        _, segments = playlist(station, client, token)
        assert client.get(segments[0]).status_code == 200
        client.post(f"{API}/auth/logout", headers={"Authorization": f"Bearer {token}"}).raise_for_status()
        refused = client.get(segments[0])
        assert (refused.status_code, refused.json()["code"]) == (401, "INVALID_TOKEN")


def test_troubles_come_through_as_they_are(station: Station, gateway: Gateway) -> None:
    with gateway.client() as client:
        media, segments = playlist(station, client)
        missing = client.get(segments[0].replace("/0.m4s", "/999.m4s"))
        assert (missing.status_code, missing.json()["code"]) == (404, "SEGMENT_NOT_FOUND")
        changed = client.get(str(httpx.URL(segments[0]).copy_set_param("v", "another")))
        assert (changed.status_code, changed.json()["code"]) == (410, "STREAM_CHANGED")
        assert media


def test_what_names_its_content_in_an_odd_way_is_not_kept(station: Station, gateway: Gateway) -> None:
    """It could be kept under the name of something else."""
    with gateway.client() as client:
        _, segments = playlist(station, client)
        url = httpx.URL(segments[1])
        path, version, signature = url.path, url.params["v"], url.params["sig"]
        odd = (
            f"sig={signature}",
            f"V={version}&sig={signature}",
            f"%76={version}&sig={signature}",
            f"v=other&v={version}&sig={signature}",
            f"v={version}&sig={signature}&x=1",
        )
        for query in odd:
            answers = [client.get(f"{path}?{query}").status_code for _ in range(2)]
            assert answers in ([200, 200], [400, 400], [410, 410]), query
    assert not {"MISS", "HIT"} & set(statuses(gateway, segments[1], 2 * len(odd)))


def test_the_bucket_is_reached_through_the_gateway_by_signed_addresses_alone(tmp_path: Path, s3: S3Server) -> None:
    inside = s3.fresh_bucket()
    host = s3.endpoint.removeprefix("http://")
    upstream = (f"127.0.0.1:{host.rpartition(':')[2]}",)
    with running_gateway(tmp_path, environment(inside), upstream=upstream, storage=host) as gateway:
        bucket = Bucket(msgspec.structs.replace(inside, public_endpoint=gateway.url))
        with httpx.Client(timeout=60) as client:
            body = b"x" * 12_000_000
            minute = timedelta(minutes=1)
            client.put(bucket.presign("PUT", "tracks/01.flac", minute), content=body).raise_for_status()
            assert client.get(bucket.presign("GET", "tracks/01.flac", minute)).content == body
            plain = f"{gateway.url}/{inside.bucket}"
            assert client.get(f"{plain}/tracks/01.flac").status_code == 403
            assert client.get(f"{plain}/").status_code == 403
            assert client.put(f"{plain}/new", content=b"x").status_code == 403
            refused = client.delete(bucket.presign("DELETE", "tracks/01.flac", minute))
            assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")

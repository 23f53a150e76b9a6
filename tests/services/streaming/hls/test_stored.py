"""Uploaded tracks over either kind of storage: ladder, original, transcodes, and what the S3 server sends itself."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import pytest

from services.media.jobs.workshop import Workshop, open_workshop
from services.streaming.station import heard
from support.audio import audio_bytes
from support.s3 import S3Server, environment

SECONDS = 14.0
CONTENT = audio_bytes("flac", seconds=SECONDS)


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest) -> dict[str, str]:
    if request.param == "local":
        return {}
    server: S3Server = request.getfixturevalue("s3")
    return environment(server.fresh_bucket())


@pytest.fixture
async def workshop(data_dir: Path, storage: dict[str, str]) -> AsyncIterator[Workshop]:
    async with open_workshop(data_dir, **storage) as opened:
        yield opened


@asynccontextmanager
async def redirecting(data_dir: Path, s3: S3Server) -> AsyncGenerator[Workshop, None]:
    settings = environment(s3.fresh_bucket()) | {"TUTTI_STREAMING_REDIRECT": "true"}
    async with open_workshop(data_dir, **settings) as opened:
        yield opened


async def signed(workshop: Workshop) -> tuple[str, dict[str, str]]:
    """Upload a track; return its id and its addresses."""
    upload = await workshop.made(CONTENT)
    assert upload["state"] == "ready", upload
    answer = await workshop.site.ask("POST", f"/stream/{upload['trackId']}")
    stream: dict[str, Any] = answer.raise_for_status().json()
    return upload["trackId"], {name: urljoin(workshop.site.url, stream[name]) for name in ("hls", "direct")}


async def lines_of(workshop: Workshop, url: str) -> list[str]:
    """Addresses in a playlist, the init segment first where it has one."""
    text = (await workshop.site.http.get(url)).raise_for_status().text
    named = [part.split('"')[0] for part in text.split('URI="')[1:]]
    return [urljoin(url, line) for line in [*named, *text.splitlines()] if line and not line.startswith("#")]


async def test_the_stored_ladder_is_played_and_nothing_is_made(workshop: Workshop, tmp_path: Path) -> None:
    http = workshop.site.http
    _, stream = await signed(workshop)
    playlists = await lines_of(workshop, stream["hls"])
    assert [urlsplit(url).path.split("/")[-2] for url in playlists] == ["aac64", "aac128", "aac256", "flac"]
    for playlist in playlists:
        parts: list[bytes] = []
        for url in await lines_of(workshop, playlist):
            got = (await http.get(url)).raise_for_status()
            assert got.headers["content-type"] == "audio/mp4"
            assert got.headers["cache-control"] == "private, max-age=31536000, immutable"
            part = await http.get(url, headers={"Range": "bytes=3-7", "If-Range": got.headers["etag"]})
            assert (part.status_code, part.content) == (206, got.content[3:8])
            head = await http.head(url)
            assert (head.headers["content-length"], head.content) == (str(len(got.content)), b"")
            assert (await http.get(url, headers={"If-None-Match": got.headers["etag"]})).status_code == 304
            parts.append(got.content)
        assert len(parts) == 4
        samples = heard(b"".join(parts), tmp_path / "whole.mp4")
        assert len(samples) / 8000 == pytest.approx(SECONDS, abs=0.1)
    assert list((workshop.site.data_dir / "cache/renditions").iterdir()) == []
    beyond = await http.get((await lines_of(workshop, playlists[0]))[1].replace("/0.m4s", "/3.m4s"))
    assert (beyond.status_code, beyond.json()["code"]) == (404, "SEGMENT_NOT_FOUND")


async def test_the_waveform_is_sent(workshop: Workshop) -> None:
    _, stream = await signed(workshop)
    got = await workshop.site.http.get(stream["hls"].replace("master.m3u8", "waveform"))
    assert (got.status_code, len(got.content)) == (200, 1000)
    assert max(got.content) > 10


async def test_the_original_is_sent_whole_and_in_part(workshop: Workshop) -> None:
    http = workshop.site.http
    _, stream = await signed(workshop)
    whole = await http.get(stream["direct"])
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, CONTENT, "audio/flac")
    for wanted, start, end in (("5-9", 5, 10), (f"{len(CONTENT) - 3}-", -3, None), ("-600000", -600_000, None)):
        part = await http.get(stream["direct"], headers={"Range": f"bytes={wanted}"})
        assert (part.status_code, part.content) == (206, CONTENT[start:end])
    head = await http.head(stream["direct"])
    assert (head.headers["content-length"], head.content) == (str(len(CONTENT)), b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert (await http.get(stream["direct"], headers={"If-None-Match": head.headers["etag"]})).status_code == 304
    beyond = await http.get(stream["direct"], headers={"Range": f"bytes={len(CONTENT)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


async def test_a_transcode_of_an_upload_is_made_once(workshop: Workshop, tmp_path: Path) -> None:
    http = workshop.site.http
    _, stream = await signed(workshop)
    made = [(await http.get(f"{stream['direct']}&format=opus")).raise_for_status().content for _ in range(2)]
    assert made[0] == made[1]
    assert len(heard(made[0], tmp_path / "made")) / 8000 == pytest.approx(SECONDS, abs=0.1)


async def test_nothing_is_heard_of_what_was_deleted(workshop: Workshop) -> None:
    site = workshop.site
    track_id, stream = await signed(workshop)
    (await site.http.get(f"{stream['direct']}&format=opus")).raise_for_status()
    segments = await lines_of(workshop, (await lines_of(workshop, stream["hls"]))[0])
    (await site.http.get(segments[1])).raise_for_status()
    (await site.ask("DELETE", f"/tracks/{track_id}")).raise_for_status()
    await workshop.settled()
    for url in (stream["hls"], segments[0], segments[1], stream["direct"]):
        assert (await site.http.get(url)).status_code == 404
    assert list((site.data_dir / "cache/renditions").iterdir()) == []


async def test_listeners_are_sent_to_the_s3_server_where_the_settings_say_so(data_dir: Path, s3: S3Server) -> None:
    async with redirecting(data_dir, s3) as workshop:
        http = workshop.site.http
        _, stream = await signed(workshop)
        segments = await lines_of(workshop, (await lines_of(workshop, stream["hls"]))[-1])
        for url, mime in ((stream["direct"], "audio/flac"), *((each, "audio/mp4") for each in segments)):
            sent = await http.get(url, follow_redirects=False)
            assert (sent.status_code, sent.headers["cache-control"]) == (307, "no-store")
            assert sent.headers["location"].startswith(s3.endpoint)
            there = await http.get(sent.headers["location"], headers={"Range": "bytes=2-5"})
            assert (there.status_code, len(there.content), there.headers["content-type"]) == (206, 4, mime)
        assert (await http.get(stream["direct"], follow_redirects=True)).content == CONTENT
        stranger = await http.get(stream["direct"].replace("sig=", "sig=x"), follow_redirects=False)
        assert stranger.status_code == 403


async def test_a_storage_that_is_away_says_so(data_dir: Path, s3: S3Server) -> None:
    async with open_workshop(data_dir, **environment(s3.fresh_bucket())) as workshop:
        _, stream = await signed(workshop)
        keys = await workshop.keys("ladders/")
        segments = await lines_of(workshop, (await lines_of(workshop, stream["hls"]))[0])
        await workshop.site.process.storage.delete(*keys)
        gone: httpx.Response = await workshop.site.http.get(segments[1])
        assert (gone.status_code, gone.json()["code"]) == (404, "ORIGINAL_AWAY")

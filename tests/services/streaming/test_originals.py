"""Originals over a socket: whole, in parts, and not sent twice."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from services.streaming.station import Station, on_air
from support.audio import audio_bytes, make_audio

MIME = {
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "alac": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "ogg-flac": "audio/ogg",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "wma": "audio/x-ms-wma",
    "wv": "audio/x-wavpack",
    "ape": "audio/x-ape",
    "dsf": "audio/x-dsf",
}
PER_ANSWER = {"date", "x-trace-id"}
WHOLE = audio_bytes("flac", seconds=2)
SIZE = len(WHOLE)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("originals") / "music"
    for number, kind in enumerate(MIME, 1):
        make_audio(root / "Ada" / "Formats", f"{number:02} {kind}", kind)
    for name in ("whole", "changing"):
        (root / "Ada" / "Formats" / f"{name}.flac").write_bytes(WHOLE)
        os.utime(root / "Ada" / "Formats" / f"{name}.flac", (1_700_000_000, 1_700_000_000))
    return root


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Station]:
    with on_air(tmp_path_factory.mktemp("served") / "data", music) as opened:
        yield opened


@pytest.fixture(scope="module")
def url(station: Station) -> str:
    return station.sign("whole")


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as opened:
        yield opened


def told(answer: httpx.Response) -> dict[str, str]:
    """The headers, without those that every answer has of its own."""
    return {name: value for name, value in answer.headers.items() if name not in PER_ANSWER}


@pytest.mark.parametrize("kind", list(MIME))
def test_every_format_is_sent_as_it_lies_there(station: Station, http: httpx.Client, kind: str) -> None:
    url = station.sign(kind)
    got, head = http.get(url), http.head(url)
    content = audio_bytes(kind)
    assert got.status_code == head.status_code == 200
    assert got.content == content
    assert head.content == b""
    assert told(got) == told(head)
    assert got.headers["content-length"] == str(len(content))
    assert got.headers["content-type"] == MIME[kind]
    assert got.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=0-0", 0, 0),
        ("bytes=100-199", 100, 199),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        (f"bytes=100-{SIZE * 9}", 100, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        ("bytes=-500", SIZE - 500, SIZE - 1),
        (f"bytes=-{SIZE + 1}", 0, SIZE - 1),
        # Of several ranges one is sent as a plain 206, which RFC 9110 §15.3.7.2 allows: the first that can be.
        ("bytes=10-19, 30-39", 10, 19),
        (f"bytes={SIZE}-, 30-39, 50-59", 30, 39),
    ],
)
def test_a_range_is_that_part_and_says_so(url: str, http: httpx.Client, header: str, start: int, end: int) -> None:
    got = http.get(url, headers={"Range": header})
    assert got.status_code == 206
    assert got.content == WHOLE[start : end + 1]
    assert got.headers["content-range"] == f"bytes {start}-{end}/{SIZE}"
    assert got.headers["content-length"] == str(end + 1 - start)
    assert {"etag", "content-type", "last-modified"} <= got.headers.keys()


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", f"bytes={'9' * 18}-"])
def test_beyond_the_end_there_is_nothing(url: str, http: httpx.Client, header: str) -> None:
    got = http.get(url, headers={"Range": header})
    assert got.status_code == 416
    assert got.headers["content-range"] == f"bytes */{SIZE}"
    assert got.json()["code"] == "RANGE_NOT_SATISFIABLE"


@pytest.mark.parametrize("header", ["bytes=5-2", "bytes=x-", "lines=0-1", "bytes", "bytes=1-2-3", "bytes=0-1;q=1"])
def test_what_is_no_range_is_ignored(url: str, http: httpx.Client, header: str) -> None:
    got = http.get(url, headers={"Range": header})
    assert (got.status_code, got.content) == (200, WHOLE)


@pytest.mark.parametrize("header", ["bytes=0-9", f"bytes={SIZE}-"])
def test_a_head_knows_no_range(url: str, http: httpx.Client, header: str) -> None:
    """RFC 9110 §14.2: range handling is defined for GET alone."""
    assert told(http.head(url, headers={"Range": header})) == told(http.get(url))


def test_parts_are_continued_only_of_the_same_content(url: str, http: httpx.Client) -> None:
    head = http.head(url).headers
    modified = parsedate_to_datetime(head["last-modified"])
    for condition, continued in (
        (head["etag"], True),
        ('"another"', False),
        (f"W/{head['etag']}", False),
        (head["last-modified"], True),
        (format_datetime(modified - timedelta(seconds=1), usegmt=True), False),
        (format_datetime(modified + timedelta(seconds=1), usegmt=True), False),
        ("Sat, 21 Nov 2026 12:00:00 +9999999999999", False),
        ("soon", False),
    ):
        got = http.get(url, headers={"Range": "bytes=10-19", "If-Range": condition})
        assert (got.status_code, got.content) == ((206, WHOLE[10:20]) if continued else (200, WHOLE)), condition


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_the_client_has_is_not_sent_again(url: str, http: httpx.Client, method: str) -> None:
    head = http.head(url).headers
    modified = parsedate_to_datetime(head["last-modified"])
    earlier = format_datetime(modified - timedelta(seconds=1), usegmt=True)
    for conditions, status in (
        ({"If-None-Match": head["etag"]}, 304),
        ({"If-None-Match": f'"x", W/{head["etag"]}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, 200),
        ({"If-Modified-Since": head["last-modified"]}, 304),
        ({"If-Modified-Since": earlier}, 200),
        ({"If-Modified-Since": "soon"}, 200),
        ({"If-None-Match": '"x"', "If-Modified-Since": head["last-modified"]}, 200),
        # A condition is looked at before a range is, RFC 9110 §13.2.2.
        ({"If-None-Match": head["etag"], "Range": f"bytes={SIZE}-"}, 304),
        ({"If-None-Match": head["etag"], "Range": "bytes=0-1"}, 304),
        ({"If-Match": head["etag"]}, 200),
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"x"'}, 412),
        ({"If-Match": '"x"', "Range": "bytes=0-1"}, 412),
        ({"If-Unmodified-Since": head["last-modified"]}, 200),
        ({"If-Unmodified-Since": earlier}, 412),
    ):
        got = http.request(method, url, headers=conditions)
        assert got.status_code == status, conditions
        if status == 304:
            assert got.content == b""
            assert got.headers["etag"] == head["etag"]


def test_a_file_replaced_between_two_parts_is_sent_anew(station: Station, music: Path, http: httpx.Client) -> None:
    url, path = station.sign("changing"), music / "Ada" / "Formats" / "changing.flac"
    first = http.get(url, headers={"Range": "bytes=0-99"})
    assert first.status_code == 206
    other = bytes(reversed(WHOLE))
    new = path.with_suffix(".new")
    new.write_bytes(other)
    new.replace(path)
    second = http.get(url, headers={"Range": "bytes=100-199", "If-Range": first.headers["etag"]})
    assert (second.status_code, second.content) == (200, other)
    assert second.headers["etag"] != first.headers["etag"]


def test_a_date_is_said_only_once_no_later_content_can_share_it(
    station: Station, music: Path, http: httpx.Client
) -> None:
    """A file that was written in this very second may be written in it again: its date proves nothing yet."""
    url, path = station.sign("changing"), music / "Ada" / "Formats" / "changing.flac"
    ahead = time.time() + 3600
    os.utime(path, (ahead, ahead))
    got = http.get(url)
    assert got.status_code == 200
    assert "last-modified" not in got.headers
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert "last-modified" in http.get(url).headers


def test_a_file_that_is_away_is_not_there(station: Station, music: Path, http: httpx.Client) -> None:
    url, path = station.sign("changing"), music / "Ada" / "Formats" / "changing.flac"
    away = path.rename(path.with_suffix(".away"))
    try:
        for address in (url, f"{url}&format=opus"):
            got = http.get(address)
            assert (got.status_code, got.json()["code"]) == (404, "ORIGINAL_AWAY")
        path.mkdir()
        assert http.get(url).status_code == 404
        path.rmdir()
    finally:
        away.rename(path)

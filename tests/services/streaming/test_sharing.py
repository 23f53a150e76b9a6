"""Renditions while they are made, over a socket: shared, limited, and ended with their last listener.

The ffmpeg of this server works at a few times the speed of the music, so that what goes on here goes on for long.
"""

import io
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from services.streaming.station import NOISE, Station, on_air, record, slow_ffmpeg
from support.server import wait_for

LIMIT = 2


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("sharing")
    album = folder / "music" / "Ada" / "Album"
    for name, seconds in (("short", 60), ("long", 900), ("longer", 900), ("longest", 900)):
        record(album / f"{name}.flac", seconds, NOISE, "-ar", "16000", "-ac", "1", "-compression_level", "0")
    settings = {"TUTTI_STREAMING_TRANSCODES": str(LIMIT), "TUTTI_STREAMING_RETRY_AFTER_S": "7"}
    with on_air(folder / "data", folder / "music", PATH=slow_ffmpeg(folder / "bin", 8), **settings) as opened:
        yield opened


@pytest.fixture
def http(station: Station) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60) as opened:
        yield opened
    station.settle()


@contextmanager
def listening(url: str) -> Generator[Iterator[bytes], None, None]:
    """A listener with a connection of their own, who takes what they ask for and no more."""
    with httpx.Client(timeout=60) as client, client.stream("GET", url) as answer:
        assert answer.status_code == 200
        chunks = answer.iter_raw(4096)  # named, or it is closed with its last use
        yield chunks


def test_the_first_bytes_come_while_the_rest_is_made(station: Station, http: httpx.Client) -> None:
    with listening(f"{station.sign('long')}&format=opus") as chunks:
        assert next(chunks).startswith(b"OggS")
        assert len(station.ffmpegs()) == 1
        assert [path.suffix for path in station.renditions].count(".part") == 1


def test_a_head_starts_no_transcode(station: Station, http: httpx.Client) -> None:
    before = station.renditions
    head = http.head(f"{station.sign('long')}&format=mp3")
    assert (head.status_code, head.headers["content-type"]) == (200, "audio/mpeg")
    assert "content-length" not in head.headers
    assert station.ffmpegs() == []
    assert station.renditions == before


def test_two_listeners_share_one_run_and_hear_the_same(station: Station, http: httpx.Client) -> None:
    url = f"{station.sign('short')}&format=opus"
    early, late = io.BytesIO(), io.BytesIO()
    with listening(url) as first, listening(station.sign("short") + "&format=opus") as second:
        early.write(next(first))
        late.write(next(second))
        assert len(station.ffmpegs()) <= 1  # none where a busy machine looks too late
        early.writelines(first)
        late.writelines(second)
    assert early.getvalue() == late.getvalue()
    assert http.get(url).content == early.getvalue()


def test_the_last_listener_that_leaves_ends_it(station: Station, http: httpx.Client) -> None:
    before = station.renditions
    url = f"{station.sign('long')}&format=flac"
    with listening(url) as first:
        with listening(url) as second:
            next(first)
            next(second)
            assert len(station.ffmpegs()) == 1
        for _ in range(20):
            assert next(first)
        assert len(station.ffmpegs()) == 1
    station.settle()
    wait_for(lambda: station.renditions == before, lambda: f"left behind: {station.renditions}")


def test_who_leaves_before_the_first_byte_leaves_nothing(station: Station, http: httpx.Client) -> None:
    before = station.renditions
    url = f"{station.sign('long')}&format=opus"

    def leaves(number: int) -> bool:
        """Whether the listener left; a server that is late to see others leave may have no place for this one."""
        try:
            with httpx.Client(timeout=0.001 * number + 0.001) as client:
                answer = client.get(f"{url}&offsetMs={number * 10}")
        except httpx.TimeoutException:
            return True
        assert answer.status_code == 429
        return False

    for number in range(20):
        wait_for(lambda number=number: leaves(number), lambda: "there was never a place")
    station.sign("long")  # it has read by then what all those asked
    station.settle()
    wait_for(lambda: station.renditions == before, lambda: f"left behind: {station.renditions}")


def test_more_than_allowed_are_told_when_to_come_back(station: Station, http: httpx.Client) -> None:
    with ExitStack() as stack:
        for title in ("long", "longer"):
            next(stack.enter_context(listening(f"{station.sign(title)}&format=opus")))
        busy = http.get(f"{station.sign('longest')}&format=opus")
        assert (busy.status_code, busy.json()["code"]) == (429, "TRANSCODES_BUSY")
        assert busy.headers["retry-after"] == "7"
        next(stack.enter_context(listening(f"{station.sign('longer')}&format=opus")))
        assert http.get(station.sign("longest"), headers={"Range": "bytes=0-9"}).status_code == 206
        assert len(station.ffmpegs()) == LIMIT
    station.settle()
    with listening(f"{station.sign('longest')}&format=opus") as chunks:
        assert next(chunks)

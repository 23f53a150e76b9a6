"""Waveforms of files in libraries: made once when asked for, kept in the cache, and no more at a time than allowed."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from services.streaming.hls.player import cached, tune_in
from services.streaming.station import Station, on_air, record, slow_ffmpeg

STEPS = "aevalsrc='if(lt(t,30),0.25,0.75)*sin(2*PI*440*t)':s=44100"
POINTS = 1000


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("waveforms") / "music"
    for name in ("steps.flac", "other.flac", "lossy.mp3", "gone.flac"):
        record(root / "Ada" / "Album" / name, 60, STEPS)
    return root


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Station]:
    with on_air(tmp_path_factory.mktemp("served") / "data", music) as opened:
        yield opened


def address(station: Station, title: str) -> str:
    return tune_in(station, title).master.replace("master.m3u8", "waveform")


def ask(url: str) -> httpx.Response:
    return httpx.get(url, timeout=60)


def kept(station: Station) -> list[Path]:
    return [path for path in cached(station) if path.name.endswith("-waveform")]


def test_head_makes_nothing(station: Station) -> None:
    before = kept(station)
    assert httpx.head(address(station, "other"), timeout=60).status_code == 200
    station.settle()
    assert kept(station) == before


@pytest.mark.parametrize(("title", "off"), [("steps", 1), ("lossy", 12)])
def test_it_shows_how_loud_each_part_is(station: Station, title: str, off: int) -> None:
    got = httpx.get(address(station, title), timeout=60)
    assert (got.status_code, len(got.content)) == (200, POINTS)
    for points, level in ((got.content[5:495], 0.25), (got.content[505:995], 0.75)):
        assert max(abs(point - level * 255) for point in points) <= off
    again = httpx.get(address(station, title), headers={"If-None-Match": got.headers["etag"]}, timeout=60)
    assert again.status_code == 304


def test_all_who_ask_at_once_get_the_same_made_once(station: Station) -> None:
    url = address(station, "other")
    before = len(kept(station))
    with ThreadPoolExecutor(6) as listeners:
        answers = {got.content for got in listeners.map(ask, [url] * 6)}
    assert len(answers) == 1
    assert len(kept(station)) == before + 1
    assert httpx.head(url, timeout=60).headers["content-length"] == str(POINTS)


def test_a_file_that_is_away_has_none_at_present(station: Station, music: Path) -> None:
    url = address(station, "gone")
    (music / "Ada" / "Album" / "gone.flac").rename(music / "gone.away")
    got = ask(url)
    assert (got.status_code, got.json()["code"]) == (404, "ORIGINAL_AWAY")


def test_a_busy_server_says_when_to_come_again(tmp_path: Path, music: Path) -> None:
    """ffmpeg reads no faster than the sound lasts: the first waveform takes as long as all who ask meanwhile."""
    settings = {
        "PATH": slow_ffmpeg(tmp_path / "slow", 4.0),
        "TUTTI_STREAMING_SEGMENT_WAIT_S": "0",
        "TUTTI_STREAMING_WAVEFORM_RUNS": "1",
    }
    with on_air(tmp_path / "data", music, **settings) as station:
        first, second = address(station, "steps"), address(station, "other")
        for url in (first, second):
            httpx.head(url, timeout=60).raise_for_status()  # looks at the file, and makes nothing
        station.settle()
        with ThreadPoolExecutor(1) as listener:
            making = listener.submit(httpx.get, first, timeout=60)
            station.settle(running=1)
            got = httpx.get(second, timeout=60)
            assert (got.status_code, got.json()["code"]) == (429, "TRANSCODES_BUSY")
            assert "retry-after" in got.headers
            assert making.result().status_code == 200

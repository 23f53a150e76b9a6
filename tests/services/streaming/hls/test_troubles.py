"""HLS when things go wrong around it: files that change or vanish, a full disk, a small cache, kill -9, no ffmpeg."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from services.streaming.hls.player import cached, tune_in
from services.streaming.station import Station, heard, on_air, record, slow_ffmpeg
from support.files import bytes_of
from support.server import start_server, wait_for

MB = 1_000_000
NOISE = "anoisesrc=r=44100:a=0.3"


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("troubles") / "music"
    for name in ("one", "two", "three", "four", "five"):
        record(root / "Ada" / "Album" / f"{name}.flac", 60, NOISE, "-ac", "2")
    return root


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Station]:
    with on_air(tmp_path_factory.mktemp("served") / "data", music, TUTTI_STREAMING_SEGMENTS_AHEAD="1") as opened:
        yield opened


def ask(url: str) -> httpx.Response:
    return httpx.get(url, timeout=60)


def code(url: str) -> tuple[int, str]:
    got = ask(url)
    return got.status_code, got.json().get("code", "")


def test_a_file_that_changes_in_play_ends_its_old_playlist(station: Station, music: Path, tmp_path: Path) -> None:
    player = tune_in(station, "one")
    old = player.playlist("aac64")
    player.fetch(old.segments[0])
    record(music / "Ada" / "Album" / "one.flac", 30, NOISE, "-ac", "2", "-y")
    for url in (old.segments[0], old.segments[5], old.init):
        assert code(url) == (410, "STREAM_CHANGED")
    new = player.playlist("aac64")
    assert len(new.segments) == 5
    assert len(heard(player.whole("aac64"), tmp_path / "new.mp4")) / 8000 == pytest.approx(30, abs=0.1)


def test_a_file_that_vanishes_in_play_is_away_until_it_is_back(station: Station, music: Path) -> None:
    player = tune_in(station, "two")
    playlist = player.playlist("flac")
    first = player.fetch(playlist.segments[0])
    path = music / "Ada" / "Album" / "two.flac"
    away = path.rename(path.with_suffix(".away"))
    for url in (player.master, playlist.init, playlist.segments[0], playlist.segments[7]):
        assert code(url) == (404, "ORIGINAL_AWAY")
    away.rename(path)
    assert player.fetch(playlist.segments[0]) == first
    player.fetch(playlist.segments[7])


def test_a_full_disk_is_an_error_with_a_reason(station: Station) -> None:
    player = tune_in(station, "three")
    playlist = player.playlist("flac")
    process = psutil.Process(station.server.process.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        got = httpx.get(playlist.segments[4], timeout=60)
        assert (got.status_code, got.json()["code"]) == (503, "TRANSCODE_FAILED")
        assert "room" in got.json()["message"]
        assert "retry-after" in got.headers
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, before)
    assert [path for path in station.renditions if path.suffix == ".part"] == []
    player.fetch(playlist.segments[4])


def test_a_file_that_was_cut_short_is_heard_as_far_as_it_goes(station: Station, music: Path, tmp_path: Path) -> None:
    path = music / "Ada" / "Album" / "four.flac"
    os.truncate(path, path.stat().st_size // 2)
    player = tune_in(station, "four")
    playlist = player.playlist("aac64")
    assert 4 <= len(playlist.segments) <= 6
    whole = heard(player.whole("aac64"), tmp_path / "whole.mp4")
    assert len(whole) / 8000 == pytest.approx(sum(playlist.durations_s), abs=0.1)


def test_what_is_no_sound_any_more_says_so(station: Station, music: Path) -> None:
    path = music / "Ada" / "Album" / "five.flac"
    path.write_bytes(bytes(path.stat().st_size))
    assert code(tune_in(station, "five").master) == (422, "SOURCE_UNPLAYABLE")


def test_a_cache_too_small_for_one_segment_still_plays(tmp_path: Path, music: Path) -> None:
    settings = {"TUTTI_STREAMING_CACHE_BYTES": "1000", "TUTTI_STREAMING_SEGMENT_WAIT_S": "50"}
    with on_air(tmp_path / "data", music, **settings) as station:
        player = tune_in(station, "two")
        playlist = player.playlist("flac")
        with ThreadPoolExecutor(6) as listeners:
            whole = list(listeners.map(player.fetch, playlist.segments[:6]))
        assert [player.fetch(url) for url in playlist.segments[:6]] == whole, "flac is copied, the same each time"
        wait_for(lambda: bytes_of(cached(station)) <= 1000, lambda: str(cached(station)))


def test_the_cache_keeps_to_its_bound_and_plays_what_it_threw_out(tmp_path: Path, music: Path) -> None:
    bound = 2 * MB
    with on_air(tmp_path / "data", music, TUTTI_STREAMING_CACHE_BYTES=str(bound)) as station:
        for title in ("two", "three"):
            samples = heard(tune_in(station, title).whole("aac256"), tmp_path / "whole.mp4")
            assert len(samples) / 8000 == pytest.approx(60, abs=0.1)
        assert MB < bytes_of(cached(station)) <= bound


def test_more_listeners_than_runs_are_all_served_or_told_when_to_come(tmp_path: Path, music: Path) -> None:
    settings = {"TUTTI_STREAMING_SEGMENT_RUNS": "1", "TUTTI_STREAMING_SEGMENT_WAIT_S": "50"}
    with on_air(tmp_path / "data", music, **settings) as station:
        urls = [
            tune_in(station, title).playlist("aac64").segments[at] for title in ("two", "three") for at in (0, 5, 9)
        ]
        with ThreadPoolExecutor(6) as listeners:
            assert {each.status_code for each in listeners.map(ask, urls)} == {200}
        assert len(station.ffmpegs()) <= 1


def test_a_server_that_makes_all_it_may_sends_the_others_away(tmp_path: Path, music: Path) -> None:
    """ffmpeg reads slower than the sound lasts: its one place is taken for twenty seconds."""
    settings = {
        "PATH": slow_ffmpeg(tmp_path / "slow", 0.2),
        "TUTTI_STREAMING_SEGMENT_RUNS": "1",
        "TUTTI_STREAMING_SEGMENT_WAIT_S": "0",
    }
    with on_air(tmp_path / "data", music, **settings) as station:
        first, *others = [
            tune_in(station, title).playlist("aac64").segments[at]
            for title, at in (("two", 1), ("two", 8), ("three", 5))
        ]
        station.settle()
        with ThreadPoolExecutor(1) as listener:
            served = listener.submit(ask, first)
            station.settle(running=1)
            answers = [ask(url) for url in others]
            assert not served.done()
            assert [each.status_code for each in answers] == [429, 429]
            assert all(int(each.headers["retry-after"]) >= 1 for each in answers)
            assert served.result().status_code == 200


def test_a_run_that_nobody_asks_ends_and_a_listener_who_comes_back_goes_on(tmp_path: Path, music: Path) -> None:
    with on_air(tmp_path / "data", music, TUTTI_STREAMING_SEGMENT_IDLE_S="1") as station:
        player = tune_in(station, "two")
        playlist = player.playlist("aac64")
        player.fetch(playlist.segments[0])
        station.settle()
        made = len(cached(station))
        assert 1 < made < len(playlist.segments), "it went ahead, and not to the end"
        for url in playlist.segments:
            player.fetch(url)


def test_kill_9_leaves_no_half_segment_and_no_ffmpeg(tmp_path: Path, music: Path) -> None:
    with on_air(tmp_path / "data", music) as station:
        player = tune_in(station, "two")
        playlist = player.playlist("aac64")
        player.fetch(playlist.segments[0])
        orphans = station.ffmpegs()
        station.server.kill()
        wait_for(lambda: not any(each.is_running() for each in orphans), lambda: f"orphans: {orphans}")
        station.server = start_server(station.server.data_dir)
        assert [path for path in station.renditions if path.suffix == ".part"] == []
        station.token = station.server.log_in("ada")
        samples = heard(tune_in(station, "two").whole("aac64"), tmp_path / "whole.mp4")
        assert len(samples) / 8000 == pytest.approx(60, abs=0.1)


def test_deleted_tracks_leave_no_segments(tmp_path: Path, music: Path) -> None:
    with on_air(tmp_path / "data", music) as station:
        player = tune_in(station, "two")
        player.fetch(player.playlist("aac64").segments[0])
        assert cached(station)
        with station.client() as client:
            client.delete(f"/libraries/{station.library_id}").raise_for_status()
        wait_for(lambda: ask(player.master).status_code == 404, lambda: "it is still there")
        wait_for(lambda: cached(station) == [], lambda: str(cached(station)))


def test_without_ffmpeg_no_hls_is_offered(tmp_path: Path, music: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    with on_air(tmp_path / "data", music, PATH=str(tools), IMAGEIO_FFMPEG_EXE=str(tmp_path / "none")) as station:
        with station.client() as client:
            stream = client.post(f"/stream/{station.tracks['two']}").raise_for_status().json()
        assert stream["hls"] is None
        master = station.server.url + stream["direct"].replace("/direct", "/master.m3u8")
        assert code(master) == (503, "FFMPEG_MISSING")

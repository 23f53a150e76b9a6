"""HLS over a socket, segments made on demand by a real ffmpeg: what comes out is the file, without a gap."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import numpy as np
import pytest

from services.streaming.hls.player import Player, cached, tune_in
from services.streaming.station import RATE_HZ, RISING, Station, heard, on_air, position_s, record
from support.audio import KINDS, ffmpeg

SECONDS = 40
KINDS_HEARD = ("mp3", "mp3-vbr", "flac", "m4a", "alac", "ogg", "opus", "wav", "aiff", "wma", "wv", "ogg-flac", "dsf")


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    music = tmp_path_factory.mktemp("hls") / "music"
    for kind in KINDS_HEARD:
        path = music / "Ada" / "Album" / f"{kind}{KINDS[kind].extension}"
        record(path, SECONDS, RISING, "-ac", "2", *KINDS[kind].arguments)
    record(music / "Ada" / "Album" / "long.mp3", 4200, RISING.replace("10*t*t", "0.1*t*t"), "-b:a", "128k")
    with on_air(tmp_path_factory.mktemp("served") / "data", music) as opened:
        yield opened


@pytest.mark.parametrize("kind", KINDS_HEARD)
def test_every_format_is_heard_whole_and_in_time(station: Station, kind: str, tmp_path: Path) -> None:
    player = tune_in(station, kind)
    for rendition in player.renditions():
        playlist = player.playlist(rendition)
        assert sum(playlist.durations_s) == pytest.approx(SECONDS, abs=0.1)
        samples = heard(player.whole(rendition), tmp_path / "whole.mp4")
        assert len(samples) / RATE_HZ == pytest.approx(SECONDS, abs=0.1)
        for at_s in range(1, SECONDS - 1, 3):  # a segment that is missing, or there twice, would shift what follows
            assert position_s(samples, at_s) == pytest.approx(at_s, abs=0.1), (rendition, at_s)
        assert longest_silence(samples) < 0.02


def longest_silence(samples: np.ndarray) -> float:
    """In seconds, away from both ends; `RISING` itself is never silent for as long as a swing of it."""
    loud = np.flatnonzero(np.abs(samples[RATE_HZ // 4 : -RATE_HZ // 4].astype(np.int32)) > 500)
    return float(np.diff(loud).max()) / RATE_HZ


def test_the_ladder_offers_nothing_bigger_than_the_file(station: Station) -> None:
    assert list(tune_in(station, "flac").renditions()) == ["aac64", "aac128", "aac256", "flac"]
    assert list(tune_in(station, "wav").renditions()) == ["aac64", "aac128", "aac256"]
    assert list(tune_in(station, "mp3").renditions()) == ["aac64"]


def test_the_middle_of_a_long_file_comes_cold(station: Station, tmp_path: Path) -> None:
    player = tune_in(station, "long")
    playlist = player.playlist("aac64")
    assert len(playlist.segments) == 700
    middle = 350
    station.settle()
    content = b"".join(map(player.fetch, [playlist.init, *playlist.segments[middle : middle + 2]]))
    samples = heard(content, tmp_path / "middle.mp4")[-12 * RATE_HZ :]
    pitch_hz = 200 + 0.2 * (middle * 6 + 6)
    assert (pitch_of(samples) - pitch_hz) / 0.2 == pytest.approx(0, abs=1), "heard where it belongs"


def pitch_of(samples: np.ndarray) -> float:
    """The pitch in the middle second."""
    middle = len(samples) // 2
    window = samples[middle - RATE_HZ // 2 : middle + RATE_HZ // 2].astype(np.float64) * np.hanning(RATE_HZ)
    return float(np.argmax(np.abs(np.fft.rfft(window, RATE_HZ * 20)))) / 20


def test_listeners_of_one_place_share_one_run(station: Station) -> None:
    player = tune_in(station, "long")
    playlist = player.playlist("aac64")
    station.settle()
    before = len(cached(station))
    first = 100

    def listen(_: int) -> tuple[bytes, ...]:
        """In order, as players do: who asks for the second segment first begins a run of its own there."""
        return tuple(map(player.fetch, playlist.segments[first : first + 2]))

    with ThreadPoolExecutor(12) as listeners:
        answers = list(listeners.map(listen, range(12)))
    assert len(set(answers)) == 1
    assert len(station.ffmpegs()) <= 1
    again = player.fetch(playlist.segments[first])
    assert again == answers[0][0]
    assert len(cached(station)) - before <= 6


def test_segments_answer_like_files(station: Station) -> None:
    player = tune_in(station, "flac")
    playlist = player.playlist("flac")
    for url in (playlist.init, playlist.segments[1]):
        whole = player.get(url)
        assert whole.headers["cache-control"] == "private, max-age=31536000, immutable"
        tag = whole.headers["etag"]
        part = player.get(url, range="bytes=5-9", if_range=tag)
        assert (part.status_code, part.content) == (206, whole.content[5:10])
        head = httpx.head(url, timeout=60)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == str(len(whole.content))
        assert head.headers["content-type"] == "audio/mp4"
        assert player.get(url, if_none_match=tag).status_code == 304
        beyond = player.get(url, range=f"bytes={len(whole.content)}-")
        assert (beyond.status_code, beyond.json()["code"]) == (416, "RANGE_NOT_SATISFIABLE")


def test_playlists_say_whether_they_changed(station: Station) -> None:
    player = tune_in(station, "flac")
    for url in (player.master, player.renditions()["aac64"]):
        got = player.get(url)
        assert got.headers["cache-control"] == "private, no-cache"
        assert player.get(url, if_none_match=got.headers["etag"]).status_code == 304
        head = httpx.head(url, timeout=60)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-type"] == "application/vnd.apple.mpegurl"


def test_what_is_not_there_is_said(station: Station) -> None:
    player = tune_in(station, "mp3")
    playlist = player.playlist("aac64")

    def code(old: str, new: str) -> tuple[int, str]:
        url = playlist.segments[1].replace(old, new)
        assert url != playlist.segments[1]
        got = player.get(url)
        return got.status_code, got.json()["code"]

    assert code("/1.m4s", "/99.m4s") == (404, "SEGMENT_NOT_FOUND")
    for odd in ("/01.m4s", "/-1.m4s", "/1.m4a", "/x", "/%2e%2e", "/1234567.m4s"):
        assert code("/1.m4s", odd) == (404, "SEGMENT_NOT_FOUND"), odd
    assert code("/aac64/", "/flac/") == (404, "RENDITION_NOT_FOUND")
    assert code("&v=", "&v=0") == (410, "STREAM_CHANGED")
    got = player.get(player.renditions()["aac64"].replace("/aac64/", "/opus/"))
    assert (got.status_code, got.json()["code"]) == (404, "RENDITION_NOT_FOUND")


def test_ffmpeg_itself_plays_the_address(station: Station) -> None:
    command = [ffmpeg(), "-v", "error", "-i", tune_in(station, "alac").master, "-map", "0:a:0", "-f", "s16le", "-"]
    samples = np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.int16)
    assert len(samples) / 2 / 44100 == pytest.approx(SECONDS, abs=0.1)


def test_pages_of_other_origins_may_listen_where_the_settings_say_so(tmp_path: Path) -> None:
    music = tmp_path / "music"
    record(music / "one.flac", 8)
    with on_air(tmp_path / "data", music, TUTTI_CORS_ORIGINS="https://app.example") as station:
        player = Player(tune_in(station, "one").master, {"Origin": "https://app.example"})
        playlist = player.playlist("aac64")
        for url in (player.master, playlist.init, playlist.segments[0]):
            assert player.get(url).headers["access-control-allow-origin"] == "https://app.example"
        stranger = httpx.get(playlist.segments[0], headers={"Origin": "https://evil.example"}, timeout=60)
        assert "access-control-allow-origin" not in stranger.headers

"""Streaming when things go wrong around it: no disk space, no ffmpeg, kill -9; and what listeners cost."""

import socket
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from services.streaming.station import NOISE, Station, heard, on_air, record, slow_ffmpeg
from support.audio import ffmpeg
from support.files import bytes_of
from support.server import wait_for

MB = 1_000_000
LISTENERS = 60
FOLLOWERS = 20
PER_LISTENER = 3 * MB


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("streaming") / "music"
    for name, seconds in (("one", 60), ("two", 60), ("three", 60), ("long", 300)):
        record(root / "Ada" / "Album" / f"{name}.wav", seconds, NOISE, "-ac", "2")
    return root


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Station]:
    with on_air(tmp_path_factory.mktemp("served") / "data", music) as opened:
        yield opened


@pytest.fixture(scope="module")
def slow_station(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("served")
    with on_air(folder / "data", music, PATH=slow_ffmpeg(folder / "bin", 20)) as opened:
        yield opened


class Idle:
    """A listener who has asked, and takes next to nothing of the answer."""

    def __init__(self, url: str) -> None:
        host, _, rest = url.removeprefix("http://").partition(":")
        port, _, target = rest.partition("/")
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.settimeout(60)
        self._socket.connect((host, int(port)))
        self._socket.sendall(f"GET /{target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        self.status = int(self._socket.recv(512).split()[1])

    def __enter__(self) -> "Idle":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()


@contextmanager
def small_disk(station: Station, most_bytes: int) -> Generator[None, None, None]:
    """No file of the server can grow beyond this: a write takes a part of what it is given, and the next one none."""
    process = psutil.Process(station.server.process.pid)
    before = process.rlimit(psutil.RLIMIT_FSIZE)
    process.rlimit(psutil.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        process.rlimit(psutil.RLIMIT_FSIZE, before)


def take(url: str, on_chunk: Callable[[bytes], None] = lambda _: None) -> tuple[bytes, bool]:
    """What comes of an answer, and whether that is all of it."""
    content = bytearray()
    with httpx.Client(timeout=60) as http, http.stream("GET", url) as answer:
        assert answer.status_code == 200
        try:
            for chunk in answer.iter_raw(16_384):
                content += chunk
                on_chunk(chunk)
        except httpx.RemoteProtocolError:
            return bytes(content), False
    return bytes(content), True


def wait_for_words(station: Station, words: str) -> None:
    """Wait until the server has said so: what it writes is read a moment later."""
    wait_for(lambda: words in station.server.said(), station.server.said)


def is_finished(url: str) -> bool:
    return "etag" in httpx.head(url, timeout=60).headers


@pytest.mark.solo("limits every file of the one process, which has no log among them")
def test_a_full_disk_cuts_the_stream_off_and_keeps_no_half(station: Station, tmp_path: Path) -> None:
    url = f"{station.sign('one')}&format=flac"
    limit = 3 * MB + 777
    with small_disk(station, limit):
        cut, whole = take(url)
        assert not whole
        assert 0 < len(cut) <= limit
    wait_for(lambda: station.renditions == [], lambda: str(station.renditions))
    assert not is_finished(url)
    content, whole = take(url)
    assert whole
    assert content.startswith(cut)
    assert len(content) > limit
    assert is_finished(url)
    assert take(url) == (content, True)
    assert len(heard(content, tmp_path / "out")) / 8000 == pytest.approx(60, abs=0.1)
    wait_for_words(station, "File too large")


@pytest.mark.solo("limits every file of the one process, which has no log among them")
def test_no_disk_at_all_is_an_error_with_a_reason(station: Station) -> None:
    url = f"{station.sign('two')}&format=flac"
    with small_disk(station, 0):
        got = httpx.get(url, timeout=60)
        assert (got.status_code, got.json()["code"]) == (503, "TRANSCODE_FAILED")
        assert "retry-after" in got.headers
        assert httpx.get(station.sign("two"), headers={"Range": "bytes=0-9"}, timeout=60).status_code == 206
    folder = station.server.data_dir / "cache/renditions"
    away = folder.rename(folder.with_name("away"))
    try:
        got = httpx.get(url, timeout=60)
        assert (got.status_code, got.json()["code"]) == (503, "TRANSCODE_FAILED")
    finally:
        away.rename(folder)
    assert take(url)[1]


def test_an_ffmpeg_that_dies_takes_no_listener_for_a_fool(slow_station: Station) -> None:
    url = f"{slow_station.sign('long')}&format=opus"

    def kill(_: bytes) -> None:
        for each in slow_station.ffmpegs():
            with suppress(psutil.NoSuchProcess):  # killed a chunk ago, and buried by the server meanwhile
                each.kill()

    content, whole = take(url, kill)
    assert content.startswith(b"OggS")
    assert not whole
    wait_for(lambda: slow_station.renditions == [], lambda: str(slow_station.renditions))
    wait_for_words(slow_station, "killed by signal 9")
    assert "Traceback" not in slow_station.server.said()


def test_kill_9_during_a_run_leaves_no_half_rendition(tmp_path: Path, music: Path) -> None:
    path = slow_ffmpeg(tmp_path / "bin", 4)  # under way for as long as a busy machine may take to kill the server
    with on_air(tmp_path / "data", music, PATH=path) as station:
        url = f"{station.sign('one')}&format=opus"
        orphans: list[psutil.Process] = []

        def kill(_: bytes) -> None:
            if not orphans:
                orphans.extend(station.ffmpegs())
                assert [each.suffix for each in station.renditions] == [".part"]
                station.server.kill()

        begun, whole = take_from_the_dying(url, kill)
        assert not whole
        assert orphans
        wait_for(lambda: not any(each.is_running() for each in orphans), lambda: f"orphans: {orphans}")
        assert [each.suffix for each in station.renditions] == [".part"]
        slow_ffmpeg(tmp_path / "bin", 20)
        station.server.begin_again()
        assert station.renditions == []
        station.token = station.server.log_in("ada")
        again = f"{station.sign('one')}&format=opus"
        assert not is_finished(again)
        content, whole = take(again)
        assert whole
        assert content.startswith(begun)
        assert len(heard(content, tmp_path / "out")) / 8000 == pytest.approx(60, abs=0.1)


def take_from_the_dying(url: str, on_chunk: Callable[[bytes], None]) -> tuple[bytes, bool]:
    """As `take`, where the server may vanish without closing its connections."""
    content = bytearray()

    def keep(chunk: bytes) -> None:
        content.extend(chunk)
        on_chunk(chunk)

    try:
        return take(url, keep)
    except httpx.TransportError:
        return bytes(content), False


def test_without_ffmpeg_originals_play_and_transcodes_say_why(tmp_path: Path, music: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    with on_air(tmp_path / "data", music, PATH=str(tools), IMAGEIO_FFMPEG_EXE=str(tmp_path / "none")) as station:
        url = station.sign("one")
        got = httpx.get(f"{url}&format=opus", timeout=60)
        assert (got.status_code, got.json()["code"]) == (503, "FFMPEG_MISSING")
        assert "ffmpeg" in got.json()["message"]
        assert "retry-after" in got.headers
        assert httpx.get(url, headers={"Range": "bytes=0-9"}, timeout=60).status_code == 206
        assert station.renditions == []
        (tools / "ffmpeg").symlink_to(ffmpeg())
        assert httpx.get(f"{url}&format=opus", timeout=60).status_code == 200


@pytest.mark.solo("nginx takes from streaming what a listener does not take from nginx")
def test_the_cache_keeps_to_its_bound_and_leaves_what_is_heard(tmp_path: Path, music: Path) -> None:
    bound = 12 * MB
    with on_air(tmp_path / "data", music, TUTTI_STREAMING_CACHE_BYTES=str(bound)) as station:
        one, two, three = (f"{station.sign(title)}&format=flac" for title in ("one", "two", "three"))
        sizes = [len(take(url)[0]) for url in (one, two)]
        assert all(bound / 3 < size < bound / 2 for size in sizes), "two fit, and three do not"
        take(one)
        take(three)
        assert [is_finished(url) for url in (one, three)] == [True, True]
        assert not is_finished(two), "it was the least recently heard"
        take(one)
        (heard_now,) = [path for path in station.renditions if path.read_bytes() == take(one)[0]]
        with Idle(one) as idle:
            assert idle.status == 200
            for url in (two, three, two):
                take(url)
                assert stored_bytes(station) <= bound
                assert heard_now.exists()
            take(f"{station.sign('long')}&format=flac")  # larger than the whole cache
            wait_for(lambda: station.renditions == [heard_now], lambda: str(station.renditions))
        wait_for(lambda: stored_bytes(station) <= bound, lambda: str(station.renditions))
        assert is_finished(one)


def stored_bytes(station: Station) -> int:
    return bytes_of(station.renditions)


@pytest.mark.solo("measures the memory of the one process")
def test_idle_listeners_cost_little_memory(station: Station) -> None:
    url = station.sign("long")
    assert int(httpx.head(url, timeout=60).headers["content-length"]) > 50 * MB
    transcode = f"{url}&format=flac"
    process = psutil.Process(station.server.process.pid)
    with ExitStack() as stack:
        stack.enter_context(Idle(url))
        before = process.memory_info().rss
        for _ in range(LISTENERS):
            assert stack.enter_context(Idle(url)).status == 200
        originals = process.memory_info().rss - before
        for _ in range(FOLLOWERS):
            assert stack.enter_context(Idle(transcode)).status == 200
        station.settle()
        both = process.memory_info().rss - before
    assert originals <= LISTENERS * PER_LISTENER
    assert both - originals <= FOLLOWERS * PER_LISTENER

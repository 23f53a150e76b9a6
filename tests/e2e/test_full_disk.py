"""A disk that is full under one process: what is there is read and heard, writes say why, and nothing is lost."""

import os
import subprocess
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from e2e.listener import make_album, prepare
from support.images import cover
from support.server import PASSWORD, Server, running_server, wait_for

pytestmark = pytest.mark.solo("fills the disk of the one process; PostgreSQL and S3 have disks of their own")

DISK_MB = 64
LISTENED_MS = 11_000
SECONDS = 20
FULL = 507
WISH: dict[str, Any] = {"filename": "Late.flac", "sizeBytes": 500_000, "contentType": "audio/flac"}

Note = Callable[[str, Any], None]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    if os.geteuid():
        pytest.skip("only root may mount a disk")
    place = tmp_path / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


@contextmanager
def filled(disk: Path) -> Generator[None, None, None]:
    """Leave not a byte of it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        for size in (2**20, 4096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        ballast.unlink()


def report(client: httpx.Client, play_id: str, track_id: str) -> httpx.Response:
    """Report a whole listen."""
    begun = datetime.now(UTC) - timedelta(minutes=10)
    play = {"playId": play_id, "trackId": track_id, "positionMs": LISTENED_MS}
    ended = (begun + timedelta(minutes=1)).isoformat()
    events = [
        {**play, "kind": "started", "playedMs": 0, "occurredAt": begun.isoformat()},
        {**play, "kind": "completed", "playedMs": LISTENED_MS, "occurredAt": ended},
    ]
    return client.post("/playback/events", json={"events": events})


def refused_until_full(client: httpx.Client, track_id: str) -> tuple[list[str], httpx.Response]:
    """Report listens until one is refused; return the ids of those before, and the refusal."""
    taken: list[str] = []
    for number in range(10_000):  # what the write-ahead log has left from before is still to be used up
        answer = report(client, f"heard-full-{number}", track_id)
        if not answer.is_success:
            return taken, answer
        taken.append(f"heard-full-{number}")
    raise AssertionError("the disk never was full")


def pages(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": 100} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=params).raise_for_status().json()
        items += page["items"]
        if (cursor := page["nextCursor"]) is None:
            return items


def test_a_full_disk_refuses_writes_and_loses_nothing(disk: Path, tmp_path: Path, record_property: Note) -> None:
    music = make_album(tmp_path / "music", "wav", seconds=SECONDS)
    (next(music.rglob("*.wav")).parent / "cover.jpg").write_bytes(cover(600, 600))
    with running_server(disk / "data", TUTTI_STORAGE_MIN_FREE_BYTES="0") as server:
        prepare(server, music)
        with server.client(server.log_in("ada")) as client:
            track = pages(client, "/tracks")[0]
            report(client, "heard-before", track["id"]).raise_for_status()
            begun = client.post("/uploads", json=WISH).raise_for_status().json()
            with filled(disk):
                taken, refused = refused_until_full(client, track["id"])
                assert refused.status_code == FULL, refused.text
                assert "disk" in refused.json()["message"]
                read_s = expect_reading_to_work(server, client, track)
                refused_s = expect_writing_to_be_refused(server, client, begun)
                transcoded_s = expect_making_to_be_refused(server, client, track["id"])
            back_s = expect_to_go_on(server, client, track["id"], begun, heard=len(taken) + 2)
    assert "unexpected error" not in "".join(server.output)  # what events and clocks could not write is foreseen
    record_property(
        "figures",
        f"{len(taken)} writes fitted into what was left; lists, search, covers and originals within {read_s:.1f} s, "
        f"507 within {refused_s:.1f} s, 503 for transcodes and HLS within {transcoded_s:.1f} s; "
        f"{back_s:.1f} s after there was room a write was taken",
    )


def slowest(asked: Sequence[Callable[[], httpx.Response]], *expected: int) -> float:
    """Ask each of these, and return how long the slowest took, in seconds; all answer with a status expected."""
    longest = 0.0
    for ask in asked:
        begun = time.monotonic()
        answer = ask()
        longest = max(longest, time.monotonic() - begun)
        assert answer.status_code in expected, f"{answer.request.method} {answer.request.url}: {answer.text[:300]}"
    return longest


def expect_reading_to_work(server: Server, client: httpx.Client, track: dict[str, Any]) -> float:
    """Lists, search, a cover in a size that nobody has seen yet, and the sound of the original."""
    paths = ("/tracks", "/albums", "/search?q=dawn", "/me/history", "/me", f"/covers/{track['cover']['id']}?size=256")
    direct = client.post(f"/stream/{track['id']}").raise_for_status().json()["direct"]
    sound = partial(httpx.get, f"{server.url}{direct}", headers={"Range": "bytes=0-999"}, timeout=60)
    return slowest([*(partial(client.get, path) for path in paths), sound], 200, 206)


def expect_writing_to_be_refused(server: Server, client: httpx.Client, begun: dict[str, Any]) -> float:
    """Logging in, uploading, a picture, a scan: whatever needs a row or a file that is kept."""
    library_id = client.get("/libraries").raise_for_status().json()[0]["id"]
    sent = partial(
        httpx.put, server.url + begun["url"], content=bytes(WISH["sizeBytes"]), headers=begun["headers"], timeout=60
    )
    asked = [
        partial(client.post, "/auth/login", json={"name": "ada", "password": PASSWORD}),
        partial(client.post, "/uploads", json=WISH),
        sent,
        partial(client.put, "/me/avatar", content=cover(), headers={"Content-Type": "image/jpeg"}),
        partial(client.post, f"/libraries/{library_id}/scan", json={}),
    ]
    return slowest(asked, FULL)


def expect_making_to_be_refused(server: Server, client: httpx.Client, track_id: str) -> float:
    """What ffmpeg makes while one listens needs room, and is asked for again."""
    stream = client.post(f"/stream/{track_id}").raise_for_status().json()
    master = server.url + stream["hls"]
    index = urljoin(master, addresses(httpx.get(master, timeout=60).text)[0])
    segment = urljoin(index, addresses(httpx.get(index, timeout=60).text)[1])
    transcode = f"{server.url}{stream['direct']}&format=opus"
    return slowest([partial(httpx.get, each, timeout=60) for each in (transcode, segment)], 503)


def addresses(playlist: str) -> list[str]:
    return [line for line in playlist.splitlines() if line[:1] not in ("", "#")]


def expect_to_go_on(server: Server, client: httpx.Client, track_id: str, begun: dict[str, Any], *, heard: int) -> float:
    """All goes on without a restart, and what was taken is there once; return after how many seconds."""
    room = time.monotonic()
    wait_for(lambda: report(client, "heard-after", track_id).is_success, lambda: "still full")
    back_s = time.monotonic() - room
    assert len(pages(client, "/me/history")) == heard
    wait_for(
        lambda: client.get(f"/tracks/{track_id}").json()["playCount"] == heard,
        lambda: client.get(f"/tracks/{track_id}").text,
    )
    server.log_in("ada")
    content = bytes(WISH["sizeBytes"])
    httpx.put(server.url + begun["url"], content=content, headers=begun["headers"], timeout=60).raise_for_status()
    direct = client.post(f"/stream/{track_id}").raise_for_status().json()["direct"]
    httpx.get(f"{server.url}{direct}&format=opus", timeout=60).raise_for_status()
    return back_s

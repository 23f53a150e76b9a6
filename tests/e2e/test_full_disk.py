"""A disk that is full under one process: what is there is read and heard, writes say why, and nothing is lost."""

import os
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from e2e.listener import make_album, prepare
from support.server import PASSWORD, Server, running_server, wait_for

pytestmark = pytest.mark.solo("fills the disk of the one process; PostgreSQL and S3 have disks of their own")

DISK_MB = 64
LISTENED_MS = 2_000
FULL = (503, 507)


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


def test_a_full_disk_refuses_writes_and_loses_nothing(disk: Path, tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", "mp3", seconds=4)
    with running_server(disk / "data", TUTTI_STORAGE_MIN_FREE_BYTES="0") as server:
        prepare(server, music)
        with server.client(server.log_in("ada")) as client:
            track = pages(client, "/tracks")[0]
            report(client, "heard-before", track["id"]).raise_for_status()
            with filled(disk):
                taken, refused = refused_until_full(client, track["id"])
                assert refused.status_code in FULL, refused.text
                assert "disk" in refused.json()["message"]
                expect_reading_to_work(server, client, track["id"], track["durationMs"])
                login = client.post("/auth/login", json={"name": "ada", "password": PASSWORD})
                assert login.status_code in FULL, login.text
            wait_for(lambda: report(client, "heard-after", track["id"]).is_success, lambda: "still full")
            assert len(pages(client, "/me/history")) == len(taken) + 2
            wait_for(
                lambda: client.get(f"/tracks/{track['id']}").json()["playCount"] == len(taken) + 2,
                lambda: client.get(f"/tracks/{track['id']}").text,
            )
            server.log_in("ada")
    assert "Traceback" not in "".join(server.output)


def expect_reading_to_work(server: Server, client: httpx.Client, track_id: str, duration_ms: int) -> None:
    """Lists, search, and the sound of the original."""
    assert duration_ms > 0
    for path in ("/tracks", "/albums", "/search?q=dawn", "/me/history", "/me"):
        assert client.get(path).status_code == httpx.codes.OK, path
    direct = client.post(f"/stream/{track_id}").raise_for_status().json()["direct"]
    heard = httpx.get(f"{server.url}{direct}", headers={"Range": "bytes=0-999"})
    assert (heard.status_code, len(heard.content)) == (206, 1000)

"""A backup of a server that is being written to, and a server that starts from it."""

import os
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.library import generate

from support.server import Server, running_server, wait_for

pytestmark = pytest.mark.solo("`tutti backup` is for one data folder; tests/split/faults backs up a cluster")

TRACKS = 120
REPORTERS = 2
PLAYS_BEFORE = 25
PLAYED_MS = 5000


@dataclass
class Listeners:
    """Report plays one after the other, each from a thread of its own, and note those that were acknowledged."""

    server: Server
    token: str
    track_ids: list[str]
    acknowledged: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def playing(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._play, args=(number,)) for number in range(REPORTERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join(30)

    def wait_for_plays(self, count: int) -> None:
        wait_for(lambda: len(self.acknowledged) > count, lambda: str(self.failures))

    def _play(self, reporter: int) -> None:
        begun = datetime.now(UTC) - timedelta(minutes=10)
        with self.server.client(self.token) as client:
            count = 0
            while not self._stopped.is_set():
                play_id = f"play-{reporter}-{count:06d}"
                track_id = self.track_ids[count % len(self.track_ids)]
                answer = client.post("/playback/events", json={"events": play(play_id, track_id, begun)})
                if answer.status_code >= 400:
                    self.failures.append(answer.text)
                    return
                self.acknowledged.append(play_id)
                count += 1


def play(play_id: str, track_id: str, begun: datetime) -> list[dict[str, Any]]:
    shared = {"playId": play_id, "trackId": track_id, "positionMs": PLAYED_MS}
    return [
        shared | {"kind": "started", "playedMs": 0, "occurredAt": begun.isoformat()},
        shared | {"kind": "completed", "playedMs": PLAYED_MS, "occurredAt": (begun + timedelta(minutes=1)).isoformat()},
    ]


def run_tutti(*tokens: str | Path, data_dir: Path) -> subprocess.CompletedProcess[str]:
    environ = os.environ | {"TUTTI_DATA_DIR": str(data_dir), "NO_COLOR": "1"}
    command = [sys.executable, "-m", "tutti", *map(str, tokens)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


def all_items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = (
            client.get(path, params={"limit": 500} | ({"cursor": cursor} if cursor else {})).raise_for_status().json()
        )
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


def scan(client: httpx.Client, music: Path) -> dict[str, Any]:
    """Make a library of ``music``, wait until it is scanned, and return it."""
    library = client.post("/libraries", json={"name": "mine", "path": str(music), "watch": False})
    library_id = library.raise_for_status().json()["id"]
    client.post(f"/libraries/{library_id}/scan", json={}).raise_for_status()
    wait_for(lambda: client.get(f"/libraries/{library_id}/scan").json()["state"] == "done", lambda: "not scanned")
    return next(each for each in client.get("/libraries").json() if each["id"] == library_id)


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("backup") / "music"
    generate(root, tracks=TRACKS, seed=3)
    return root


@dataclass(frozen=True)
class Saved:
    """Backups of a busy server, and what it had said before the first one and the last one began."""

    files: list[Path]
    acknowledged: list[list[str]]
    reported: int
    refresh_token: str
    revoked_token: str
    library: dict[str, Any]


@pytest.fixture(scope="module")
def saved(music: Path, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    folder = tmp_path_factory.mktemp("saved")
    with running_server(folder / "data", TUTTI_LIMITS_WRITE="0") as server:
        token = server.set_up()
        login = {"name": "ada", "password": "correct horse battery"}
        with server.client(token) as client:
            library = scan(client, music)
            track_ids = [track["id"] for track in all_items(client, "/tracks")]
            kept = client.post("/auth/login", json=login).raise_for_status().json()
            ended = client.post("/auth/login", json=login).raise_for_status().json()
            bearer = {"Authorization": f"Bearer {ended['accessToken']}"}
            client.post("/auth/logout", headers=bearer).raise_for_status()
        listeners = Listeners(server, token, track_ids)
        files = [folder / "first.tar.gz", folder / "last.tar.gz"]
        acknowledged = []
        with listeners.playing():
            for number, file in enumerate(files, 1):
                listeners.wait_for_plays(PLAYS_BEFORE * number)
                acknowledged.append(list(listeners.acknowledged))
                ran = run_tutti("backup", file, data_dir=folder / "data")
                assert (ran.returncode, ran.stderr) == (0, ""), ran
        assert listeners.failures == []
        refused = run_tutti("restore", files[0], "--force", data_dir=folder / "data")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Stop it" in refused.stderr
        with server.client(token) as client:
            client.get("/me").raise_for_status()  # the server did not notice
    return Saved(files, acknowledged, len(listeners.acknowledged), kept["refreshToken"], ended["refreshToken"], library)


@pytest.mark.parametrize("number", [0, 1])
def test_every_play_that_was_acknowledged_is_in_the_backup(saved: Saved, tmp_path: Path, number: int) -> None:
    ran = run_tutti("restore", saved.files[number], data_dir=tmp_path / "data")
    assert (ran.returncode, ran.stderr) == (0, ""), ran
    with running_server(tmp_path / "data") as server:
        assert server.setup_token is None
        with server.client(server.log_in("ada")) as client:
            heard = all_items(client, "/me/history")
            expected = len(saved.acknowledged[number])
            assert expected <= len(heard) <= saved.reported + REPORTERS

            def counted() -> int:
                return sum(track["playCount"] for track in all_items(client, "/tracks"))

            wait_for(lambda: counted() >= len(heard), lambda: f"{counted()} counted of {len(heard)}")
            time.sleep(0.5)  # for one that would be counted twice
            assert counted() == len(heard)


def test_people_and_libraries_come_back(saved: Saved, tmp_path: Path) -> None:
    assert run_tutti("restore", saved.files[-1], data_dir=tmp_path / "data").returncode == 0
    with running_server(tmp_path / "data") as server, server.client() as client:
        again = client.post("/auth/refresh", json={"refreshToken": saved.refresh_token}).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {again['accessToken']}"
        assert client.get("/me").raise_for_status().json()["role"] == "admin"
        (library,) = client.get("/libraries").raise_for_status().json()
        assert {name: library[name] for name in ("id", "path", "trackCount")} == {
            name: saved.library[name] for name in ("id", "path", "trackCount")
        }
        assert len(all_items(client, "/tracks")) == TRACKS
        track = all_items(client, "/tracks")[0]
        direct = client.post(f"/stream/{track['id']}").raise_for_status().json()["direct"]
        assert client.get(f"{server.url}{direct}" if direct.startswith("/") else direct).status_code == 200
        revoked = client.post("/auth/refresh", json={"refreshToken": saved.revoked_token})
        assert revoked.status_code == 401


def test_the_database_of_a_busy_server_is_saved_whole(saved: Saved, tmp_path: Path) -> None:
    for file, acknowledged in zip(saved.files, saved.acknowledged, strict=True):
        with tarfile.open(file) as tar:
            tar.extract("tutti.sqlite3", tmp_path, filter="data")
        with closing(sqlite3.connect(tmp_path / "tutti.sqlite3")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
            plays = db.execute("SELECT play_id FROM playback_plays WHERE listened_at IS NOT NULL")
            # By name: a play that was lost must not hide behind one that was reported while the copy was made.
            assert set(acknowledged) <= {play_id for (play_id,) in plays}

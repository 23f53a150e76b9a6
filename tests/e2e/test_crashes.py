"""kill -9 at bad moments, of everything at once: nothing acknowledged is lost, no event takes effect twice."""

import random
import threading
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from bench.library import generate

from e2e.conftest import SPLIT
from support.server import Server, running_server, wait_for

TRACKS = 1500
KILLS = 2 if SPLIT else 4  # a cluster takes several times as long to come back

LEAST = 12
"""Plays that are acknowledged before each kill."""


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("crash") / "music"
    generate(root, tracks=TRACKS, seed=11)
    return root


def all_items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": 500} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=params).raise_for_status().json()
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items


def scan_to_the_end(client: httpx.Client, library_id: str) -> dict[str, Any]:
    client.post(f"/libraries/{library_id}/scan", json={})
    last: dict[str, Any] = {}

    def finished() -> bool:
        last.update(client.get(f"/libraries/{library_id}/scan").raise_for_status().json())
        return last["state"] != "running"

    wait_for(finished, lambda: str(last), limit_s=300)
    return last


def test_a_scan_that_was_killed_goes_on_where_it_was(tmp_path: Path, music: Path) -> None:
    with running_server(tmp_path / "data") as server:
        with server.client(server.set_up()) as client:
            library = client.post("/libraries", json={"name": "m", "path": str(music), "watch": False})
            library_id = library.raise_for_status().json()["id"]
        seen: dict[str, str] = {}
        for seed in range(KILLS):
            with server.client(server.log_in("ada")) as client:
                client.post(f"/libraries/{library_id}/scan", json={})
                time.sleep(random.Random(seed).uniform(0.1, 0.8))
                committed = {t["id"]: t["title"] for t in all_items(client, "/tracks")}
            server.kill()
            assert committed.items() >= seen.items(), "a track that was shown has gone"
            seen = committed
            server.begin_again()
        with server.client(server.log_in("ada")) as client:
            assert scan_to_the_end(client, library_id)["state"] == "done"
            tracks = all_items(client, "/tracks")
            albums = all_items(client, "/albums")
            assert len(tracks) == len({t["id"] for t in tracks}) == TRACKS
            assert {t["id"] for t in tracks} >= seen.keys()
            assert sum(album["trackCount"] for album in albums) == TRACKS


def test_acknowledged_plays_survive_and_count_once(tmp_path: Path, music: Path) -> None:
    with running_server(tmp_path / "data") as server:
        with server.client(server.set_up()) as client:
            library = client.post("/libraries", json={"name": "m", "path": str(music), "watch": False})
            scan_to_the_end(client, library.raise_for_status().json()["id"])
            tracks = client.get("/tracks", params={"limit": 40}).raise_for_status().json()["items"]
        acknowledged: list[str] = []
        for round_ in range(KILLS):
            token = server.log_in("ada")
            gone, enough = threading.Event(), len(acknowledged) + LEAST
            reporter = threading.Thread(target=report_plays, args=(server, token, tracks, round_, acknowledged, gone))
            reporter.start()
            try:
                wait_for(lambda enough=enough: len(acknowledged) >= enough, lambda: "nobody could report")
                time.sleep(random.Random(round_).uniform(0.0, 0.8))
                server.kill()
            finally:
                gone.set()
                reporter.join()
            server.begin_again()
        with server.client(server.log_in("ada")) as client:
            expect_each_play_once(client, acknowledged)


def report_plays(
    server: Server, token: str, tracks: list[dict[str, Any]], round_: int, done: list[str], gone: threading.Event
) -> None:
    """Report listens one by one until the server is gone; note those it acknowledged."""
    begun = datetime.now(UTC) - timedelta(minutes=10)
    with server.client(token) as client:
        for number in count():
            if gone.is_set():
                return
            track = tracks[number % len(tracks)]
            play = {"playId": f"play-{round_}-{number:05d}", "trackId": track["id"], "positionMs": 5000}
            events = [
                play | {"kind": "started", "playedMs": 0, "occurredAt": begun.isoformat()},
                play
                | {"kind": "completed", "playedMs": 5000, "occurredAt": (begun + timedelta(minutes=1)).isoformat()},
            ]
            while not is_taken(client, events):  # a server that is only slow is told the same again
                if gone.wait(0.05):
                    return
            done.append(play["playId"])


def is_taken(client: httpx.Client, events: list[dict[str, Any]]) -> bool:
    """Report; False: nobody is there, which nginx says by 503 where it stands before the server."""
    try:
        answer = client.post("/playback/events", json={"events": events})
    except httpx.TransportError:
        return False
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return False
    answer.raise_for_status()
    return True


def expect_each_play_once(client: httpx.Client, acknowledged: list[str]) -> None:
    """The history holds each acknowledged play, and the play counts come to as many as the history is long."""
    assert len(acknowledged) >= KILLS * LEAST
    heard: list[dict[str, Any]] = []
    counted: list[int] = []

    def settled() -> bool:
        heard[:] = all_items(client, "/me/history")
        counted[:] = [t["playCount"] for t in all_items(client, "/tracks")]
        return sum(counted) >= len(heard)

    wait_for(settled, lambda: f"{sum(counted)} counted of {len(heard)} heard")
    # One play more may have been committed at each kill, without its answer reaching anyone.
    assert len(acknowledged) <= len(heard) <= len(acknowledged) + KILLS
    time.sleep(1)
    settled()
    assert sum(counted) == len(heard)

"""A dump that is taken while people listen, restored elsewhere: what it holds agrees with itself, and goes on."""

import asyncio
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from bench.library import generate
from sqlalchemy import Connection

from services.streaming.station import Station, on_air
from support.postgres import Postgres
from support.server import running_server, wait_for
from tutti.kit.db import open_database
from tutti.kit.events.tables import inbox, outbox
from tutti.kit.settings import Base
from tutti.services.playback.tables import plays

TRACKS = 12
LISTENERS = 4
HEARD_BEFORE = 40
"""Listens before the dump begins, and as many again after its end, which it cannot hold."""


def hear(client: httpx.Client, track_id: str, play_id: str) -> None:
    at = datetime.now(UTC).isoformat()
    start: dict[str, Any] = {"playId": play_id, "trackId": track_id, "playedMs": 0, "positionMs": 0, "occurredAt": at}
    end = start | {"kind": "completed", "playedMs": 600_000, "positionMs": 600_000}
    client.post("/playback/events", json={"events": [start | {"kind": "started"}, end]}).raise_for_status()


@contextmanager
def listening(station: Station) -> Generator[list[str], None, None]:
    """People who listen without a rest for the length of a block; yields what was acknowledged, as it grows."""
    heard: list[str] = []
    stop = threading.Event()

    def listen(number: int) -> None:
        with station.client() as client:
            for each in count():
                if stop.is_set():
                    return
                track_id = list(station.tracks.values())[each % len(station.tracks)]
                hear(client, track_id, f"play-{number}-{each:06}")
                heard.append(track_id)

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(LISTENERS)]
    for thread in threads:
        thread.start()
    try:
        yield heard
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def read(url: str, query: Any) -> Any:
    async def ask() -> Any:
        db = open_database(Base(database_url=url))
        await db.start()
        try:
            return await db.read(query)
        finally:
            await db.stop()

    return asyncio.run(ask())


def told_and_recorded(db: Connection) -> tuple[Counter[str], Counter[str]]:
    """How often each track was heard by the events, and by the plays."""
    events = sa.select(outbox.c.payload).where(outbox.c.type == "playback.ListenRecorded")
    recorded = sa.select(plays.c.track_id).where(plays.c.listened_at.is_not(None))
    told = Counter(json.loads(payload)["trackId"] for payload in db.execute(events).scalars())
    return told, Counter(db.execute(recorded).scalars())


def handled_and_there(db: Connection) -> tuple[set[str], set[str]]:
    """Which events have taken effect, and which there are."""
    return set(db.execute(sa.select(inbox.c.event_id)).scalars()), set(db.execute(sa.select(outbox.c.id)).scalars())


@pytest.fixture
def station(own_postgres: Postgres, tmp_path: Path) -> Generator[Station, None, None]:
    generate(tmp_path / "music", tracks=TRACKS, seed=8)
    asyncio.run(own_postgres.execute("CREATE DATABASE heard"))
    # No limit: they listen without a rest, for as long as a busy machine takes for the dump.
    settings = {"TUTTI_DATABASE_URL": own_postgres.url("heard"), "TUTTI_LIMITS_WRITE": "0"}
    with on_air(tmp_path / "data", tmp_path / "music", **settings) as started:
        yield started


def test_a_dump_under_load_is_consistent_and_goes_on(station: Station, own_postgres: Postgres, tmp_path: Path) -> None:
    binaries, dump = own_postgres.server.binaries, tmp_path / "dump"
    with listening(station) as heard:
        wait_for(lambda: len(heard) >= HEARD_BEFORE, lambda: "nobody listens")
        before = len(heard)
        subprocess.run([binaries / "pg_dump", "-Fc", "-f", dump, own_postgres.url("heard")], check=True)
        after = len(heard)
        wait_for(lambda: len(heard) >= after + HEARD_BEFORE, lambda: "nobody listens any more")
    asyncio.run(own_postgres.execute("CREATE DATABASE restored"))
    restored = own_postgres.url("restored")
    subprocess.run([binaries / "pg_restore", "--exit-on-error", "-d", restored, dump], check=True)

    told, recorded = read(restored, told_and_recorded)
    assert told == recorded
    assert before <= recorded.total() < len(heard)  # taken in the middle, and nothing acknowledged before is missing
    handled, there = read(restored, handled_and_there)
    assert handled <= there
    with running_server(tmp_path / "elsewhere", TUTTI_DATABASE_URL=restored) as server:
        token = server.log_in("ada")
        with server.client(token) as client:

            def plays_counted() -> bool:
                tracks = client.get("/tracks", params={"limit": 200}).raise_for_status().json()["items"]
                return {each["id"]: each["playCount"] for each in tracks if each["playCount"]} == dict(recorded)

            wait_for(plays_counted, lambda: "events and counts do not agree")
            hear(client, next(iter(station.tracks.values())), "play-after-restore")
            assert client.get("/me/history", params={"limit": 1}).raise_for_status().json()["items"]

"""The same batch, sent to several copies of playback at once: counted once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database, open_database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.events.tables import outbox
from tutti.kit.ids import new_id
from tutti.kit.settings import Base
from tutti.services.playback.api import ListenRecorded, PlayEvent, PlayKind
from tutti.services.playback.service import PlaybackService

IDENTITY = Identity(new_id(), "ada", "listener", "s")
TRACK_ID = new_id()


class Tracks:
    """A catalogue with one track of three minutes."""

    async def get_tracks(self, viewer: object, track_ids: list[str]) -> list[Any]:
        return [type("Track", (), {"id": TRACK_ID, "duration_ms": 180_000})]


@pytest.fixture
async def copies(base: Base) -> AsyncIterator[list[PlaybackService]]:
    opened = [open_database(base) for _ in range(3)]
    for each in opened:
        open_event_log(each, EventSettings())
        await each.start()
    yield [PlaybackService(each, Tracks()) for each in opened]  # type: ignore[arg-type]
    for each in opened:
        await each.stop()


def batch(play_id: str) -> list[PlayEvent]:
    begin = now() - timedelta(minutes=5)
    kinds: list[tuple[PlayKind, int]] = [("started", 0), ("progress", 60_000), ("progress", 120_000)]
    return [
        PlayEvent(
            play_id=play_id,
            track_id=TRACK_ID,
            kind=kind,
            position_ms=heard_ms,
            played_ms=heard_ms,
            occurred_at=begin + timedelta(milliseconds=heard_ms),
        )
        for kind, heard_ms in kinds
    ]


async def test_a_listen_is_told_once_however_many_copies_hear_of_it(
    copies: list[PlaybackService], db: Database
) -> None:
    for _ in range(5):
        events = batch(new_id())
        answers = await asyncio.gather(*(copy.record(IDENTITY, events) for copy in copies * 2))
        assert sum(answer.listens for answer in answers) == 1
    told = sa.select(sa.func.count()).where(outbox.c.type == ListenRecorded.TYPE)
    assert await db.read(lambda db: db.scalar(told)) == 5

"""``tutti events``: the lag, the dead letters, another try, a replay."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from commands.terminal import Tutti
from tutti.kit.events.event import Envelope, seal
from tutti.kit.events.tables import cursors, dead, outbox, parked
from tutti.kit.ids import new_id
from tutti.kit.settings import Settings
from tutti.main import build_process, opened
from tutti.services.playback.api import ListenRecorded

LISTENED_AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


def listen() -> Envelope:
    return seal(
        ListenRecorded(user_id=new_id(), track_id=new_id(), play_id=new_id(), listened_at=LISTENED_AT, played_ms=60_000)
    )


def columns(envelope: Envelope, seq: int) -> dict[str, Any]:
    return {name: getattr(envelope, name) for name in Envelope.__struct_fields__} | {
        "seq": seq,
        "payload": bytes(envelope.payload).decode(),
    }


def in_database(data_dir: Path, work: Callable[[Connection], Any]) -> Any:
    async def write() -> Any:
        async with opened(build_process(Settings({}, {"data_dir": data_dir}))) as process:
            return await process.db.write(work)

    return asyncio.run(write())


@pytest.fixture
def told(data_dir: Path) -> list[Envelope]:
    """Three listens in the log that nobody has handled."""
    events = [listen() for _ in range(3)]
    rows = [columns(event, seq) for seq, event in enumerate(events, 1)]
    in_database(data_dir, lambda db: db.execute(sa.insert(outbox), rows))
    return events


@pytest.fixture
def given_up(data_dir: Path, told: list[Envelope]) -> list[Envelope]:
    """The same three, which the catalogue has given up."""
    why = {"consumer": "catalog", "attempts": 8, "died_at": LISTENED_AT, "error": "OSError: [/no] markup"}
    rows = [columns(event, seq) | why for seq, event in enumerate(told, 1)]

    def bury(db: Connection) -> None:
        db.execute(sa.insert(dead), rows)
        db.execute(sa.insert(cursors), {"consumer": "catalog", "seq": len(rows), "rewinds": 0})

    in_database(data_dir, bury)
    return told


def lag_of_catalog(tutti: Tutti) -> Any:
    (lag,) = (each for each in tutti("events", "lag", "--json").json() if each["consumer"] == "catalog")
    return lag


def test_the_lag_of_a_quiet_server_is_nothing(tutti: Tutti) -> None:
    quiet = {"behind": 0, "parked": 0, "dead": 0}
    lags = tutti("events", "lag", "--json").json()
    assert lags == [{"consumer": name, **quiet} for name in ("catalog", "media.work")]
    title, line, *_ = tutti("events", "lag").said().splitlines()
    assert title.split() == ["Consumer", "Behind", "Waiting", "to", "retry", "Dead"]
    assert line.split() == ["catalog", "0", "0", "0"]


def test_the_lag_counts_what_was_not_handled(tutti: Tutti, told: list[Envelope]) -> None:
    lag = lag_of_catalog(tutti)
    assert lag == {"consumer": "catalog", "behind": len(told), "parked": 0, "dead": 0}


def test_dead_letters_are_listed_with_error_and_trace(tutti: Tutti, given_up: list[Envelope]) -> None:
    letters = tutti("events", "dead", "list", "--json").json()
    assert [letter["id"] for letter in letters] == [event.id for event in given_up]
    assert letters[0]["traceId"] == given_up[0].trace_parent.split("-")[1]
    lines = tutti("events", "dead", "list").said().splitlines()
    assert len(lines) == 1 + len(given_up)
    assert all(part in lines[1] for part in (given_up[0].id, "catalog", "8", "OSError: [/no] markup"))


def test_one_dead_letter_is_tried_again(tutti: Tutti, given_up: list[Envelope], data_dir: Path) -> None:
    assert tutti("events", "dead", "retry", given_up[1].id).said() == "1 to be tried again.\n"
    left = tutti("events", "dead", "list", "--json").json()
    assert [letter["id"] for letter in left] == [given_up[0].id, given_up[2].id]
    assert in_database(data_dir, lambda db: db.execute(sa.select(parked.c.id)).scalars().all()) == [given_up[1].id]


def test_all_dead_letters_are_tried_again(tutti: Tutti, given_up: list[Envelope]) -> None:
    assert tutti("events", "dead", "retry", "--all").said() == "3 to be tried again.\n"
    lag = lag_of_catalog(tutti)
    assert lag == {"consumer": "catalog", "behind": 0, "parked": 3, "dead": 0}


def test_without_dead_letters_there_is_nothing_to_do(tutti: Tutti) -> None:
    assert tutti("events", "dead", "list").said() == "No dead letters.\n"
    assert tutti("events", "dead", "list", "--json").json() == []
    assert tutti("events", "dead", "retry", "--all").said() == "No dead letters.\n"


def test_which_dead_letter_has_to_be_said(tutti: Tutti) -> None:
    assert "--all" in tutti("events", "dead", "retry").refusal()
    assert "--all" in tutti("events", "dead", "retry", new_id(), "--all").refusal()
    assert "tutti events dead list" in tutti("events", "dead", "retry", "[/x]").refusal()


def test_a_replay_begins_at_its_time(tutti: Tutti, given_up: list[Envelope]) -> None:
    later = (given_up[-1].occurred_at + timedelta(seconds=1)).isoformat()
    replay = ("events", "replay", "--consumer", "catalog", "--since")
    assert tutti(*replay, later).said() == "catalog will handle 0 events again.\n"
    assert tutti(*replay, "2026-01-01T00:00:00+02:00").said() == "catalog will handle 3 events again.\n"
    lag = lag_of_catalog(tutti)
    assert lag == {"consumer": "catalog", "behind": 3, "parked": 0, "dead": 0}


def test_a_replay_that_cannot_be_is_refused(tutti: Tutti) -> None:
    assert "There are: catalog" in tutti("events", "replay", "--consumer", "[/x]", "--since", "2026-01-01").refusal()
    assert "soon" in tutti("events", "replay", "--consumer", "catalog", "--since", "soon").misuse()
    tutti("events", "replay", "--consumer", "catalog").misuse()

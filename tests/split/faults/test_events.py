"""Events that fail, and consumers that are slow. The database makes them so, by triggers on the catalogue's tracks."""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from split.faults.effects import is_quiet, listens, observe
from split.faults.expectations import PATIENCE_S
from split.faults.traffic import LISTENED_MS, Song
from support.cluster.installation import Installation
from support.cluster.serving import Cluster
from support.server import wait_for

Note = Callable[[str, Any], None]
MB = 1_000_000
LISTENS = 1000
EVENTS_PER_REQUEST = 50
_TRIGGER = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  {body}; RETURN NEW; END $$;
CREATE TRIGGER {name} BEFORE UPDATE OF play_count ON catalog_tracks FOR EACH ROW WHEN ({condition})
EXECUTE FUNCTION {name}()
"""


@contextmanager
def counting_does(
    installation: Installation, name: str, body: str, condition: str = "true"
) -> Generator[None, None, None]:
    """Let the database do something whenever a play of a track is counted."""
    postgres, database = installation.shared.postgres, installation.database
    postgres.execute(_TRIGGER.format(name=name, body=body, condition=condition), database)
    try:
        yield
    finally:
        postgres.execute(f"DROP TRIGGER {name} ON catalog_tracks", database)


def listen(client: httpx.Client, track_ids: list[str], prefix: str) -> None:
    """Report a listen of each of these tracks."""
    begun = datetime.now(UTC) - timedelta(minutes=10)
    events: list[dict[str, Any]] = []
    for number, track_id in enumerate(track_ids):
        play = {"playId": f"{prefix}-listen-{number}", "trackId": track_id, "positionMs": LISTENED_MS}
        ended = (begun + timedelta(minutes=1)).isoformat()
        events.append({**play, "kind": "started", "playedMs": 0, "occurredAt": begun.isoformat()})
        events.append({**play, "kind": "completed", "playedMs": LISTENED_MS, "occurredAt": ended})
    for start in range(0, len(events), EVENTS_PER_REQUEST):
        client.post("/playback/events", json={"events": events[start : start + EVENTS_PER_REQUEST]}).raise_for_status()


def play_count(client: httpx.Client, track_id: str) -> int:
    return client.get(f"/tracks/{track_id}").raise_for_status().json()["playCount"]


def lag_of(installation: Installation, consumer: str) -> dict[str, Any]:
    """What `tutti events lag` says of a consumer."""
    return next(
        each for each in json.loads(installation.run("events", "lag", "--json")) if each["consumer"] == consumer
    )


def dead_letters(installation: Installation) -> int:
    """How many events were given up."""
    return installation.shared.postgres.query("SELECT count(*) FROM events_dead", installation.database)[0][0]


def test_a_poisoned_event_stops_nothing_but_its_key(
    cluster: Cluster, installation: Installation, songs: list[Song]
) -> None:
    poisoned, *others = [song.track_id for song in songs]
    with cluster.client(cluster.log_in("ada")) as ada:
        ada.post("/users", json={"name": "poul", "password": "correct horse battery"}).raise_for_status()
        before = play_count(ada, poisoned)
        refuse = "RAISE EXCEPTION 'poisoned'"
        with (
            counting_does(installation, "poison", refuse, f"NEW.id = '{poisoned}'"),
            cluster.client(cluster.log_in("poul")) as poul,
        ):
            listen(ada, [poisoned], "poison")
            counts = {track_id: play_count(poul, track_id) for track_id in others}
            listen(poul, others, "healthy")
            wait_for(
                lambda: (
                    {track_id: play_count(poul, track_id) for track_id in others}
                    == {track_id: count + 1 for track_id, count in counts.items()}
                ),
                lambda: str(observe(installation)),
            )
            wait_for(lambda: dead_letters(installation) == 1, lambda: str(observe(installation)))
            (letter,) = json.loads(installation.run("events", "dead", "list", "--json"))
            assert "poisoned" in letter["error"]
            assert letter["traceId"]
        installation.run("events", "dead", "retry", "--all")
        wait_for(lambda: play_count(ada, poisoned) == before + 1, lambda: str(observe(installation)))
    wait_for(lambda: is_quiet(installation), lambda: str(observe(installation)), limit_s=PATIENCE_S)
    assert dead_letters(installation) == 0


def test_a_slow_consumer_lags_and_takes_no_memory(
    cluster: Cluster, installation: Installation, songs: list[Song], record_property: Note
) -> None:
    catalogues = installation.members_with("catalog")
    tracks = [songs[number % len(songs)].track_id for number in range(LISTENS)]
    with cluster.client(cluster.log_in("ada")) as client:
        listen(client, [songs[0].track_id], "warm")
        wait_for(lambda: is_quiet(installation), lambda: str(observe(installation)), limit_s=PATIENCE_S)
        before = [member.child.rss_bytes() for member in catalogues]
        with counting_does(installation, "slow", "PERFORM pg_sleep(3)"):
            listen(client, tracks, "slow")
            behind = lag_of(installation, "catalog")["behind"]
            assert behind > LISTENS * 0.8
            grown = [member.child.rss_bytes() - rss for member, rss in zip(catalogues, before, strict=True)]
        wait_for(lambda: is_quiet(installation), lambda: str(observe(installation)), limit_s=PATIENCE_S)
    assert max(grown) < 25 * MB, grown
    recorded, counted = listens(installation)
    assert recorded == counted
    record_property("figures", f"{behind} events behind, {max(grown) / MB:.0f} MB more in the process that lags")

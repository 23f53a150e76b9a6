"""Causes and effects of events, counted by the database itself: triggers write down each as it is committed.

The log's own tables forget: the outbox once it is relayed, the inbox after a while. These do not.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass

from support.cluster.installation import Installation

LISTENS = "playback.ListenRecorded"
_SET_UP = """
CREATE TABLE seen_causes (seq bigint PRIMARY KEY, id uuid, type text, key text);
CREATE TABLE seen_effects (place bigserial PRIMARY KEY, consumer text, event_id uuid);
CREATE FUNCTION see_cause() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO seen_causes VALUES (NEW.seq, NEW.id, NEW.type, NEW.key); RETURN NEW; END $$;
CREATE FUNCTION see_effect() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO seen_effects (consumer, event_id) VALUES (NEW.consumer, NEW.event_id); RETURN NEW; END $$;
CREATE TRIGGER see_cause AFTER INSERT ON events_outbox FOR EACH ROW EXECUTE FUNCTION see_cause();
CREATE TRIGGER see_effect AFTER INSERT ON events_inbox FOR EACH ROW EXECUTE FUNCTION see_effect();
"""
_CAUSES = "SELECT type, count(*) AS count FROM seen_causes GROUP BY type"
_EFFECTS = """
SELECT e.consumer, c.key, c.seq, c.type FROM seen_effects e JOIN seen_causes c ON c.id = e.event_id ORDER BY e.place
"""
_LISTENS = "SELECT count(*) FROM playback_plays WHERE listened_at IS NOT NULL"
_LISTENED = "SELECT play_id FROM playback_plays WHERE listened_at IS NOT NULL"
_COUNTED = "SELECT coalesce(sum(play_count), 0) FROM catalog_tracks"


@dataclass(frozen=True)
class Observed:
    """What was caused and what came of it."""

    causes: Counter[str]
    """Events told, by type."""
    effects: Counter[tuple[str, str]]
    """Events that took effect, by consumer and type."""
    doubled: list[tuple[str, int]]
    """Consumer and place of events that took effect twice."""
    disordered: list[tuple[str, str, int]]
    """Consumer, key and place of events that took effect after a later one of their key."""


def watch_effects(installation: Installation) -> None:
    """Let the database write down causes and effects from now on."""
    installation.shared.postgres.execute(_SET_UP, installation.database)


def observe(installation: Installation) -> Observed:
    """Read what was written down."""
    postgres, database = installation.shared.postgres, installation.database
    causes = Counter({row["type"]: row["count"] for row in postgres.query(_CAUSES, database)})
    effects: Counter[tuple[str, str]] = Counter()
    latest: dict[tuple[str, str], int] = defaultdict(int)
    seen: set[tuple[str, int]] = set()
    doubled: list[tuple[str, int]] = []
    disordered: list[tuple[str, str, int]] = []
    for consumer, key, seq, kind in postgres.query(_EFFECTS, database):
        effects[consumer, kind] += 1
        if (consumer, seq) in seen:
            doubled.append((consumer, seq))
        elif seq < latest[consumer, key]:
            disordered.append((consumer, key, seq))
        seen.add((consumer, seq))
        latest[consumer, key] = max(seq, latest[consumer, key])
    return Observed(causes, effects, doubled, disordered)


def listens(installation: Installation) -> tuple[int, int]:
    """How many listens there were, and how many the catalogue has counted."""
    postgres, database = installation.shared.postgres, installation.database
    recorded, counted = (int(postgres.query(asked, database)[0][0]) for asked in (_LISTENS, _COUNTED))
    return recorded, counted


def listened(installation: Installation) -> set[str]:
    """The ids of all plays that came to count."""
    rows = installation.shared.postgres.query(_LISTENED, installation.database)
    return {row["play_id"] for row in rows}


def is_quiet(installation: Installation) -> bool:
    """Whether every listen told has taken effect."""
    seen = observe(installation)
    return seen.effects["catalog", LISTENS] == seen.causes[LISTENS]

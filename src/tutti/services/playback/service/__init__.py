"""Use cases of playback."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.paging import Page, decode_cursor, encode_cursor
from tutti.services.catalog.api import Catalog, Viewer
from tutti.services.playback import repository
from tutti.services.playback.api import Accepted, HistoryEntry, ListenRecorded, Play, PlayEvent
from tutti.services.playback.service.folding import Folded, fold

__all__ = ["PlaybackService"]

OLDEST = timedelta(days=30)  # a player that was offline longer has nothing to tell any more
_HISTORY = "history"


class PlaybackService:
    """Takes in what players report."""

    def __init__(self, db: Database, catalog: Catalog) -> None:
        self._db = db
        self._catalog = catalog

    async def record(self, identity: Identity, events: Sequence[PlayEvent]) -> Accepted:
        """Fold a batch of play events into their plays and tell what came of it.

        A batch sent again changes nothing. Events of tracks the user may not see, and of more than 30 days ago, are
        left out.
        """
        present = now()
        track_ids = sorted({event.track_id for event in events})
        tracks = await self._catalog.get_tracks(Viewer(identity.user_id, identity.is_admin), track_ids)
        durations = {track.id: track.duration_ms for track in tracks}
        fresh = [e for e in events if e.track_id in durations and e.occurred_at > present - OLDEST]
        async with self._db.transaction() as tx:
            await tx.run(repository.lock_plays, identity.user_id)
            known = await tx.run(repository.list_plays, identity.user_id, sorted({event.play_id for event in fresh}))
            folded = _fold_all(known, identity.user_id, fresh, durations, present)
            if changed := [each.play for each in folded if each.accepted]:
                await tx.run(repository.save_plays, changed)
            for each in folded:
                tx.publish(*each.events)
        listens = sum(isinstance(event, ListenRecorded) for each in folded for event in each.events)
        return Accepted(accepted=sum(each.accepted for each in folded), listens=listens)

    async def list_history(self, identity: Identity, cursor: str | None, limit: int) -> Page[HistoryEntry]:
        """Return the user's listens, newest first."""
        key = decode_cursor(_HISTORY, cursor, (datetime, str))
        rows = await self._db.read(repository.list_listens, identity.user_id, key, limit)
        items = [HistoryEntry(row["track_id"], row["listened_at"], row["played_ms"]) for row in rows[:limit]]
        if len(rows) <= limit:
            return Page(items, None)
        last = rows[limit - 1]
        return Page(items, encode_cursor(_HISTORY, (last["listened_at"].isoformat(), last["play_id"])))


def _fold_all(
    known: Mapping[str, Play],
    user_id: str,
    events: Sequence[PlayEvent],
    durations: Mapping[str, int],
    present: datetime,
) -> list[Folded]:
    by_play = groupby(sorted(events, key=_order), key=lambda event: event.play_id)
    batches = ((play_id, list(batch)) for play_id, batch in by_play)
    return [
        fold(known.get(play_id) or _new_play(user_id, batch[0]), play_id not in known, batch, durations, present)
        for play_id, batch in batches
    ]


def _new_play(user_id: str, first: PlayEvent) -> Play:
    return Play(user_id=user_id, play_id=first.play_id, track_id=first.track_id, started_at=first.occurred_at)


def _order(event: PlayEvent) -> tuple[str, datetime]:
    return event.play_id, event.occurred_at

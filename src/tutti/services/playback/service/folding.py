"""The rules of a play: what its events add up to, and when it counts as a listen."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from tutti.kit.events.event import Event
from tutti.services.playback.api import (
    LISTEN_MS,
    LISTEN_SHARE,
    ListenRecorded,
    Play,
    PlaybackCompleted,
    PlaybackSkipped,
    PlaybackStarted,
    PlayEvent,
)

CLOCK_SLACK = timedelta(seconds=10)


class Folded(msgspec.Struct, frozen=True):
    """A play after a batch of its events."""

    play: Play
    accepted: int
    events: list[Event]


def listen_after_ms(duration_ms: int) -> int:
    """Heard time after which a play of a track counts: half of it or four minutes, whichever is less."""
    return min(int(duration_ms * LISTEN_SHARE), LISTEN_MS)


def fold(
    play: Play, is_new: bool, batch: Sequence[PlayEvent], durations: Mapping[str, int], present: datetime
) -> Folded:
    """Fold events (of this play, oldest first) into ``play``; those that add nothing are not accepted.

    Heard time is believed only as far as the clock allows: no more than has passed since the start. A play tells once
    that it started, once how it ended, and at most once that it counts.
    """
    told: list[Event] = []
    if is_new:
        told.append(
            PlaybackStarted(
                user_id=play.user_id, track_id=play.track_id, play_id=play.play_id, started_at=play.started_at
            )
        )
    accepted = 0
    for event in batch:
        if event.track_id != play.track_id:
            continue
        after = _apply(play, event, durations[play.track_id], present)
        if after != play or (is_new and not accepted):
            accepted += 1
            told += _told(play, after, event)
            play = after
    return Folded(play, accepted, told if accepted else [])


def _apply(play: Play, event: PlayEvent, duration_ms: int, present: datetime) -> Play:
    at = min(event.occurred_at, present)
    possible_ms = int((at - play.started_at + CLOCK_SLACK).total_seconds() * 1000)
    played_ms = max(play.played_ms, min(event.played_ms, possible_ms))
    ended = play.ended
    if ended is None and event.kind in ("skipped", "completed"):
        ended = "completed" if event.kind == "completed" else "skipped"
    counts = played_ms >= max(listen_after_ms(duration_ms), 1)
    return msgspec.structs.replace(
        play,
        played_ms=played_ms,
        position_ms=max(play.position_ms, event.position_ms),
        ended=ended,
        listened_at=play.listened_at or (at if counts else None),
    )


def _told(before: Play, after: Play, event: PlayEvent) -> list[Event]:
    about = {"user_id": after.user_id, "track_id": after.track_id, "play_id": after.play_id}
    told: list[Event] = []
    if before.listened_at is None and after.listened_at is not None:
        told.append(ListenRecorded(**about, listened_at=after.listened_at, played_ms=after.played_ms))
    if before.ended is None and after.ended == "completed":
        told.append(PlaybackCompleted(**about, completed_at=event.occurred_at))
    if before.ended is None and after.ended == "skipped" and after.listened_at is None:
        told.append(PlaybackSkipped(**about, position_ms=event.position_ms, skipped_at=event.occurred_at))
    return told

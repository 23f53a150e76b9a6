"""When a play counts."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tutti.services.playback.api import ListenRecorded, Play, PlaybackCompleted, PlaybackSkipped, PlayEvent, PlayKind
from tutti.services.playback.service.folding import fold, listen_after_ms

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
TRACK = "0199b1f0-0000-7000-8000-000000000001"
PLAY = Play(user_id="u", play_id="p", track_id=TRACK, started_at=START)
PRESENT = START + timedelta(hours=2)


def event(kind: PlayKind, after_s: float, played_s: float | None = None, track_id: str = TRACK) -> PlayEvent:
    played_ms = int((after_s if played_s is None else played_s) * 1000)
    return PlayEvent(
        play_id="p",
        track_id=track_id,
        kind=kind,
        position_ms=played_ms,
        played_ms=played_ms,
        occurred_at=START + timedelta(seconds=after_s),
    )


def folded(duration_s: int, *batch: PlayEvent, is_new: bool = True, play: Play = PLAY) -> tuple[Play, list[str]]:
    result = fold(play, is_new, batch, {TRACK: duration_s * 1000}, PRESENT)
    return result.play, [type(told).__name__ for told in result.events]


def test_half_the_track_counts() -> None:
    assert folded(180, event("started", 0), event("progress", 89))[1] == ["PlaybackStarted"]
    assert folded(180, event("started", 0), event("progress", 90))[1] == ["PlaybackStarted", "ListenRecorded"]


def test_four_minutes_of_a_long_track_count() -> None:
    assert listen_after_ms(70 * 60_000) == 240_000
    assert "ListenRecorded" not in folded(4200, event("progress", 239))[1]
    assert "ListenRecorded" in folded(4200, event("progress", 240))[1]


def test_a_skip_before_it_counts_is_told_and_after_it_is_not() -> None:
    assert folded(180, event("started", 0), event("skipped", 20))[1] == ["PlaybackStarted", "PlaybackSkipped"]
    assert folded(180, event("started", 0), event("skipped", 100))[1] == ["PlaybackStarted", "ListenRecorded"]


def test_time_that_cannot_have_passed_is_not_believed() -> None:
    play, told = folded(180, event("started", 0), event("completed", 5, played_s=180))
    assert play.played_ms <= 15_000
    assert told == ["PlaybackStarted", "PlaybackCompleted"]


def test_a_batch_sent_again_adds_nothing() -> None:
    batch = (event("started", 0), event("progress", 120), event("completed", 180))
    play, _ = folded(180, *batch)
    again = fold(play, False, batch, {TRACK: 180_000}, PRESENT)
    assert (again.accepted, again.events, again.play) == (0, [], play)


def test_an_event_of_another_track_does_not_count_for_this_play() -> None:
    play, told = folded(180, event("started", 0), event("progress", 170, track_id="other"))
    assert (play.played_ms, told) == (0, ["PlaybackStarted"])


kinds = st.sampled_from(["started", "paused", "resumed", "seeked", "progress", "skipped", "completed"])


@given(st.lists(st.tuples(kinds, st.integers(0, 600), st.integers(0, 600)), min_size=1, max_size=30))
def test_a_play_counts_and_ends_at_most_once_however_it_is_cut_into_batches(
    history: list[tuple[PlayKind, int, int]],
) -> None:
    batch = sorted((event(kind, after, played) for kind, after, played in history), key=lambda e: e.occurred_at)
    whole = fold(PLAY, True, batch, {TRACK: 180_000}, PRESENT)
    play, told, is_new = PLAY, [], True
    for each in batch:
        step = fold(play, is_new, [each], {TRACK: 180_000}, PRESENT)
        play, told, is_new = step.play, told + step.events, False
    assert play == whole.play
    assert told == whole.events
    for kind in (ListenRecorded, PlaybackCompleted, PlaybackSkipped):
        assert sum(isinstance(each, kind) for each in told) <= 1

"""What comes out sounds as it should, by figures: nobody listens to a test run."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from demo.conftest import Written
from demo.listening import RATE_HZ, Loudness, Sound, clicks, decoded, level_db, loudness, share_of_power
from demo.selection import ALBUMS_HERE, TITLES_HERE, TRACKS_HERE
from tutti.demo.library import ALBUMS, Album, Track

_DUSTY_ALBUM = "Gozen Niji no Daidokoro"
"""Its clicks are meant: dust in a groove."""


@dataclass(frozen=True)
class Heard:
    """A track of an album, decoded and measured."""

    album: Album
    track: Track
    sound: Sound
    loudness: Loudness

    @property
    def seconds(self) -> float:
        return len(self.sound) / RATE_HZ

    @property
    def goes_on(self) -> bool:
        """Whether it follows the track before without a gap."""
        return any(self.track in recording.tracks[1:] for recording in self.album.recordings)

    @property
    def plays_on(self) -> bool:
        """Whether the next track follows without a gap."""
        return any(self.track in recording.tracks[:-1] for recording in self.album.recordings)


@pytest.fixture(scope="module", params=TRACKS_HERE, ids=TITLES_HERE)
def heard(request: pytest.FixtureRequest, written: Written) -> Iterator[Heard]:
    album, track = request.param
    path = written.folder / album.path_of(track)
    yield Heard(album, track, decoded(path), loudness(path))


def test_a_track_is_as_loud_as_its_album_and_never_clips(heard: Heard) -> None:
    assert heard.loudness.integrated_lufs == pytest.approx(heard.album.level_lufs, abs=1.5)
    assert heard.loudness.true_peak_db <= -1.0


def test_albums_are_about_equally_loud() -> None:
    assert all(-16.5 <= album.level_lufs <= -14.0 for album in ALBUMS)


def test_a_track_is_long_enough_to_be_music_and_short_enough_to_be_a_sample(heard: Heard) -> None:
    assert 30.0 <= heard.seconds <= 90.0


def test_a_track_lies_in_the_middle_and_is_wide(heard: Heard) -> None:
    assert np.all(np.abs(heard.sound.mean(axis=0, dtype=np.float64)) < 1e-3)
    left, right = heard.sound.T
    assert level_db(left) == pytest.approx(level_db(right), abs=2.5)
    assert level_db(left - right) > level_db(left + right) - 30.0


def test_a_track_has_lows_and_highs_but_is_made_of_neither(heard: Heard) -> None:
    assert share_of_power(heard.sound, 0.0, 20.0) < 0.01
    assert share_of_power(heard.sound, 0.0, 200.0) < 0.8
    assert share_of_power(heard.sound, 200.0, 8000.0) > 0.2
    assert share_of_power(heard.sound, 8000.0, 22_050.0) < 0.05


def test_a_track_begins_at_once_and_from_nothing(heard: Heard) -> None:
    audible = np.flatnonzero(np.abs(heard.sound).max(axis=1) > 0.001)
    assert audible[0] / RATE_HZ < 0.3
    assert heard.goes_on or np.abs(heard.sound[:20]).max() < 0.01


def test_a_track_fades_away_and_ends_soon_after(heard: Heard) -> None:
    if heard.plays_on:
        return
    audible = np.flatnonzero(np.abs(heard.sound).max(axis=1) > 0.001)
    assert heard.seconds - audible[-1] / RATE_HZ < 2.5
    assert np.abs(heard.sound[-RATE_HZ // 100 :]).max() < 0.001
    levels = [level_db(tenth) for tenth in np.split(heard.sound[-3 * RATE_HZ :], 30)]
    assert all(before - after < 20.0 for before, after in pairwise(levels) if before > -60.0)


def test_nothing_clicks(heard: Heard) -> None:
    assert heard.album.title == _DUSTY_ALBUM or clicks(heard.sound) == []


def test_a_click_would_be_heard(heard: Heard) -> None:
    sound = heard.sound.copy()
    middle = range(RATE_HZ, len(sound) - 2 * RATE_HZ, RATE_HZ // 2)
    step = min(middle, key=lambda at: level_db(sound[at : at + RATE_HZ // 20])) + RATE_HZ // 40
    sound[step:] += np.float32(0.2)
    assert min(abs(place - step / RATE_HZ) for place in clicks(sound)) < 0.001


def test_tracks_that_play_on_join_without_a_seam(written: Written) -> None:
    album = next(album for album in ALBUMS_HERE if any(len(each.tracks) > 1 for each in album.recordings))
    first, second = (decoded(written.folder / album.path_of(track)) for track in album.tracks)
    joint = np.concatenate([first[-RATE_HZ:], second[:RATE_HZ]])
    assert level_db(joint[:RATE_HZ]) == pytest.approx(level_db(joint[RATE_HZ:]), abs=3.0)
    bends = np.abs(np.diff(joint, 2, axis=0)).max(axis=1)
    assert bends[RATE_HZ - 4 : RATE_HZ + 4].max() <= np.quantile(bends, 0.999)
    assert clicks(joint) == []

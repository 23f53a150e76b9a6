"""The calls that are measured: a look-up of one word, and a page of tracks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol

from tutti.kit.auth import Role
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.marks import idempotent
from tutti.services.catalog.api import ArtistRef, Cover, ReplayGain, Track, Viewer

CLUSTER = ClusterSettings(secrets=("only for measuring, on this machine",), rpc_port=0)
SERVICE = "measured"
PAGE = 20
SESSION = ("01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058")
VIEWER = Viewer(SESSION[0], is_admin=False)
TRACK_IDS = [f"01890a5d-ac96-774b-bcce-b3020000{n:04}" for n in range(PAGE)]


class Measured(Protocol):
    @idempotent
    async def find_role(self, user_id: str, session_id: str) -> Role | None: ...

    @idempotent
    async def get_tracks(self, viewer: Viewer, track_ids: Sequence[str]) -> list[Track]: ...


class Answers:
    """Answers from memory: only the way there and back is measured."""

    async def find_role(self, user_id: str, session_id: str) -> Role | None:
        del user_id, session_id
        return "listener"

    async def get_tracks(self, viewer: Viewer, track_ids: Sequence[str]) -> list[Track]:
        del viewer
        return TRACKS[: len(track_ids)]


def _track(track_id: str) -> Track:
    return Track(
        id=track_id,
        title="Nightswimming",
        artists=[ArtistRef(track_id, "R.E.M.")],
        artist_name="R.E.M.",
        album_id=track_id,
        album_title="Automatic for the People",
        disc_number=1,
        disc_subtitle=None,
        track_number=11,
        year=1992,
        genres=["Alternative", "Rock"],
        cover=Cover(track_id, "LEHV6nWB2yk8pyo0adR*.7kCMdnj", ["#2c3e50", "#95a5a6"]),
        duration_ms=256_000,
        codec="flac",
        mime="audio/flac",
        bit_rate_kbps=876,
        sample_rate_hz=44_100,
        bit_depth=16,
        channels=2,
        size_bytes=28_000_000,
        replay_gain=ReplayGain(-5.4, 0.98, -6.1, 0.99),
        has_lyrics=True,
        play_count=12,
        last_played_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        added_at=datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),
        present=True,
        state="ready",
        uploader_id=None,
    )


TRACKS = [_track(track_id) for track_id in TRACK_IDS]

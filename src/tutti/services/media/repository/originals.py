"""SQL over originals by content, and over which track has which.

An original lives while a row of ``media_tracks`` points at it; rows are there before any object of theirs. One whose
objects are being deleted has rows in ``media_tracks`` and none in ``media_originals``: nobody may point at it then.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from tutti.services.media.api import StoredLadder
from tutti.services.media.tables import originals, tracks, uploads

NOBODY = "00000000-0000-0000-0000-000000000000"
"""The user of rows that hold a digest while objects of no track are deleted."""
_NO_ORIGINAL = ~sa.exists().where(originals.c.digest == tracks.c.digest)


class OriginalRow(msgspec.Struct, frozen=True, kw_only=True):
    """An original as stored."""

    digest: str
    storage_key: str
    size_bytes: int
    mime: str
    codec: str
    container: str
    sample_rate_hz: int
    channels: int
    bit_rate_kbps: int | None
    lossless: bool
    duration_ms: int
    total_samples: int
    created_at: datetime
    loudness_lufs: float | None = None
    true_peak_db: float | None = None
    gain_db: float | None = None
    peak: float | None = None
    encoder_delay: int | None = None
    encoder_padding: int | None = None
    silence_start_ms: int | None = None
    silence_end_ms: int | None = None
    ladder: list[str] | None = None
    """Names of the stored rungs; None until all that belongs to the original is stored."""


class TrackRow(msgspec.Struct, frozen=True, kw_only=True):
    """Which original a track has."""

    track_id: str
    digest: str
    user_id: str
    created_at: datetime


def find_original(db: Connection, digest: str) -> OriginalRow | None:
    """Return an original by its content."""
    row = db.execute(sa.select(originals).where(originals.c.digest == digest)).mappings().first()
    return OriginalRow(**row) if row else None


def find_track(db: Connection, track_id: str) -> TrackRow | None:
    """Return which original a track has."""
    row = db.execute(sa.select(tracks).where(tracks.c.track_id == track_id)).mappings().first()
    return TrackRow(**row) if row else None


def hold(db: Connection, track: TrackRow, original: OriginalRow) -> OriginalRow | None:
    """Let a track have an original, which is made known if need be, and return it as it is stored.

    None while the objects of such an original are being deleted.
    """
    _lock(db, track.digest)
    known = find_original(db, track.digest)
    if known is None and _is_held_by_others(db, track.digest, track.track_id):
        return None
    insert = postgresql_insert if db.dialect.name == "postgresql" else sqlite_insert
    again = {"user_id": track.user_id, "created_at": track.created_at}  # its release had begun
    inserted = insert(tracks).on_conflict_do_update(index_elements=[tracks.c.track_id], set_=again)
    db.execute(inserted, msgspec.structs.asdict(track))
    if known is None:
        db.execute(sa.insert(originals).values(_columns(original)))
    return known or original


def complete(db: Connection, original: OriginalRow) -> bool:
    """Write what is known of an original once all of it is stored; False when it is gone."""
    changes = {name: value for name, value in _columns(original).items() if name != "created_at"}
    return db.execute(sa.update(originals).where(originals.c.digest == original.digest).values(changes)).rowcount > 0


def begin_release(db: Connection, track_id: str) -> str | None:
    """Take an original from a track; return its digest where nobody else has it: then its objects are to be deleted.

    The row of the track stays until `end_release`, so that this is found again after a crash.
    """
    track = find_track(db, track_id)
    if track is None:
        return None
    _lock(db, track.digest)
    if _is_held_by_others(db, track.digest, track_id):
        end_release(db, track_id)
        return None
    db.execute(sa.delete(originals).where(originals.c.digest == track.digest))
    return track.digest


def end_release(db: Connection, track_id: str) -> None:
    """Forget which original a track had."""
    db.execute(sa.delete(tracks).where(tracks.c.track_id == track_id))


def hold_stray(db: Connection, marker: TrackRow) -> bool:
    """Begin to delete objects that no track has, as `begin_release` does; False where one has them after all."""
    _lock(db, marker.digest)
    if find_original(db, marker.digest) or _is_held_by_others(db, marker.digest, marker.track_id):
        return False
    db.execute(sa.insert(tracks), msgspec.structs.asdict(marker))
    return True


def mark_begun(db: Connection, present: datetime) -> int:
    """Let deletions that somebody began be markers from now on, as those of `hold_stray`; return how many they are."""
    begun = sa.and_(tracks.c.user_id != NOBODY, _NO_ORIGINAL)
    return db.execute(sa.update(tracks).where(begun).values(user_id=NOBODY, created_at=present)).rowcount


def list_markers(db: Connection, before: datetime) -> list[TrackRow]:
    """Return the deletions marked before then that nobody ended."""
    left = sa.and_(tracks.c.user_id == NOBODY, tracks.c.created_at < before, _NO_ORIGINAL)
    return [TrackRow(**row) for row in db.execute(sa.select(tracks).where(left)).mappings()]


def list_unneeded(db: Connection, before: datetime) -> list[str]:
    """Return the tracks that have an original although their uploads came to nothing before then."""
    ended = sa.and_(uploads.c.state.in_(("failed", "discarded")), uploads.c.finished_at < before)
    found = sa.select(tracks.c.track_id).join(uploads, uploads.c.track_id == tracks.c.track_id)
    return list(db.execute(found.where(ended, tracks.c.user_id != NOBODY)).scalars())


def list_tracks(db: Connection, after: str | None, before: datetime, limit: int) -> list[str]:
    """Return up to ``limit`` tracks that got an original before then, by id, from the one after ``after`` on."""
    old = sa.and_(tracks.c.user_id != NOBODY, tracks.c.created_at < before)
    statement = sa.select(tracks.c.track_id).where(old).order_by(tracks.c.track_id).limit(limit)
    return list(db.execute(statement if after is None else statement.where(tracks.c.track_id > after)).scalars())


def list_held(db: Connection, digests: Collection[str]) -> set[str]:
    """Return which of ``digests`` any row names."""
    found = sa.select(originals.c.digest).where(originals.c.digest.in_(list(digests)))
    pointed = sa.select(tracks.c.digest).where(tracks.c.digest.in_(list(digests)))
    return set(db.execute(found.union(pointed)).scalars())


def list_ladders(db: Connection, track_ids: Sequence[str]) -> list[StoredLadder]:
    """Return the stored ladders of those tracks that have one."""
    columns = (tracks.c.track_id, originals.c.digest, originals.c.ladder)
    joined = sa.select(*columns, originals.c.sample_rate_hz, originals.c.total_samples).join(
        originals, originals.c.digest == tracks.c.digest
    )
    rows = db.execute(joined.where(tracks.c.track_id.in_(list(track_ids)), originals.c.ladder.is_not(None)))
    return [
        StoredLadder(
            track_id=row.track_id,
            digest=row.digest,
            rungs=tuple(row.ladder),
            sample_rate_hz=row.sample_rate_hz,
            total_samples=row.total_samples,
        )
        for row in rows
    ]


def _columns(original: OriginalRow) -> dict[str, object]:
    ladder = sa.null() if original.ladder is None else original.ladder  # and not the null of JSON
    return {**msgspec.structs.asdict(original), "ladder": ladder}


def _is_held_by_others(db: Connection, digest: str, track_id: str) -> bool:
    others = sa.exists().where(tracks.c.digest == digest, tracks.c.track_id != track_id)
    return bool(db.execute(sa.select(others)).scalar_one())


def _lock(db: Connection, digest: str) -> None:
    """Let nobody else take or leave this original until the transaction ends; SQLite has one writer anyway."""
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"media original {digest}"))))

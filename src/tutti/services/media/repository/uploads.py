"""SQL over uploads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.paging import keyset
from tutti.services.media.api import FailureCode, UploadState
from tutti.services.media.tables import jobs, originals, tracks, uploads

_HOLDING_SPACE: tuple[UploadState, ...] = ("waiting", "uploaded", "processing")
_WITHOUT_BYTES: tuple[FailureCode, ...] = ("SIZE_MISMATCH", "BYTES_GONE")


StoredState = Literal["queued", "done", "dead"]
"""Of a job; what runs now only its worker knows."""


class UploadRow(msgspec.Struct, frozen=True, kw_only=True):
    """An upload as stored."""

    id: str
    user_id: str
    filename: str
    size_bytes: int
    content_type: str
    sha256: str | None
    """As the uploader says, in hex; whoever reads the bytes compares."""
    state: UploadState
    reason_code: FailureCode | None = None
    reason: str | None = None
    duplicate_of: str | None = None
    keep_duplicate: bool = False
    tags: dict[str, Any] | None = None
    track_id: str
    storage_key: str
    """Where the bytes lie until there is an original: ``incoming/<id>``."""
    multipart_id: str | None = None
    part_bytes: int | None = None
    created_at: datetime
    expires_at: datetime
    """When it is swept, unless completed."""
    completed_at: datetime | None = None
    finished_at: datetime | None = None


class JobRow(msgspec.Struct, frozen=True, kw_only=True):
    """A job as it begins."""

    id: str
    track_id: str
    upload_id: str
    user_id: str
    created_at: datetime
    state: StoredState = "queued"
    error: str | None = None
    attempts: int = 0
    finished_at: datetime | None = None


def lock_uploads_of(db: Connection, user_id: str) -> None:
    """Let nobody else begin an upload of this user until the transaction ends: for what has to count them first.

    SQLite has one writer, so there it holds anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(f"media uploads {user_id}"))))


def count_since(db: Connection, user_id: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many uploads a user began since then, and when the first of these was."""
    statement = sa.select(sa.func.count(), sa.func.min(uploads.c.created_at)).where(
        uploads.c.user_id == user_id, uploads.c.created_at > since
    )
    count, first = db.execute(statement).one()
    return count, first


def sum_stored_bytes(db: Connection, user_id: str) -> int:
    """Return what a user's originals take, what uploads that go on will, and those that failed until they are gone."""
    kept = sa.and_(uploads.c.state == "failed", sa.func.coalesce(uploads.c.reason_code, "").not_in(_WITHOUT_BYTES))
    holding = sa.and_(uploads.c.user_id == user_id, sa.or_(uploads.c.state.in_(_HOLDING_SPACE), kept))
    pending = sa.select(sa.func.coalesce(sa.func.sum(uploads.c.size_bytes), 0)).where(holding)
    stored = (
        sa.select(sa.func.coalesce(sa.func.sum(originals.c.size_bytes), 0))
        .join(tracks, tracks.c.digest == originals.c.digest)
        .where(tracks.c.user_id == user_id, tracks.c.track_id.not_in(sa.select(uploads.c.track_id).where(holding)))
    )
    return int(db.execute(pending).scalar_one()) + int(db.execute(stored).scalar_one())


def insert_upload(db: Connection, upload: UploadRow) -> None:
    """Insert an upload."""
    db.execute(uploads.insert(), msgspec.structs.asdict(upload))


def find_upload(db: Connection, upload_id: str, user_id: str | None = None) -> UploadRow | None:
    """Return an upload; with ``user_id`` only one of theirs."""
    statement = sa.select(uploads).where(uploads.c.id == upload_id)
    if user_id is not None:
        statement = statement.where(uploads.c.user_id == user_id)
    row = db.execute(statement).mappings().first()
    return UploadRow(**row) if row else None


def list_uploads(
    db: Connection, user_id: str, states: Sequence[UploadState], key: Sequence[Any] | None, limit: int
) -> list[UploadRow]:
    """Return up to ``limit`` + 1 uploads of a user in any of ``states``, newest first."""
    statement = sa.select(uploads).where(uploads.c.user_id == user_id, uploads.c.state.in_(states))
    rows = db.execute(keyset(statement, (uploads.c.id,), key, descending=True, limit=limit)).mappings()
    return [UploadRow(**row) for row in rows]


def change_upload(db: Connection, upload_id: str, states: Sequence[UploadState], changes: dict[str, Any]) -> bool:
    """Change columns of an upload that is in one of ``states``; False when it is not (any more)."""
    own = sa.and_(uploads.c.id == upload_id, uploads.c.state.in_(states))
    return db.execute(uploads.update().where(own).values(changes)).rowcount > 0


def delete_uploads(db: Connection, upload_ids: Sequence[str]) -> None:
    """Forget uploads."""
    db.execute(uploads.delete().where(uploads.c.id.in_(upload_ids)))


def list_kept(db: Connection, upload_ids: Sequence[str]) -> set[str]:
    """Return which of ``upload_ids`` are uploads whose bytes may still be needed."""
    kept = sa.and_(uploads.c.id.in_(upload_ids), uploads.c.state.not_in(("ready", "discarded")))
    return set(db.execute(sa.select(uploads.c.id).where(kept)).scalars())


def list_expired(db: Connection, present: datetime, limit: int) -> list[UploadRow]:
    """Return up to ``limit`` uploads that were never completed in time."""
    late = sa.and_(uploads.c.state == "waiting", uploads.c.expires_at <= present)
    return [UploadRow(**row) for row in db.execute(sa.select(uploads).where(late).limit(limit)).mappings()]


def list_finished(db: Connection, states: Sequence[UploadState], before: datetime, limit: int) -> list[UploadRow]:
    """Return up to ``limit`` uploads that ended in one of ``states`` before then."""
    ended = sa.and_(uploads.c.state.in_(states), uploads.c.finished_at < before)
    return [UploadRow(**row) for row in db.execute(sa.select(uploads).where(ended).limit(limit)).mappings()]


def insert_job(db: Connection, job: JobRow) -> None:
    """Insert a job."""
    db.execute(jobs.insert(), msgspec.structs.asdict(job))

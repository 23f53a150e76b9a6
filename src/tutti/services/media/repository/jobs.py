"""SQL over jobs."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.paging import keyset
from tutti.services.media.repository.uploads import JobRow
from tutti.services.media.tables import jobs, uploads


class JobListing(msgspec.Struct, frozen=True, kw_only=True):
    """A job and the file it is about."""

    job: JobRow
    filename: str
    """Empty once its upload is forgotten."""


def find_job(db: Connection, job_id: str) -> JobRow | None:
    """Return a job."""
    row = db.execute(sa.select(jobs).where(jobs.c.id == job_id)).mappings().first()
    return JobRow(**row) if row else None


def list_jobs(
    db: Connection,
    states: Sequence[str],
    only: Collection[str] | None,
    key: Sequence[Any] | None,
    limit: int,
) -> list[JobListing]:
    """Return up to ``limit`` + 1 jobs in any of ``states``, newest first; of those in ``only``, where it is given."""
    statement = sa.select(jobs, uploads.c.filename).outerjoin(uploads, uploads.c.id == jobs.c.upload_id)
    statement = statement.where(jobs.c.state.in_(list(states)))
    if only is not None:
        statement = statement.where(jobs.c.id.in_(list(only)))
    rows = db.execute(keyset(statement, (jobs.c.id,), key, descending=True, limit=limit)).mappings()
    return [_listing(dict(row)) for row in rows]


def end_job(db: Connection, job_id: str, state: str, error: str | None, attempts: int, at: datetime) -> bool:
    """End a job that is queued; False when it has ended already."""
    changes = {"state": state, "error": error, "attempts": attempts, "finished_at": at}
    return db.execute(_queued(job_id).values(changes)).rowcount > 0


def note_failure(db: Connection, job_id: str, error: str, attempts: int) -> None:
    """Note why a job failed that is to be tried again."""
    db.execute(_queued(job_id).values(error=error, attempts=attempts))


def requeue(db: Connection, job_id: str) -> bool:
    """Let a dead job begin anew; False when it is not dead (any more)."""
    dead = sa.and_(jobs.c.id == job_id, jobs.c.state == "dead")
    changes = {"state": "queued", "error": None, "attempts": 0, "finished_at": None}
    return db.execute(sa.update(jobs).where(dead).values(changes)).rowcount > 0


def delete_ended(db: Connection, before: datetime) -> int:
    """Forget jobs that ended before then; return how many."""
    return db.execute(sa.delete(jobs).where(jobs.c.state != "queued", jobs.c.finished_at < before)).rowcount


def _queued(job_id: str) -> sa.Update:
    return sa.update(jobs).where(jobs.c.id == job_id, jobs.c.state == "queued")


def _listing(row: dict[str, Any]) -> JobListing:
    filename = row.pop("filename")
    return JobListing(job=JobRow(**row), filename=filename or "")

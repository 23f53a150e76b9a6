"""Scans that changed something, and the last one of each library, which may be under way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.api import Scan, ScanCounts
from tutti.services.catalog.tables import scans

_SCAN = (
    scans.c.id,
    scans.c.library_id,
    scans.c.state,
    scans.c.full,
    scans.c.counts,
    scans.c.reason,
    scans.c.started_at,
    scans.c.finished_at,
)

_MOMENT = timedelta(microseconds=1)


def begin_scan(db: Connection, scan: Scan, at: datetime) -> bool:
    """Note that a scan begins, by whoever holds the library; return whether the one before did not come to its end.

    What that one wrote may not be counted yet, however it ended.
    """
    last = find_last_scan(db, scan.library_id)
    interrupt_scans(db, scan.library_id, at)
    if last is not None and last.state == "done" and not has_changed(last.counts):
        db.execute(sa.delete(scans).where(scans.c.id == last.id))
    started_at = scan.started_at
    if last is not None:  # by another copy, maybe, whose clock is ahead
        started_at = max(started_at, last.started_at + _MOMENT)
    save_scan(db, msgspec.structs.replace(scan, started_at=started_at), at)
    return last is not None and last.state != "done"


def has_changed(counts: ScanCounts) -> bool:
    """Whether a scan changed anything: later ones let it be forgotten otherwise."""
    found = (counts.added, counts.changed, counts.moved, counts.missing, counts.returned, counts.bad)
    return any(found)


def save_scan(db: Connection, scan: Scan, at: datetime) -> bool:
    """Write how far a scan is, and that it is alive; return whether another process asks it to stop."""
    values = {
        "state": scan.state,
        "counts": msgspec.structs.asdict(scan.counts),
        "reason": scan.reason,
        "heartbeat_at": at,
        "finished_at": scan.finished_at,
    }
    this = scans.c.id == scan.id
    if db.execute(sa.update(scans).where(this).values(values)).rowcount:
        return bool(db.scalar(sa.select(scans.c.cancel_requested).where(this)))
    new = {"id": scan.id, "library_id": scan.library_id, "full": scan.full, "started_at": scan.started_at}
    db.execute(sa.insert(scans).values(**new, **values))
    return False


def find_last_scan(db: Connection, library_id: str) -> Scan | None:
    """Return the scan of a library that began last."""
    statement = sa.select(*_SCAN).where(scans.c.library_id == library_id).order_by(scans.c.started_at.desc()).limit(1)
    row = db.execute(statement).first()
    return as_scan(row) if row else None


def list_silent(db: Connection, before: datetime) -> list[str]:
    """Return the libraries with a scan that seems to run, and has not been heard of since ``before``."""
    silent = sa.and_(scans.c.state == "running", scans.c.heartbeat_at < before)
    return list(db.execute(sa.select(scans.c.library_id).where(silent).distinct()).scalars())


def request_cancel(db: Connection, library_id: str) -> bool:
    """Ask a scan that runs in another process to stop; return whether there is one."""
    running = sa.and_(scans.c.library_id == library_id, scans.c.state == "running")
    return db.execute(sa.update(scans).where(running).values(cancel_requested=True)).rowcount > 0


def interrupt_scans(db: Connection, library_id: str, at: datetime) -> None:
    """Note that scans of a library that seem to run do not: their process is gone."""
    running = sa.and_(scans.c.library_id == library_id, scans.c.state == "running")
    if db.scalar(sa.select(sa.exists().where(running))):
        db.execute(sa.update(scans).where(running).values(state="interrupted", finished_at=at))


def as_scan(row: Sequence[Any]) -> Scan:
    """Make a `Scan` of its columns; the counts are stored by the names of the fields, not by those of the wire.

    Counts that a newer version has written, during an upgrade, are left out.
    """
    id_, library_id, state, full, stored, reason, started_at, finished_at = row
    counts = ScanCounts(**{name: stored[name] for name in ScanCounts.__struct_fields__ if name in stored})
    return Scan(id_, library_id, state, full, counts, reason, started_at, finished_at)

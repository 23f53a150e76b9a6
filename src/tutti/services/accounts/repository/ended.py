"""SQL over what has ended: sessions, API keys, and all that went with their user."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.db import database_time
from tutti.services.accounts.tables import api_keys, ended, sessions

_COMMITTED_WITHIN = timedelta(minutes=2)
"""An end is visible with its commit, later than the time it bears; the clocks of processes differ, too."""


def list_ended(db: Connection, since: datetime | None, remembered: timedelta) -> tuple[list[str], datetime]:
    """Return the ids of what ended since then, and what to ask for the next time.

    What ended more than ``remembered`` ago is left out. Some of what ended before ``since`` is told again.
    """
    present = database_time(db)
    oldest = present - remembered
    begin = oldest if since is None else max(oldest, since - _COMMITTED_WITHIN)
    by_session = sa.select(sessions.c.id).where(sessions.c.revoked_at > begin)
    found = sa.union(by_session, sa.select(ended.c.id).where(ended.c.ended_at > begin))
    return list(db.execute(found).scalars()), present


def note_ended(db: Connection, ids: Sequence[str]) -> None:
    """Remember that sessions or API keys, whose rows go, have ended."""
    if ids:
        present = database_time(db)
        db.execute(ended.insert(), [{"id": id_, "ended_at": present} for id_ in ids])


def note_user_ended(db: Connection, user_id: str) -> list[str]:
    """Remember all that a user, who goes, could prove themselves with; return the ids."""
    alive = sa.and_(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    of_user = sa.union(
        sa.select(sessions.c.id).where(alive), sa.select(api_keys.c.id).where(api_keys.c.user_id == user_id)
    )
    ids = list(db.execute(of_user).scalars())
    note_ended(db, ids)
    return ids


def forget_ended(db: Connection, remembered: timedelta) -> None:
    """Delete what nobody needs to hear of any more."""
    db.execute(ended.delete().where(ended.c.ended_at < database_time(db) - 2 * remembered))

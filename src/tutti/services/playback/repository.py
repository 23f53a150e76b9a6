"""SQL over the plays."""

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from tutti.kit.paging import keyset
from tutti.services.playback.api import Play
from tutti.services.playback.tables import plays

_LOCK_CLASS = 7_261_002  # any constant of our own
_KEY = ("user_id", "play_id")
_MUTABLE = ("started_at", "played_ms", "position_ms", "ended", "listened_at")


def lock_plays(db: Connection, user_id: str) -> None:
    """Let batches of a user be folded one after the other, in whatever processes, until the transaction has ended.

    SQLite has one writer at a time anyway.
    """
    if db.dialect.name == "postgresql":
        of_user = sa.func.hashtext(sa.cast(user_id, sa.Text))
        db.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_CLASS, of_user)))


def list_plays(db: Connection, user_id: str, play_ids: Sequence[str]) -> dict[str, Play]:
    """Return the known plays among ``play_ids``, by id."""
    statement = sa.select(plays).where(plays.c.user_id == user_id, plays.c.play_id.in_(play_ids))
    return {row["play_id"]: Play(**row) for row in db.execute(statement).mappings()}


def save_plays(db: Connection, changed: Sequence[Play]) -> None:
    """Insert or update plays."""
    insert = postgresql_insert if db.dialect.name == "postgresql" else sqlite_insert
    statement = insert(plays)
    statement = statement.on_conflict_do_update(
        index_elements=_KEY, set_={name: statement.excluded[name] for name in _MUTABLE}
    )
    db.execute(statement, [msgspec.structs.asdict(play) for play in changed])


def list_listens(db: Connection, user_id: str, after: Sequence[Any] | None, limit: int) -> Sequence[sa.RowMapping]:
    """Return up to ``limit`` + 1 plays that counted, newest first."""
    statement = sa.select(plays.c.track_id, plays.c.listened_at, plays.c.played_ms, plays.c.play_id).where(
        plays.c.user_id == user_id, plays.c.listened_at.is_not(None)
    )
    order = (plays.c.listened_at, plays.c.play_id)
    return db.execute(keyset(statement, order, after, descending=True, limit=limit)).mappings().all()

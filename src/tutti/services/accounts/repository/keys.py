"""SQL over API keys and invitations."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, RowMapping

from tutti.services.accounts.repository.ended import note_ended
from tutti.services.accounts.tables import api_keys, invites, users


def insert_api_key(db: Connection, values: dict[str, Any]) -> None:
    """Insert a key."""
    db.execute(api_keys.insert(), values)


def list_api_keys(db: Connection, user_id: str) -> list[RowMapping]:
    """Return a user's keys, newest first."""
    statement = sa.select(api_keys).where(api_keys.c.user_id == user_id).order_by(api_keys.c.id.desc())
    return list(db.execute(statement).mappings())


def find_api_key(db: Connection, key_hash: str) -> RowMapping | None:
    """Return a key with its user's name, role and state."""
    statement = (
        sa.select(api_keys, users.c.name.label("user_name"), users.c.role, users.c.disabled)
        .join(users, users.c.id == api_keys.c.user_id)
        .where(api_keys.c.hash == key_hash)
    )
    return db.execute(statement).mappings().first()


def touch_api_key(db: Connection, key_id: str, present: datetime) -> None:
    """Note that a key was used."""
    db.execute(api_keys.update().where(api_keys.c.id == key_id).values(last_used_at=present))


def delete_api_key(db: Connection, user_id: str, key_id: str) -> bool:
    """Delete a key of a user; False when there is none."""
    own = sa.and_(api_keys.c.id == key_id, api_keys.c.user_id == user_id)
    if not db.execute(api_keys.delete().where(own)).rowcount:
        return False
    note_ended(db, [key_id])
    return True


def insert_invite(db: Connection, values: dict[str, Any]) -> None:
    """Insert an invitation."""
    db.execute(invites.insert(), values)


def list_invites(db: Connection, present: datetime) -> list[RowMapping]:
    """Return the invitations that still hold, newest first."""
    return list(db.execute(sa.select(invites).where(_is_holding(present)).order_by(invites.c.id.desc())).mappings())


def has_invite(db: Connection, code_hash: str, present: datetime) -> bool:
    """Whether an invitation holds."""
    holding = sa.and_(invites.c.hash == code_hash, _is_holding(present))
    return db.execute(sa.select(invites.c.id).where(holding)).first() is not None


def use_invite(db: Connection, code_hash: str, present: datetime) -> RowMapping | None:
    """Take one use of an invitation; None when it does not hold."""
    holding = sa.and_(invites.c.hash == code_hash, _is_holding(present))
    taken = invites.update().where(holding).values(uses_left=invites.c.uses_left - 1).returning(invites)
    return db.execute(taken).mappings().first()


def delete_invite(db: Connection, invite_id: str) -> bool:
    """Delete an invitation; False when there is none."""
    return db.execute(invites.delete().where(invites.c.id == invite_id)).rowcount > 0


def _is_holding(present: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(invites.c.uses_left > 0, invites.c.expires_at > present)

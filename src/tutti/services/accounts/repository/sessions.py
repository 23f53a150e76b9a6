"""SQL over sessions and their refresh tokens."""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.kit.addresses import network_of
from tutti.kit.auth import Role
from tutti.services.accounts.tables import api_keys, refresh_tokens, sessions, users


class SessionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A session as stored."""

    id: str
    user_id: str
    device: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class RefreshRow(msgspec.Struct, frozen=True):
    """A refresh token as stored, with its session."""

    session: SessionRow
    used_at: datetime | None


def insert_session(db: Connection, session: SessionRow, refresh_hash: str) -> None:
    """Insert a session with its first refresh token."""
    db.execute(sessions.insert(), msgspec.structs.asdict(session))
    insert_refresh_token(db, session.id, refresh_hash)


def insert_refresh_token(db: Connection, session_id: str, token_hash: str) -> None:
    """Insert the newest refresh token of a session."""
    db.execute(refresh_tokens.insert(), {"hash": token_hash, "session_id": session_id, "used_at": None})


def use_refresh_token(db: Connection, token_hash: str, present: datetime) -> bool:
    """Mark a refresh token as used; False when it was already, perhaps by a request at the same moment."""
    unused = sa.and_(refresh_tokens.c.hash == token_hash, refresh_tokens.c.used_at.is_(None))
    return db.execute(refresh_tokens.update().where(unused).values(used_at=present)).rowcount == 1


def find_refresh_token(db: Connection, token_hash: str) -> RefreshRow | None:
    """Return a refresh token with its session."""
    joined = sessions.join(refresh_tokens, refresh_tokens.c.session_id == sessions.c.id)
    statement = sa.select(sessions, refresh_tokens.c.used_at).select_from(joined)
    row = db.execute(statement.where(refresh_tokens.c.hash == token_hash)).mappings().first()
    if row is None:
        return None
    return RefreshRow(SessionRow(**{n: row[n] for n in SessionRow.__struct_fields__}), row["used_at"])


def touch_session(db: Connection, session_id: str, address: str, present: datetime, expires_at: datetime) -> None:
    """Note that a session was used, and put off its end."""
    changes = {"address": address, "last_seen_at": present, "expires_at": expires_at}
    db.execute(sessions.update().where(sessions.c.id == session_id).values(changes))


def list_sessions(db: Connection, user_id: str, present: datetime) -> list[SessionRow]:
    """Return the living sessions of a user, newest use first."""
    alive = sa.and_(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > present)
    rows = db.execute(sa.select(sessions).where(alive).order_by(sessions.c.last_seen_at.desc())).mappings()
    return [SessionRow(**row) for row in rows]


def revoke_sessions(
    db: Connection, user_id: str, present: datetime, *, only: str | None = None, but: str | None = None
) -> list[str]:
    """End the living sessions of a user (``only`` one of them, or all ``but`` one) and return their ids."""
    chosen = sa.and_(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None))
    if only is not None:
        chosen = sa.and_(chosen, sessions.c.id == only)
    if but is not None:
        chosen = sa.and_(chosen, sessions.c.id != but)
    ended = sessions.update().where(chosen).values(revoked_at=present).returning(sessions.c.id)
    return list(db.execute(ended).scalars())


def find_role(db: Connection, user_id: str, proof_id: str, present: datetime) -> Role | None:
    """Return the role of an enabled user whose session or API key ``proof_id`` holds; None where one of it is over."""
    in_session = sa.exists().where(
        sessions.c.id == proof_id,
        sessions.c.user_id == users.c.id,
        sessions.c.revoked_at.is_(None),
        sessions.c.expires_at > present,
    )
    by_key = sa.exists().where(
        api_keys.c.id == proof_id,
        api_keys.c.user_id == users.c.id,
        sa.or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > present),
    )
    acting = sa.and_(users.c.id == user_id, sa.not_(users.c.disabled), sa.or_(in_session, by_key))
    return db.scalar(sa.select(users.c.role).where(acting))


def has_logged_in_from(db: Connection, user_id: str, address: str) -> bool:
    """Whether the user has had a session from the network of ``address``, within which addresses of IPv6 change."""
    known = db.scalars(sa.select(sessions.c.address).where(sessions.c.user_id == user_id).distinct())
    return network_of(address) in map(network_of, known)


def delete_ended_sessions(db: Connection, before: datetime) -> int:
    """Delete sessions that expired or were ended before ``before``; return how many."""
    over = sa.or_(sessions.c.expires_at < before, sessions.c.revoked_at < before)
    return db.execute(sessions.delete().where(over)).rowcount

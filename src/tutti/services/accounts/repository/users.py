"""SQL over people."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from tutti.kit.auth import Role
from tutti.kit.paging import keyset
from tutti.services.accounts.tables import sessions, users


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user as stored."""

    id: str
    name: str
    name_key: str
    email: str | None
    email_key: str | None
    display_name: str
    bio: str | None
    avatar_id: str | None
    role: Role
    password_hash: str
    preferences: dict[str, Any]
    disabled: bool
    created_at: datetime


class Taken(Exception):
    """Another user has the name or e-mail address."""


def lock_users(db: Connection) -> None:
    """Let nobody else change users until this transaction ends: for what has to count them first.

    SQLite has one writer, so there it holds anyway.
    """
    if db.dialect.name == "postgresql":
        db.execute(sa.text(f"LOCK TABLE {users.name} IN SHARE ROW EXCLUSIVE MODE"))


def count_users(db: Connection) -> int:
    """Return how many accounts there are."""
    return db.execute(sa.select(sa.func.count()).select_from(users)).scalar_one()


def insert_user(db: Connection, user: UserRow) -> None:
    """Insert a user.

    Raises:
        Taken: the name or e-mail address belongs to another.
    """
    try:
        db.execute(users.insert(), msgspec.structs.asdict(user))
    except IntegrityError as error:
        raise Taken from error


def update_user(db: Connection, user_id: str, changes: dict[str, Any]) -> bool:
    """Change columns of a user; False when there is no such user.

    Raises:
        Taken: the e-mail address belongs to another.
    """
    if not changes:
        return find_user(db, user_id) is not None
    try:
        return db.execute(users.update().where(users.c.id == user_id).values(changes)).rowcount > 0
    except IntegrityError as error:
        raise Taken from error


def delete_user(db: Connection, user_id: str) -> None:
    """Delete a user with everything of theirs here."""
    db.execute(users.delete().where(users.c.id == user_id))


def find_user(db: Connection, user_id: str) -> UserRow | None:
    """Return a user by id."""
    return _one(db, users.c.id == user_id)


def find_user_by_name(db: Connection, key: str) -> UserRow | None:
    """Return a user by folded name or e-mail address; names hold no @, so the two cannot clash."""
    return _one(db, sa.or_(users.c.name_key == key, users.c.email_key == key))


def list_users_by_id(db: Connection, user_ids: Sequence[str]) -> dict[str, UserRow]:
    """Return the users among ``user_ids``, by id."""
    rows = db.execute(sa.select(users).where(users.c.id.in_(user_ids))).mappings()
    return {row["id"]: UserRow(**row) for row in rows}


def list_users(
    db: Connection, search: str, key: Sequence[Any] | None, limit: int
) -> list[tuple[UserRow, datetime | None]]:
    """Return up to ``limit`` + 1 users by name, with when they were last seen."""
    seen = sa.select(sa.func.max(sessions.c.last_seen_at)).where(sessions.c.user_id == users.c.id).scalar_subquery()
    statement = sa.select(users, seen.label("seen"))
    if search:
        statement = statement.where(users.c.name_key.contains(search, autoescape=True))
    rows = db.execute(keyset(statement, (users.c.name_key, users.c.id), key, limit=limit)).mappings()
    return [(UserRow(**{n: row[n] for n in UserRow.__struct_fields__}), row["seen"]) for row in rows]


def find_last_seen(db: Connection, user_id: str) -> datetime | None:
    """Return when a user was last seen; None without any session."""
    return db.scalar(sa.select(sa.func.max(sessions.c.last_seen_at)).where(sessions.c.user_id == user_id))


def has_avatar(db: Connection, avatar_id: str) -> bool:
    """Whether any user has this avatar."""
    return db.execute(sa.select(users.c.id).where(users.c.avatar_id == avatar_id).limit(1)).first() is not None


def count_other_admins(db: Connection, user_id: str) -> int:
    """Return how many admins could still run the server without ``user_id``."""
    others = sa.and_(users.c.role == "admin", users.c.disabled.is_(False), users.c.id != user_id)
    return db.execute(sa.select(sa.func.count()).select_from(users).where(others)).scalar_one()


def _one(db: Connection, condition: sa.ColumnElement[bool]) -> UserRow | None:
    row = db.execute(sa.select(users).where(condition)).mappings().first()
    return UserRow(**row) if row else None

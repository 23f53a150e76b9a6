"""Every query of accounts, on SQLite and on PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from services.accounts.front_door import new_user
from tutti.kit.db import Database
from tutti.kit.ids import new_id
from tutti.services.accounts.repository import keys, sessions, users
from tutti.services.accounts.repository.sessions import SessionRow
from tutti.services.accounts.repository.users import Taken, UserRow

PRESENT = datetime(2026, 5, 1, 12, 0, 0, 250_000, tzinfo=UTC)
DAY = timedelta(days=1)
NOBODY = new_id()


async def add(db: Database, name: str, email: str | None = None, **given: object) -> UserRow:
    user = new_user(name, email, **given)
    await db.write(users.insert_user, user)
    return user


async def open_session(db: Database, user: UserRow, token: str = "", **given: object) -> SessionRow:
    values: dict[str, Any] = {
        "id": new_id(),
        "user_id": user.id,
        "device": "Firefox",
        "address": "192.0.2.1",
        "created_at": PRESENT,
        "last_seen_at": PRESENT,
        "expires_at": PRESENT + DAY,
    }
    session = SessionRow(**values | given)
    await db.write(sessions.insert_session, session, token or new_id())
    return session


async def add_key(db: Database, user: UserRow, key_hash: str, **given: object) -> dict[str, Any]:
    values: dict[str, Any] = {"id": new_id(), "user_id": user.id, "name": "phone", "scopes": ["read", "write"]}
    values |= {"hash": key_hash, "created_at": PRESENT, "expires_at": None, "last_used_at": None, **given}
    await db.write(keys.insert_api_key, values)
    return values


async def add_invite(db: Database, code_hash: str, **given: object) -> str:
    values: dict[str, Any] = {"id": new_id(), "hash": code_hash, "role": "uploader", "uses_left": 2}
    values |= {"created_by": NOBODY, "created_at": PRESENT, "expires_at": PRESENT + DAY, **given}
    await db.write(keys.insert_invite, values)
    return values["id"]


async def test_a_user_is_found_as_stored(db: Database) -> None:
    grace = await add(
        db, "Grâce", "Grace@Example.org", bio="♫", preferences={"theme": "dark"}, created_at=PRESENT, role="admin"
    )
    assert await db.read(users.find_user, grace.id) == grace
    assert await db.read(users.find_user_by_name, "grâce") == grace
    assert await db.read(users.find_user_by_name, "grace@example.org") == grace
    assert await db.read(users.find_user, NOBODY) is None
    for stranger in ("grace", "Grâce", "", "%"):
        assert await db.read(users.find_user_by_name, stranger) is None


async def test_a_name_and_an_address_belong_to_one_user(db: Database) -> None:
    await add(db, "Ada", "ada@example.org")
    grace = await add(db, "Grace")
    await add(db, "Bob")  # no address is no address in common
    for taken in (("ADA", None), ("Eve", "ADA@example.org")):
        with pytest.raises(Taken):
            await add(db, *taken)
    with pytest.raises(Taken):
        await db.write(users.update_user, grace.id, {"email": "x", "email_key": "ada@example.org"})
    assert await db.read(users.count_users) == 3
    assert await db.read(users.find_user, grace.id) == grace


async def test_changes_reach_one_user_and_no_other(db: Database) -> None:
    ada, grace = await add(db, "Ada"), await add(db, "Grace")
    assert await db.write(users.update_user, grace.id, {"bio": "x", "preferences": {"a": [1]}})
    assert await db.write(users.update_user, grace.id, {})
    assert not await db.write(users.update_user, NOBODY, {"bio": "x"})
    assert not await db.write(users.update_user, NOBODY, {})
    changed = msgspec.structs.replace(grace, bio="x", preferences={"a": [1]})
    found = await db.read(users.list_users_by_id, [ada.id, grace.id, NOBODY, ada.id])
    assert found == {ada.id: ada, grace.id: changed}
    assert await db.read(users.list_users_by_id, []) == {}


async def test_whoever_goes_takes_everything_along(db: Database) -> None:
    ada, grace = await add(db, "Ada"), await add(db, "Grace")
    for user in (ada, grace):
        await open_session(db, user, f"token of {user.name}")
        await add_key(db, user, f"key of {user.name}")
    await db.write(users.delete_user, grace.id)
    assert await db.read(users.find_user, grace.id) is None
    assert await db.read(sessions.list_sessions, grace.id, PRESENT) == []
    assert await db.read(sessions.find_refresh_token, "token of Grace") is None
    assert await db.read(keys.find_api_key, "key of Grace") is None
    assert await db.read(sessions.find_refresh_token, "token of Ada") is not None
    assert await db.read(keys.find_api_key, "key of Ada") is not None


async def test_people_are_listed_by_name_page_by_page(db: Database) -> None:
    names = ["ada", "Bob", "élise", "Eve", "zoë", "100% Me", "under_score"]
    for name in names:
        await add(db, name)
    seen: list[str] = []
    key = None
    while len(page := await db.read(users.list_users, "", key, 2)) > 2:
        seen += [user.name for user, _ in page[:2]]
        key = (page[1][0].name_key, page[1][0].id)
    seen += [user.name for user, _ in page]
    assert sorted(seen) == sorted(names)
    keys_seen = [user.name_key for user, _ in await db.read(users.list_users, "", None, 20)]
    assert [name.casefold() for name in seen] == keys_seen
    for search, found in (("b", {"Bob"}), ("%", {"100% Me"}), ("_", {"under_score"}), ("\\", set[str]())):
        assert {user.name for user, _ in await db.read(users.list_users, search, None, 20)} == found


async def test_the_list_says_when_somebody_was_last_there(db: Database) -> None:
    ada = await add(db, "Ada")
    await add(db, "Grace")
    await open_session(db, ada, last_seen_at=PRESENT)
    await open_session(db, ada, last_seen_at=PRESENT - DAY)
    listed = {user.name: last_seen_at for user, last_seen_at in await db.read(users.list_users, "", None, 20)}
    assert listed == {"Ada": PRESENT, "Grace": None}


async def test_only_admins_who_may_log_in_count_as_admins(db: Database) -> None:
    ada = await add(db, "Ada", role="admin")
    await add(db, "Bob", role="admin", disabled=True)
    grace = await add(db, "Grace", role="uploader")
    assert await db.read(users.count_other_admins, ada.id) == 0
    assert await db.read(users.count_other_admins, grace.id) == 1


async def test_a_session_is_found_by_its_tokens(db: Database) -> None:
    grace = await add(db, "Grace")
    session = await open_session(db, grace, "first")
    await db.write(sessions.insert_refresh_token, session.id, "second")
    assert await db.write(sessions.use_refresh_token, "first", PRESENT)
    assert not await db.write(sessions.use_refresh_token, "first", PRESENT + DAY)
    assert not await db.write(sessions.use_refresh_token, "none", PRESENT)
    first, second = [await db.read(sessions.find_refresh_token, token) for token in ("first", "second")]
    assert (first, second) == (sessions.RefreshRow(session, PRESENT), sessions.RefreshRow(session, None))
    assert await db.read(sessions.find_refresh_token, "none") is None


async def test_of_many_who_use_a_token_at_once_one_does(db: Database) -> None:
    await open_session(db, await add(db, "Grace"), "first")
    used = await asyncio.gather(*(db.write(sessions.use_refresh_token, "first", PRESENT) for _ in range(8)))
    assert sorted(used) == [False] * 7 + [True]


async def test_living_sessions_are_listed_newest_use_first(db: Database) -> None:
    ada, grace = await add(db, "Ada"), await add(db, "Grace")
    old = await open_session(db, grace, last_seen_at=PRESENT - DAY)
    new = await open_session(db, grace)
    await open_session(db, grace, expires_at=PRESENT)
    await open_session(db, grace, revoked_at=PRESENT)
    await open_session(db, ada)
    assert await db.read(sessions.list_sessions, grace.id, PRESENT) == [new, old]
    later = PRESENT + timedelta(hours=1)
    await db.write(sessions.touch_session, old.id, "198.51.100.1", later, PRESENT + 2 * DAY)
    touched = msgspec.structs.replace(old, address="198.51.100.1", last_seen_at=later, expires_at=PRESENT + 2 * DAY)
    assert await db.read(sessions.list_sessions, grace.id, later) == [touched, new]


async def test_sessions_are_ended_one_all_or_all_but_one(db: Database) -> None:
    ada, grace = await add(db, "Ada"), await add(db, "Grace")
    one, two, three = [await open_session(db, grace) for _ in range(3)]
    hers = await open_session(db, ada)
    assert await db.write(sessions.revoke_sessions, grace.id, PRESENT, only=hers.id) == []
    assert await db.write(sessions.revoke_sessions, grace.id, PRESENT, only=one.id) == [one.id]
    assert await db.write(sessions.revoke_sessions, grace.id, PRESENT + DAY, only=one.id) == []
    assert await db.write(sessions.revoke_sessions, grace.id, PRESENT, but=two.id) == [three.id]
    assert await db.write(sessions.revoke_sessions, grace.id, PRESENT + DAY) == [two.id]
    assert await db.read(sessions.list_sessions, ada.id, PRESENT) == [hers]


async def test_an_address_is_known_to_whom_it_belongs(db: Database) -> None:
    ada, grace = await add(db, "Ada"), await add(db, "Grace")
    await open_session(db, grace, revoked_at=PRESENT)
    assert await db.read(sessions.has_logged_in_from, grace.id, "192.0.2.1")
    assert not await db.read(sessions.has_logged_in_from, grace.id, "192.0.2.10")
    assert not await db.read(sessions.has_logged_in_from, ada.id, "192.0.2.1")
    await open_session(db, ada, address="2001:db8:1:2:aaaa::1")
    assert await db.read(sessions.has_logged_in_from, ada.id, "2001:db8:1:2:bbbb::9"), "a household's next address"
    assert not await db.read(sessions.has_logged_in_from, ada.id, "2001:db8:1:3:aaaa::1")


async def test_sessions_long_over_are_deleted_with_their_tokens(db: Database) -> None:
    grace = await add(db, "Grace")
    await open_session(db, grace, "expired", expires_at=PRESENT - DAY)
    await open_session(db, grace, "revoked", revoked_at=PRESENT - DAY)
    kept = await open_session(db, grace, "kept", expires_at=PRESENT)
    assert await db.write(sessions.delete_ended_sessions, PRESENT) == 2
    found = [await db.read(sessions.find_refresh_token, token) for token in ("expired", "revoked", "kept")]
    assert found == [None, None, sessions.RefreshRow(kept, None)]


async def test_a_key_is_found_with_who_it_speaks_for(db: Database) -> None:
    grace = await add(db, "Grace", role="uploader", disabled=True)
    made = await add_key(db, grace, "hash", expires_at=PRESENT)
    found = await db.read(keys.find_api_key, "hash")
    assert found is not None
    assert dict(found) == made | {"user_name": "Grace", "role": "uploader", "disabled": True}
    assert await db.read(keys.find_api_key, "HASH") is None
    await db.write(keys.touch_api_key, made["id"], PRESENT)
    [listed] = await db.read(keys.list_api_keys, grace.id)
    assert dict(listed) == made | {"last_used_at": PRESENT}


async def test_keys_are_listed_newest_first_and_deleted_by_their_owner(db: Database) -> None:
    ada, grace = await add(db, "Ada"), await add(db, "Grace")
    first, second, hers = await add_key(db, grace, "1"), await add_key(db, grace, "2"), await add_key(db, ada, "3")
    assert [row["id"] for row in await db.read(keys.list_api_keys, grace.id)] == [second["id"], first["id"]]
    assert not await db.write(keys.delete_api_key, grace.id, hers["id"])
    assert await db.write(keys.delete_api_key, grace.id, first["id"])
    assert not await db.write(keys.delete_api_key, grace.id, first["id"])
    assert [row["id"] for row in await db.read(keys.list_api_keys, grace.id)] == [second["id"]]


async def test_an_invitation_is_used_as_often_as_it_says(db: Database) -> None:
    await add_invite(db, "code", uses_left=3)
    taken = await asyncio.gather(*(db.write(keys.use_invite, "code", PRESENT) for _ in range(8)))
    left = sorted(row["uses_left"] for row in taken if row is not None)
    assert left == [0, 1, 2]
    assert {row["role"] for row in taken if row is not None} == {"uploader"}


async def test_invitations_that_hold_are_listed_and_can_be_taken_back(db: Database) -> None:
    first, second = await add_invite(db, "1"), await add_invite(db, "2")
    await add_invite(db, "used up", uses_left=0)
    await add_invite(db, "over", expires_at=PRESENT)
    assert [row["id"] for row in await db.read(keys.list_invites, PRESENT)] == [second, first]
    for code in ("used up", "over", "none"):
        assert await db.write(keys.use_invite, code, PRESENT) is None
    assert await db.write(keys.delete_invite, first)
    assert not await db.write(keys.delete_invite, first)
    assert await db.write(keys.use_invite, "1", PRESENT) is None


async def test_a_proof_holds_while_its_user_session_or_key_does(db: Database) -> None:
    ada = await add(db, "Ada")
    grace = await add(db, "Grace", role="uploader")
    session, ended = await open_session(db, grace), await open_session(db, grace, revoked_at=PRESENT)
    expired = await open_session(db, grace, expires_at=PRESENT)
    key, old_key = await add_key(db, grace, "1"), await add_key(db, grace, "2", expires_at=PRESENT)
    expected = {session.id: "uploader", key["id"]: "uploader", ended.id: None, expired.id: None, old_key["id"]: None}
    for proof_id, role in expected.items():
        assert await db.read(sessions.find_role, grace.id, proof_id, PRESENT) == role
        assert await db.read(sessions.find_role, ada.id, proof_id, PRESENT) is None
    await db.write(users.update_user, grace.id, {"disabled": True})
    for proof_id in (session.id, key["id"], NOBODY):
        assert await db.read(sessions.find_role, grace.id, proof_id, PRESENT) is None


async def test_an_avatar_is_had_while_any_user_has_it(db: Database) -> None:
    ada = await add(db, "Ada", avatar_id="a")
    grace = await add(db, "Grace", avatar_id="a")
    for user in (ada, grace):
        assert await db.read(users.has_avatar, "a")
        await db.write(users.update_user, user.id, {"avatar_id": None})
    assert not await db.read(users.has_avatar, "a")

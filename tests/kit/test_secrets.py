"""Secrets: the same for every copy, changed by one at a time, opened by nobody else."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from tutti.kit.db import Database
from tutti.kit.secrets import DatabaseSecrets, FileSecrets, SecretStore, WrongClusterSecret, open_secrets, stored
from tutti.kit.stores import MemoryStores

OLD, NEW = b"the old secret of this cluster, long", b"the new secret of this cluster, long"


@pytest.fixture(params=["files", "database"])
def store(request: pytest.FixtureRequest, db: Database, tmp_path: Path) -> SecretStore:
    return open_secrets(tmp_path, db, MemoryStores(), (OLD,) if request.param == "database" else ())


async def content_of(db: Database, name: str) -> bytes:
    found = await db.read(lambda db: db.scalar(sa.select(stored.c.content).where(stored.c.name == name)))
    assert found is not None
    return found


async def test_what_was_stored_is_found(store: SecretStore) -> None:
    assert await store.load("some-keys") is None
    assert await store.change("some-keys", lambda present: b"first" if present is None else b"?") == b"first"
    assert await store.load("some-keys") == b"first"
    assert await store.load("other-keys") is None
    assert await store.change("some-keys", lambda present: (present or b"") + b", second") == b"first, second"
    await store.forget("some-keys")
    await store.forget("some-keys")
    assert await store.load("some-keys") is None
    assert await store.change("some-keys", lambda present: b"again" if present is None else b"?") == b"again"


async def test_of_many_at_the_first_moment_one_makes_it_and_all_have_it(store: SecretStore) -> None:
    async def begin(number: int) -> bytes:
        return await store.change("some-keys", lambda present: present or str(number).encode())

    made = await asyncio.gather(*(begin(number) for number in range(20)))
    assert len(set(made)) == 1


async def test_no_change_is_lost(store: SecretStore) -> None:
    await asyncio.gather(*(store.change("counter", lambda present: (present or b"") + b"x") for _ in range(20)))
    assert await store.load("counter") == b"x" * 20


async def test_a_change_that_fails_changes_nothing(store: SecretStore) -> None:
    def fail(_: bytes | None) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await store.change("some-keys", fail)
    assert await store.load("some-keys") is None
    await store.change("some-keys", lambda _: b"kept")
    with pytest.raises(ZeroDivisionError):
        await store.change("some-keys", fail)
    assert await store.load("some-keys") == b"kept"


async def test_files_are_for_their_owner_alone_and_named_as_ever(tmp_path: Path) -> None:
    await FileSecrets(tmp_path / "secrets").change("token-keys", lambda _: b"{}")
    file = tmp_path / "secrets/token-keys.json"
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert file.read_bytes() == b"{}"


async def test_the_database_alone_opens_nothing(db: Database) -> None:
    await DatabaseSecrets(db, MemoryStores(), (OLD,)).change("some-keys", lambda _: b"the private key")
    assert b"private" not in await content_of(db, "some-keys")
    with pytest.raises(WrongClusterSecret, match=r"TUTTI_CLUSTER_SECRETS.*some-keys"):
        await DatabaseSecrets(db, MemoryStores(), (NEW,)).load("some-keys")
    with pytest.raises(WrongClusterSecret):
        await DatabaseSecrets(db, MemoryStores(), (NEW,)).change("some-keys", lambda _: b"mine")
    assert await DatabaseSecrets(db, MemoryStores(), (OLD,)).load("some-keys") == b"the private key"


async def test_a_secret_in_the_place_of_another_opens_nothing(db: Database) -> None:
    store = DatabaseSecrets(db, MemoryStores(), (OLD,))
    await store.change("mine", lambda _: b"m")
    await store.change("yours", lambda _: b"y")
    swapped = sa.update(stored).where(stored.c.name == "mine").values(content=await content_of(db, "yours"))
    await db.write(lambda db: db.execute(swapped).close())
    with pytest.raises(WrongClusterSecret):
        await store.load("mine")


async def test_a_new_cluster_secret_takes_over_by_and_by(db: Database) -> None:
    """Known to all processes first, then the first one of all, then alone."""
    await DatabaseSecrets(db, MemoryStores(), (OLD,)).change("keys", lambda _: b"k")
    before = await content_of(db, "keys")
    assert await DatabaseSecrets(db, MemoryStores(), (OLD, NEW)).load("keys") == b"k"
    assert await content_of(db, "keys") == before
    assert await DatabaseSecrets(db, MemoryStores(), (NEW, OLD)).load("keys") == b"k"
    assert await content_of(db, "keys") != before
    assert await DatabaseSecrets(db, MemoryStores(), (OLD, NEW)).load("keys") == b"k", "a copy that is restarted later"
    assert await DatabaseSecrets(db, MemoryStores(), (NEW, OLD)).change("keys", lambda present: present or b"") == b"k"
    assert await DatabaseSecrets(db, MemoryStores(), (NEW,)).load("keys") == b"k"


async def test_equal_contents_look_different_each_time(db: Database) -> None:
    store = DatabaseSecrets(db, MemoryStores(), (OLD,))
    await store.change("a", lambda _: b"1")
    first = await content_of(db, "a")
    await store.change("a", lambda _: b"2")
    await store.change("a", lambda _: b"1")
    assert await content_of(db, "a") != first


async def test_nothing_else_in_its_place_is_taken_for_a_secret(db: Database) -> None:
    store = DatabaseSecrets(db, MemoryStores(), (OLD,))
    await store.change("a", lambda _: b"1")
    for content in (b"", b"\x01", b"\x02" + (await content_of(db, "a"))[1:], b"\x01" + b"x" * 40):
        bad = sa.update(stored).where(stored.c.name == "a").values(content=content)
        await db.write(lambda db, bad=bad: db.execute(bad).close())
        with pytest.raises(WrongClusterSecret):
            await store.load("a")

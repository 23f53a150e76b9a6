"""Secrets that copies share through Redis, so that few of them ask the table; Redis is told none of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa

from support.valkey import Valkey
from tutti.kit.db import Database
from tutti.kit.keyring import KeyRing
from tutti.kit.secrets import DatabaseSecrets, open_secrets, stored
from tutti.kit.stores import MemoryStores, RedisSettings, Stores, open_stores

OLD, NEW = b"the old secret of this cluster, long", b"the new secret of this cluster, long"
PATIENT = RedisSettings(timeout_ms=10_000)


@pytest.fixture
async def shared(valkey: Valkey) -> AsyncIterator[tuple[Stores, Stores]]:
    """What two copies share."""
    async with AsyncExitStack() as stack:
        both = open_stores(valkey.url, PATIENT), open_stores(valkey.url, PATIENT)
        for each in both:
            stack.push_async_callback(each.close)
            await each.delete("secrets:keys")
        yield both


async def lose_table(db: Database) -> None:
    await db.write(lambda db: db.execute(sa.delete(stored)).close())


async def test_what_one_copy_has_read_the_others_need_not_ask_the_table_for(
    db: Database, shared: tuple[Stores, Stores]
) -> None:
    one, two = (DatabaseSecrets(db, stores, (OLD,)) for stores in shared)
    assert await one.recall("keys") is None
    await one.change("keys", lambda _: b"the private key")
    assert await one.recall("keys") == b"the private key"
    await lose_table(db)
    assert await two.recall("keys") == b"the private key"
    assert await two.load("keys") is None, "the table is what holds"


async def test_redis_is_told_no_secret(db: Database, shared: tuple[Stores, Stores]) -> None:
    secrets = DatabaseSecrets(db, shared[0], (OLD,))
    await secrets.change("keys", lambda _: b"the private key")
    await secrets.recall("keys")
    content = await shared[1].get("secrets:keys")
    assert content is not None
    assert b"private" not in content
    await lose_table(db)
    assert await DatabaseSecrets(db, shared[1], (NEW,)).recall("keys") is None, "who has another secret reads nothing"


@pytest.mark.parametrize("content", [b"", b"\x01" + b"x" * 40, b"no secret at all"])
async def test_what_other_hands_write_there_is_not_taken(
    db: Database, shared: tuple[Stores, Stores], content: bytes
) -> None:
    secrets = DatabaseSecrets(db, shared[0], (OLD,))
    await secrets.change("keys", lambda _: b"the private key")
    await shared[1].set("secrets:keys", content, 60)
    assert await secrets.recall("keys") == b"the private key"


async def test_a_change_is_recalled_by_all(db: Database, shared: tuple[Stores, Stores]) -> None:
    one, two = (DatabaseSecrets(db, stores, (OLD,)) for stores in shared)
    await one.change("keys", lambda _: b"first")
    assert await two.recall("keys") == b"first"
    await one.change("keys", lambda _: b"second")
    assert await two.recall("keys") == b"second"
    await two.forget("keys")
    assert await one.recall("keys") is None


async def test_one_encrypted_under_a_later_secret_is_so_under_the_first_from_now_on(db: Database) -> None:
    await DatabaseSecrets(db, MemoryStores(), (OLD,)).change("keys", lambda _: b"k")
    both = DatabaseSecrets(db, MemoryStores(), (NEW, OLD))
    assert await both.recall("keys") == b"k"
    assert await DatabaseSecrets(db, MemoryStores(), (NEW,)).load("keys") == b"k"


async def test_a_key_that_only_the_table_has_is_found_by_whoever_meets_it(
    db: Database, shared: tuple[Stores, Stores]
) -> None:
    """What is recalled may be a moment old; a signature that nobody knows is a reason to look."""
    secrets = [DatabaseSecrets(db, stores, (OLD,)) for stores in shared]
    late, other = (KeyRing(each, "keys") for each in secrets)
    await late.load()
    await late.load()  # the first time it made them
    recalled = await shared[0].get("secrets:keys")
    assert recalled is not None
    await secrets[1].forget("keys")
    await other.load()
    await shared[0].set("secrets:keys", recalled, 600)  # by a copy that had read it just before
    signature = other.sign("track", "ada")
    async with asyncio.timeout(60):
        while late.read("track", signature) is None:
            await asyncio.sleep(0.05)
    assert late.read("track", signature) == ["ada"]
    assert await shared[0].get("secrets:keys") == recalled, "it was not Redis that knew"


async def test_without_a_cluster_files_are_read_as_ever(db: Database, tmp_path: Path) -> None:
    secrets = open_secrets(tmp_path, db, MemoryStores(), ())
    assert await secrets.recall("keys") is None
    await secrets.change("keys", lambda _: b"k")
    assert await secrets.recall("keys") == b"k"

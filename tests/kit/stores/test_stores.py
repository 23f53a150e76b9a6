"""Short-lived state: the same in memory and in Redis, ends by itself, and is changed by one at a time."""

import asyncio
import subprocess
import sys

import pytest

from kit.stores.conftest import PATIENT
from support.valkey import Valkey
from tutti.kit.settings import BadSetting
from tutti.kit.stores import MemoryStores, Stores, open_stores


def appended(more: bytes):
    return lambda before: (before or b"") + more


async def test_values_are_kept_replaced_and_deleted(stores: Stores) -> None:
    await stores.set("a", b"1", 60)
    await stores.set("b", b"\x00\xff", 60)
    await stores.set("a", b"2", 60)
    assert await stores.get("a") == b"2"
    assert await stores.get_many(["a", "b", "c"]) == {"a": b"2", "b": b"\x00\xff"}
    assert await stores.get_many([]) == {}
    await stores.delete("a", "c")
    assert await stores.get_many(["a", "b"]) == {"b": b"\x00\xff"}


async def test_values_end(stores: Stores) -> None:
    await stores.set("short", b"1", 0.01)
    await stores.count("counter", 0.01)
    await stores.change("changed", appended(b"x"), 0.01)
    while await stores.get_many(["short", "counter", "changed"]):
        await asyncio.sleep(0.005)
    assert await stores.count("counter", 60) == 1


async def test_a_counter_ends_after_it_began_however_often_it_is_counted(stores: Stores) -> None:
    last, count = 0, await stores.count("c", 0.1, 5)
    while count > last:
        last, count = count, await stores.count("c", 0.1)
    assert count == 1


async def test_changing_sees_what_was_there_and_may_delete(stores: Stores) -> None:
    seen: list[bytes | None] = []

    def edit(before: bytes | None) -> bytes | None:
        seen.append(before)
        return None if before == b"once" else b"once"

    for _ in range(3):
        await stores.change("k", edit, 60)
    assert seen == [None, b"once", None]
    await stores.set("empty", b"", 60)
    await stores.change("empty", appended(b""), 60)
    assert await stores.get("empty") == b"", "an empty value is one"


async def test_counters_and_changes_of_copies_are_never_lost(copies: tuple[Stores, Stores]) -> None:
    first, second = copies
    counts = await asyncio.gather(*(store.count("c", 60) for store in copies for _ in range(50)))
    assert sorted(counts) == list(range(1, 101))
    await asyncio.gather(*(store.change("log", appended(b"x"), 60) for store in copies for _ in range(20)))
    assert await first.get("log") == await second.get("log") == b"x" * 40


async def test_keys_say_whose_they_are(copies: tuple[Stores, Stores]) -> None:
    await copies[0].set("a", b"1", 60)
    await copies[0].count("b", 60)
    link = copies[0].link
    assert link is not None
    assert sorted(await link.client.keys()) == [b"tutti:a", b"tutti:b"]
    assert all([await link.client.pttl(key) > 0 for key in ("tutti:a", "tutti:b")])


async def test_memory_keeps_what_was_used_last() -> None:
    stores = MemoryStores(size=3)
    for key in "abc":
        await stores.set(key, b"", 60)
    await stores.get("a")
    await stores.count("d", 60)
    assert sorted(await stores.get_many("abcd")) == ["a", "c", "d"]
    for number in range(10_000):
        await stores.count(f"n{number}", 60)
    assert len(stores) == 3


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(BadSetting, match="TUTTI_REDIS_URL"):
        open_stores("http://localhost")


def test_solo_does_not_load_redis() -> None:
    check = "import sys, tutti.main, tutti.commands.app; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


async def test_nothing_is_asked_before_it_is_needed(valkey: Valkey) -> None:
    valkey.kill()
    stores = open_stores(valkey.url, PATIENT)
    valkey.start()
    assert await stores.find_problem() is None
    await stores.close()

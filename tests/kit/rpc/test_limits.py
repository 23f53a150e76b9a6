"""How much at once: bytes and calls."""

import asyncio

import msgspec
import pytest

from kit.rpc.running import QUICK, asked
from kit.rpc.sample import SOME_TIME, Librarian, Shelf
from tutti.kit.rpc.errors import MessageTooLarge, PeerBusy

SMALL = msgspec.structs.replace(QUICK, max_message_bytes=64 * 1024)
ONE_SERVED = msgspec.structs.replace(QUICK, calls_served=1)
ONE_ASKED = msgspec.structs.replace(QUICK, calls_per_peer=1)


async def test_a_request_above_the_limit_is_not_sent(librarian: Librarian) -> None:
    async with asked(librarian, caller=SMALL) as proxy:
        with pytest.raises(MessageTooLarge, match=r"request of shelves\.add_shelf.*TUTTI_RPC_MAX_MESSAGE_BYTES"):
            await proxy.add_shelf(Shelf("x" * 65_536, SOME_TIME))
    assert librarian.calls == 0


async def test_an_answer_above_the_limit_of_the_peer_is_refused(librarian: Librarian) -> None:
    async with asked(librarian, server=SMALL) as proxy:
        with pytest.raises(
            MessageTooLarge, match=r"answer of shelves\.echo is too large \(6\d{4} bytes\)|80\d{3} bytes"
        ):
            await proxy.echo(bytes(40_000))
        assert await proxy.echo(bytes(10)) == bytes(20)


async def test_an_answer_above_the_limit_of_the_caller_is_refused(librarian: Librarian) -> None:
    async with asked(librarian, caller=SMALL) as proxy:
        with pytest.raises(MessageTooLarge):
            await proxy.echo(bytes(40_000))


async def test_a_request_above_the_limit_of_the_peer_is_refused(librarian: Librarian) -> None:
    async with asked(librarian, server=SMALL) as proxy:
        with pytest.raises(MessageTooLarge):
            await proxy.add_shelf(Shelf("x" * 70_000, SOME_TIME))
    assert librarian.calls == 0


async def test_a_peer_takes_no_more_calls_at_once_than_its_limit(librarian: Librarian) -> None:
    async with asked(librarian, server=ONE_SERVED) as proxy:
        waiting = asyncio.create_task(proxy.wait())
        await librarian.waiting.wait()
        with pytest.raises(PeerBusy) as caught:
            await proxy.add_shelf(Shelf("x", SOME_TIME))
        librarian.go_on.set()
        await waiting
        assert await proxy.add_shelf(Shelf("y", SOME_TIME)) == "y"

    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    assert set(librarian.shelves) == {"y"}


async def test_a_busy_peer_is_asked_again_by_any_call(librarian: Librarian) -> None:
    """Nothing was carried out: also what may not be repeated may be tried again."""
    patient = msgspec.structs.replace(QUICK, attempts=10, retry_base_s=0.5, retry_cap_s=0.5)
    async with asked(librarian, server=ONE_SERVED, caller=patient) as proxy:
        waiting = asyncio.create_task(proxy.wait())
        await librarian.waiting.wait()
        adding = asyncio.create_task(proxy.add_shelf(Shelf("x", SOME_TIME)))
        await asyncio.wait({adding}, timeout=0.3)  # long enough to be refused, on most machines
        librarian.go_on.set()
        assert await adding == "x"
        await waiting


async def test_a_caller_has_no_more_calls_under_way_than_its_limit(librarian: Librarian) -> None:
    async with asked(librarian, caller=ONE_ASKED) as proxy:
        waiting = asyncio.create_task(proxy.wait())
        await librarian.waiting.wait()
        with pytest.raises(PeerBusy):
            await proxy.find_shelf("x")
        librarian.go_on.set()
        await waiting
        assert await proxy.find_shelf("x") is None


async def test_limits_do_not_get_in_the_way_of_many(librarian: Librarian) -> None:
    async with asked(librarian) as proxy:
        found = await asyncio.gather(*(proxy.get_shelves([str(n)]) for n in range(QUICK.calls_per_peer - 1)))

    assert [shelf.id for (shelf,) in found] == [f"wood {n}" for n in range(QUICK.calls_per_peer - 1)]

"""Which calls are repeated when a copy is lost with them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from kit.rpc.running import CLUSTER, QUICK, calling
from kit.rpc.sample import SOME_TIME, Librarian, Shelf, Shelves
from tutti.kit.rpc.errors import PeerAway
from tutti.kit.rpc.peers import Peers
from tutti.kit.rpc.server import RpcServer

ABRUPT = msgspec.structs.replace(QUICK, finish_s=0.0)
NOT_WAITING = msgspec.structs.replace(ABRUPT, connect_wait_s=0.5, attempts=2)


class Slow(Librarian):
    """Waits with either kind of call."""

    async def add_shelf(self, shelf: Shelf, *, loud: bool = False) -> str:
        await self.wait()
        return await super().add_shelf(shelf, loud=loud)


class Copies:
    """Two copies in this process; the one that is asked first can be stopped in the middle of it."""

    def __init__(self) -> None:
        self.librarians = Slow(), Slow()
        self.servers = [RpcServer(CLUSTER, {"shelves": (Shelves, each)}, ABRUPT) for each in self.librarians]

    async def stop_the_one_asked(self) -> Librarian:
        """Return the other one."""
        waiting = [asyncio.create_task(each.waiting.wait()) for each in self.librarians]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        asked = next(at for at, each in enumerate(self.librarians) if each.waiting.is_set())
        for task in waiting:
            task.cancel()
        other = self.librarians[1 - asked]
        other.go_on.set()
        await self.servers[asked].__aexit__(None, None, None)
        return other


@asynccontextmanager
async def two_copies() -> AsyncIterator[tuple[Copies, Shelves]]:
    copies = Copies()
    for server in copies.servers:
        await server.__aenter__()
    async with calling(*(server.port for server in copies.servers), settings=ABRUPT) as proxy:
        yield copies, proxy
    for server in copies.servers:
        await server.__aexit__(None, None, None)


async def test_a_call_that_may_be_repeated_goes_to_the_other_copy() -> None:
    async with two_copies() as (copies, proxy):
        asking = asyncio.create_task(proxy.wait())
        other = await copies.stop_the_one_asked()
        await asking

    assert other.calls == 1


async def test_another_call_is_given_up_and_not_sent_twice() -> None:
    async with two_copies() as (copies, proxy):
        adding = asyncio.create_task(proxy.add_shelf(Shelf("x", SOME_TIME)))
        other = await copies.stop_the_one_asked()
        with pytest.raises(PeerAway) as caught:
            await adding

    assert caught.value.status == 503
    assert other.calls == 0


async def test_a_process_without_the_service_is_not_asked(librarian: Librarian) -> None:
    async with RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, ABRUPT) as server:
        peers = Peers(CLUSTER, lambda _: (f"127.0.0.1:{server.port}",), "test", NOT_WAITING)
        with pytest.raises(PeerAway):
            await peers.proxy(Shelves, "lamps").find_shelf("x")
        await peers.close()

    assert librarian.calls == 0


async def test_nothing_is_answered_after_the_end(librarian: Librarian) -> None:
    async with RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, ABRUPT) as server:
        peers = Peers(CLUSTER, lambda _: (f"127.0.0.1:{server.port}",), "test", ABRUPT)
        proxy = peers.proxy(Shelves, "shelves")
        await proxy.find_shelf("x")
        await peers.close()
        with pytest.raises(PeerAway):
            await proxy.find_shelf("x")

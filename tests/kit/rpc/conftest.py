"""A real server on a free port, and a caller of it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from kit.rpc.sample import Librarian, Shelves
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.peers import Peers
from tutti.kit.rpc.server import RpcServer
from tutti.kit.rpc.settings import RpcSettings

SECRET = "a secret of thirty-two characters"
CLUSTER = ClusterSettings(secrets=(SECRET,), rpc_port=0)
QUICK = RpcSettings(leave_s=0.0, finish_s=5.0)


@asynccontextmanager
async def asked(
    librarian: object,
    *,
    api: type = Shelves,
    server: RpcSettings = QUICK,
    caller: RpcSettings = QUICK,
    cluster: ClusterSettings = CLUSTER,
) -> AsyncIterator[Shelves]:
    """Yield a proxy of ``librarian``, over a socket."""
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(RpcServer(cluster, {"shelves": (Shelves, librarian)}, server))
        peers = Peers(cluster, lambda _: (f"127.0.0.1:{serving.port}",), "test", caller)
        stack.push_async_callback(peers.close)
        yield peers.proxy(api, "shelves")


@pytest.fixture
def librarian() -> Librarian:
    return Librarian()


@pytest.fixture
async def shelves(librarian: Librarian) -> AsyncIterator[Shelves]:
    async with asked(librarian) as proxy:
        yield proxy

"""Real servers on free ports, and callers of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from kit.rpc.sample import Shelves
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.peers import Peers
from tutti.kit.rpc.server import RpcServer
from tutti.kit.rpc.settings import RpcSettings

SECRET = "a secret of thirty-two characters"
CLUSTER = ClusterSettings(secrets=(SECRET,), rpc_port=0)
QUICK = RpcSettings(
    timeout_s=240.0,
    attempt_timeout_s=120.0,
    connect_wait_s=120.0,
    keepalive_s=120.0,
    keepalive_timeout_s=120.0,
    leave_s=0.0,
    finish_s=60.0,
)
"""Stops at once; and nothing is given up because this machine is slow."""


@asynccontextmanager
async def asked(
    librarian: object,
    *,
    api: type = Shelves,
    server: RpcSettings = QUICK,
    caller: RpcSettings = QUICK,
    cluster: ClusterSettings = CLUSTER,
    caller_cluster: ClusterSettings | None = None,
) -> AsyncIterator[Shelves]:
    """Yield a proxy of ``librarian``, over a socket."""
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(RpcServer(cluster, {"shelves": (api, librarian)}, server))
        yield await stack.enter_async_context(calling(serving.port, settings=caller, cluster=caller_cluster or cluster))


@asynccontextmanager
async def calling(
    *ports: int, settings: RpcSettings = QUICK, cluster: ClusterSettings = CLUSTER, api: type = Shelves
) -> AsyncIterator[Shelves]:
    """Yield a proxy of what answers on local ports."""
    peers = Peers(cluster, lambda _: tuple(f"127.0.0.1:{port}" for port in ports), "test", settings)
    try:
        yield peers.proxy(api, "shelves")
    finally:
        await peers.close()

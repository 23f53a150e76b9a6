"""What processes say of themselves: the standard health service, /health/ready, /metrics; and what solo never loads."""

import asyncio
import subprocess
import sys

import msgspec
import pytest
from grpc import aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client import REGISTRY

from kit.rpc.running import CLUSTER, QUICK, asked
from kit.rpc.sample import Librarian, ShelfNotFound, Shelves
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc.peers import Peers
from tutti.kit.rpc.server import RpcServer

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_health_is_told_per_service_without_a_token(librarian: Librarian) -> None:
    async with (
        RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, QUICK) as server,
        aio.insecure_channel(f"127.0.0.1:{server.port}") as channel,
    ):
        health = health_pb2_grpc.HealthStub(channel)
        for service in ("", "shelves"):
            said = await health.Check(health_pb2.HealthCheckRequest(service=service))
            assert said.status == SERVING
        with pytest.raises(aio.AioRpcError, match="NOT_FOUND"):
            await health.Check(health_pb2.HealthCheckRequest(service="lamps"))


async def test_a_server_says_that_it_leaves_and_finishes_what_it_began(librarian: Librarian) -> None:
    settings = msgspec.structs.replace(QUICK, leave_s=0.2)
    server = RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, settings)
    await server.__aenter__()
    peers = Peers(CLUSTER, lambda _: (f"127.0.0.1:{server.port}",), "test", QUICK)
    asking = asyncio.create_task(peers.proxy(Shelves, "shelves").wait())
    await librarian.waiting.wait()

    async with aio.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        watching = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="shelves"))
        assert (await watching.read()).status == SERVING
        stopping = asyncio.create_task(server.__aexit__(None, None, None))
        assert (await watching.read()).status == NOT_SERVING
        watching.cancel()
    assert not stopping.done()
    librarian.go_on.set()
    await asking
    await stopping
    await peers.close()


async def test_what_does_not_finish_in_time_is_cancelled(librarian: Librarian) -> None:
    settings = msgspec.structs.replace(QUICK, finish_s=0.1)
    server = RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, settings)
    await server.__aenter__()
    peers = Peers(CLUSTER, lambda _: (f"127.0.0.1:{server.port}",), "test", msgspec.structs.replace(QUICK, attempts=1))
    asking = asyncio.create_task(peers.proxy(Shelves, "shelves").wait())
    await librarian.waiting.wait()
    await server.__aexit__(None, None, None)

    await librarian.cancelled.wait()
    assert "away" in str((await asyncio.gather(asking, return_exceptions=True))[0])
    await peers.close()


async def test_readiness_names_peers_that_are_away(librarian: Librarian) -> None:
    async with RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, QUICK) as server:
        peers = Peers(
            CLUSTER, lambda service: (f"127.0.0.1:{server.port if service == 'shelves' else 1}",), "test", QUICK
        )
        proxy = peers.proxy(Shelves, "shelves")
        assert await peers.find_problem() == "shelves is not connected"
        await proxy.find_shelf("x")
        assert await peers.find_problem() is None
        peers.proxy(Shelves, "lamps")
        assert await peers.find_problem() == "lamps is not connected"
        await peers.close()


async def test_a_port_in_use_is_said_plainly(librarian: Librarian) -> None:
    async with RpcServer(CLUSTER, {"shelves": (Shelves, librarian)}, QUICK) as server:
        taken = ClusterSettings(secrets=CLUSTER.secrets, rpc_port=server.port)
        with pytest.raises(OSError, match="cannot answer other processes on"):
            await RpcServer(taken, {"shelves": (Shelves, librarian)}, QUICK).__aenter__()


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_calls_are_counted_on_both_sides(librarian: Librarian) -> None:
    def counts() -> list[float]:
        return [
            sample("tutti_rpc_asked_seconds_count", peer="shelves", method="fail", outcome="refused"),
            sample("tutti_rpc_answered_seconds_count", service="shelves", method="fail", outcome="refused"),
            sample("tutti_rpc_asked_seconds_count", peer="shelves", method="find_shelf", outcome="ok"),
            sample("tutti_rpc_answered_seconds_count", service="shelves", method="find_shelf", outcome="ok"),
            sample("tutti_rpc_asked_again_total", peer="shelves", method="wait"),
        ]

    before = counts()
    librarian.errors["how"] = ShelfNotFound("No.")
    hasty = msgspec.structs.replace(QUICK, attempts=2, attempt_timeout_s=6.0)
    async with asked(librarian, caller=hasty) as proxy:
        with pytest.raises(ShelfNotFound):
            await proxy.fail("how")
        await proxy.find_shelf("x")
        waiting = asyncio.create_task(proxy.wait())
        await librarian.waiting.wait()
        assert sample("tutti_rpc_asking", peer="shelves") == 1
        assert sample("tutti_rpc_answering") == 1
        await librarian.cancelled.wait()
        librarian.go_on.set()
        await waiting

    assert [after - was for after, was in zip(counts(), before, strict=True)] == [1, 1, 1, 1, 1]
    assert sample("tutti_rpc_breaker_state", peer="shelves") == 0


def test_apis_and_deadlines_load_no_grpc() -> None:
    program = (
        "import sys, tutti.main, tutti.kit.rpc.marks, tutti.kit.rpc.deadlines, tutti.kit.rpc.settings, "
        "tutti.kit.rpc.errors; assert not {'grpc', 'google.protobuf', 'nats', 'redis'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)

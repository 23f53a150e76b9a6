"""Latency of one caller and throughput of many, of each way in turns, and what each ratio may be.

The bare reference sends the very bytes that ours sends, ready-made, and makes nothing of those it receives: no types,
no token, no trace, no deadline, no metrics. The typed one reads and writes them, and does nothing else.
"""

import asyncio
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import httpx
import msgspec
import uvloop
from grpc import aio

from bench.rpc.calls import CLUSTER, PAGE, SERVICE, SESSION, TRACK_IDS, VIEWER, Measured
from tutti.kit.auth import Role
from tutti.kit.rpc.methods import encode
from tutti.kit.rpc.peers import Peers
from tutti.services.catalog.api import Track

ROUNDS = 15
IN_TURN = 50
AT_ONCE = 32
IN_ALL = 320
WARM_UP = 2
P50_AT_MOST = 1.3
RATE_AT_LEAST = 0.8
NAMES = {
    "bare": "gRPC alone, the same bytes",
    "typed": "gRPC alone, the same types",
    "ours": "ours",
    "http": "HTTP and JSON, httpx to uvicorn",
}
CALLS = {"find_role": "a role", "get_tracks": f"{PAGE} tracks"}

Call = Callable[[], Awaitable[object]]
Ways = dict[str, dict[str, Call]]


@dataclass
class Figures:
    """Of one call made in one way, one entry a round."""

    p50_us: list[float] = field(default_factory=list)
    per_s: list[float] = field(default_factory=list)


async def main() -> None:
    async with calling() as ways:
        figures = {(way, call): Figures() for way in ways for call in CALLS}
        for number in range(ROUNDS + WARM_UP):
            for call in CALLS:  # short turns, so that noise of the machine meets every way
                for way in ways:
                    measured = await latency_us(ways[way][call]), await rate(ways[way][call])
                    if number >= WARM_UP:
                        figures[way, call].p50_us.append(measured[0])
                        figures[way, call].per_s.append(measured[1])
    report(figures)


async def latency_us(call: Call) -> float:
    took: list[float] = []
    for _ in range(IN_TURN):
        started = time.perf_counter()
        await call()
        took.append(time.perf_counter() - started)
    return statistics.median(took) * 1e6


async def rate(call: Call) -> float:
    async def caller() -> None:
        for _ in range(IN_ALL // AT_ONCE):
            await call()

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(AT_ONCE)))
    return IN_ALL / (time.perf_counter() - started)


@contextmanager
def serving(kind: str) -> Iterator[int]:
    command = [sys.executable, "-m", "bench.rpc.serving", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.communicate("")


@asynccontextmanager
async def calling() -> AsyncIterator[Ways]:
    with (
        serving("bare") as bare_port,
        serving("typed") as typed_port,
        serving("ours") as our_port,
        serving("http") as http_port,
    ):
        peers = Peers(CLUSTER, lambda _: (f"127.0.0.1:{our_port}",), "bench")
        async with (
            aio.insecure_channel(f"127.0.0.1:{bare_port}") as bare,
            aio.insecure_channel(f"127.0.0.1:{typed_port}") as typed,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{http_port}", trust_env=False, timeout=60) as client,
        ):
            yield {
                "bare": bare_calls(bare),
                "typed": typed_calls(typed),
                "ours": our_calls(peers),
                "http": http_calls(client),
            }
        await peers.close()


def our_calls(peers: Peers) -> dict[str, Call]:
    proxy = peers.proxy(Measured, SERVICE)
    return {
        "find_role": lambda: proxy.find_role(*SESSION),
        "get_tracks": lambda: proxy.get_tracks(VIEWER, TRACK_IDS),
    }


def bare_calls(channel: aio.Channel) -> dict[str, Call]:
    role = encode({"user_id": SESSION[0], "session_id": SESSION[1]})
    tracks = encode({"viewer": VIEWER, "track_ids": TRACK_IDS})
    find_role, get_tracks = (channel.unary_unary(f"/tutti.{SERVICE}/{name}") for name in CALLS)
    return {"find_role": lambda: find_role(role), "get_tracks": lambda: get_tracks(tracks)}


def typed_calls(channel: aio.Channel) -> dict[str, Call]:
    def calling(name: str, kind: object) -> Callable[[object], Awaitable[object]]:
        read = msgspec.msgpack.Decoder(kind).decode
        return channel.unary_unary(f"/tutti.{SERVICE}/{name}", request_serializer=encode, response_deserializer=read)

    find_role, get_tracks = calling("find_role", Role | None), calling("get_tracks", list[Track])
    return {
        "find_role": lambda: find_role({"user_id": SESSION[0], "session_id": SESSION[1]}),
        "get_tracks": lambda: get_tracks({"viewer": VIEWER, "track_ids": TRACK_IDS}),
    }


def http_calls(client: httpx.AsyncClient) -> dict[str, Call]:
    read_role = msgspec.json.Decoder(Role | None).decode
    read_tracks = msgspec.json.Decoder(list[Track]).decode

    async def find_role() -> Role | None:
        body = msgspec.json.encode({"user_id": SESSION[0], "session_id": SESSION[1]})
        return read_role((await client.post("/find_role", content=body)).content)

    async def get_tracks() -> list[Track]:
        body = msgspec.json.encode({"viewer": VIEWER, "track_ids": TRACK_IDS})
        return read_tracks((await client.post("/get_tracks", content=body)).content)

    return {"find_role": find_role, "get_tracks": get_tracks}


def report(figures: dict[tuple[str, str], Figures]) -> None:
    print(
        f"Two processes on one machine. p50 of {IN_TURN} calls one after the other, rate of {AT_ONCE} callers at once; "
        f"medians of {ROUNDS} rounds, ways in turns; ratios of each round. Limits: p50 at most {P50_AT_MOST} of gRPC "
        f"alone, rate at least {RATE_AT_LEAST}.\n"
    )
    print(f"| call | way | p50 | of bare | calls/s | of bare |\n{'|---' * 6}|")
    for (way, call), of in sorted(figures.items(), key=lambda each: list(CALLS).index(each[0][1])):
        bare = figures["bare", call]
        slower = statistics.median(ours / theirs for ours, theirs in zip(of.p50_us, bare.p50_us, strict=True))
        faster = statistics.median(ours / theirs for ours, theirs in zip(of.per_s, bare.per_s, strict=True))
        p50, per_s = statistics.median(of.p50_us), statistics.median(of.per_s)
        print(f"| {CALLS[call]} | {NAMES[way]} | {p50:,.0f} µs | {slower:.2f} | {per_s:,.0f} | {faster:.2f} |")


if __name__ == "__main__":
    uvloop.run(main())

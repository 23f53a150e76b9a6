"""What a request costs in one process and in a cluster: rate, processor time and memory of all that have a part in it.

All layouts share the cores of this machine, so that the rate says what the parts cost, and not how they scale.
"""

import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from tests.support.cluster.gateway import GENEROUS
from tests.support.cluster.installation import PARTS, WHOLE, Plan
from tests.support.cluster.serving import Cluster, start_cluster
from tests.support.server import Server, running_server, wait_for

from bench.library.generate import generate

TRACKS = 2_000
ROWS = 50
CONNECTIONS = 8
SECONDS = 5
ROUNDS = 3
_NO_LIMIT = "1000000000"
_SETTINGS = {"TUTTI_LIMITS_READ": _NO_LIMIT, "TUTTI_LIMITS_STREAM": _NO_LIMIT, "TUTTI_CATALOG_WATCH": "false"}
_COPY = re.compile(r"-\d+$")
_RATE = re.compile(r"(\d+) requests in ")
LAYOUTS: Mapping[str, Plan | None] = {
    "`tutti serve`, SQLite": None,
    "one whole process behind nginx, PostgreSQL": Plan(WHOLE, 1),
    "five services, a copy each": Plan(PARTS, 1),
    "five services, two copies each": Plan(PARTS, 2),
}


@dataclass(frozen=True)
class Asked:
    """One kind of request."""

    name: str
    url: str
    headers: Mapping[str, str]


def main() -> None:
    if shutil.which("wrk") is None:
        print("Not measured: wrk is missing.")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        generate(folder / "music", tracks=TRACKS)
        print(f"{TRACKS:,} tracks, {CONNECTIONS} connections, all on this machine; medians of {ROUNDS} rounds.\n")
        print("| layout | request | requests/s | of one process | processor time a request, all processes |")
        print("|---|---|---|---|---|")
        alone: dict[str, float] = {}
        memory: dict[str, Mapping[str, float]] = {}
        for number, (layout, plan) in enumerate(LAYOUTS.items()):
            with _running(folder / f"{number}", plan) as server:
                for asked in _requests(server, folder / "music"):
                    rate, cost_ms = _measure(asked, server)
                    alone.setdefault(asked.name, rate)
                    ratio = rate / alone[asked.name]
                    print(f"| {layout} | {asked.name} | {rate:,.0f} | {ratio:.2f} | {cost_ms:.2f} ms |", flush=True)
                memory[layout] = _memory_mb(server)
    _print_memory(memory)


@contextmanager
def _running(folder: Path, plan: Plan | None) -> Generator[Server]:
    if plan is None:
        with running_server(folder, **_SETTINGS) as server:
            yield server
        return
    cluster = start_cluster(folder, _SETTINGS, Plan(plan.kinds, plan.copies, {**GENEROUS, **_SETTINGS}))
    try:
        yield cluster
    finally:
        cluster.stop()


def _requests(server: Server, music: Path) -> list[Asked]:
    """Have the library read, and return what is asked for."""
    token = server.set_up()
    with server.client(token) as client:
        library = client.post("/libraries", json={"name": "bench", "path": str(music)}).raise_for_status().json()
        client.post(f"/libraries/{library['id']}/scan", json={}).raise_for_status()

        def is_scanned() -> bool:
            return client.get(f"/libraries/{library['id']}/scan").json()["state"] == "done"

        wait_for(is_scanned, lambda: "the scan did not end")
        track = client.get("/tracks?limit=1").raise_for_status().json()["items"][0]
        direct = client.post(f"/stream/{track['id']}").raise_for_status().json()["direct"]
        album = f"/albums/{track['albumId']}"
    who = {"Authorization": f"Bearer {token}"}
    api = f"{server.url}/api/v1"
    return [
        Asked(f"`GET /albums?limit={ROWS}`", f"{api}/albums?limit={ROWS}", who),
        Asked("`GET /albums/{id}`", f"{api}{album}", who),
        Asked("64 KiB of an original", str(httpx.URL(server.url).join(direct)), {"Range": "bytes=0-65535"}),
    ]


def _measure(asked: Asked, server: Server) -> tuple[float, float]:
    """Return requests a second, and milliseconds of processor time for each."""
    rounds = [_round(asked, server) for _ in range(ROUNDS)]
    rate, cost_ms = (statistics.median(side) for side in zip(*rounds, strict=True))
    return rate, cost_ms


def _round(asked: Asked, server: Server) -> tuple[float, float]:
    before = _busy_s(server)
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s"]
    for name, value in asked.headers.items():
        command += ["-H", f"{name}: {value}"]
    said = subprocess.run([*command, asked.url], check=True, capture_output=True, text=True).stdout
    found = _RATE.search(said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    requests = int(found[1])
    return requests / SECONDS, (_busy_s(server) - before) / requests * 1000


def _families(server: Server) -> Mapping[str, Sequence[psutil.Process]]:
    """All processes that serve, by what they are; those of one kind together."""
    roots: dict[str, list[int]] = defaultdict(list)
    if isinstance(server, Cluster):
        for child in (*server.installation.shared.children, *server.installation.children):
            roots[_COPY.sub("", child.name)].append(child.pid)
    else:
        roots["tutti"].append(server.process.pid)
    families: dict[str, list[psutil.Process]] = defaultdict(list)
    for kind, pids in roots.items():
        for root in map(psutil.Process, pids):
            families[kind] += [root, *root.children(recursive=True)]
    return families


def _busy_s(server: Server) -> float:
    """Seconds of processor time so far, those of children that have ended too: their parents have them."""
    busy_s = 0.0
    for family in _families(server).values():
        for each in family:
            with suppress(psutil.NoSuchProcess):
                busy_s += sum(each.cpu_times()[:4])
    return busy_s


def _memory_mb(server: Server) -> Mapping[str, float]:
    """Memory by kind, what is shared by several processes counted once (PSS)."""
    time.sleep(1)
    return {
        kind: sum(each.memory_full_info().pss for each in family) / 2**20 for kind, family in _families(server).items()
    }


def _print_memory(memory: Mapping[str, Mapping[str, float]]) -> None:
    kinds = sorted({kind for each in memory.values() for kind in each})
    print(
        "\nMemory after that load, MiB, all copies of a kind together; pages that processes share are counted once.\n"
    )
    print(f"| | {' | '.join(memory)} |\n|---|{'---|' * len(memory)}")
    for kind in kinds:
        row = [f"{each[kind]:.0f}" if kind in each else "" for each in memory.values()]
        print(f"| {kind} | {' | '.join(row)} |")
    print(f"| all | {' | '.join(f'{sum(each.values()):.0f}' for each in memory.values())} |")


if __name__ == "__main__":
    main()

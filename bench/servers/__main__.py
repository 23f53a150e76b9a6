"""Drive every server with wrk, in turns, and print the two tables."""

import re
import shutil
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.servers.app import RANGE
from bench.servers.manners import MANNERS
from bench.servers.running import NGINX, Running, commands, free_port, nginx_command, running

CLIENTS = 16
SECONDS = 3
ROUNDS = 3
FILE_BYTES = 30_000_000
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_BYTES = re.compile(r"Transfer/sec:\s+([\d.]+)([KMG]?B)")
_UNITS = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30}
_BLOCK = bytes(range(256)) * 4096


@dataclass
class Figures:
    """What was measured of one server, one entry a round."""

    json_per_s: list[float] = field(default_factory=list)
    ranges_per_s: list[float] = field(default_factory=list)
    file_bytes_per_s: list[float] = field(default_factory=list)
    idle_mb: float = 0
    loaded_mb: float = 0


def main() -> None:
    if shutil.which("wrk") is None:
        print("Not measured: wrk is missing.")
        return
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "song.flac"
        file.write_bytes((_BLOCK * (FILE_BYTES // len(_BLOCK) + 1))[:FILE_BYTES])
        _print_figures(_measure(Path(folder), file))
        _print_manners(file)


def _measure(folder: Path, file: Path) -> dict[str, Figures]:
    with ExitStack() as stack:
        servers = _start_all(stack, folder, file)
        figures = {server.name: Figures(idle_mb=server.rss_mb()) for server in servers}
        for _ in range(ROUNDS):
            for server in servers:
                _measure_round(server, figures[server.name], file)
        return figures


def _start_all(stack: ExitStack, folder: Path, file: Path) -> list[Running]:
    servers: list[Running] = []
    port = free_port()
    if shutil.which("nginx") or Path("/usr/sbin/nginx").exists():
        servers.append(stack.enter_context(running(nginx_command(folder, port, file.parent), NGINX, port, file)))
    for name in commands(0):
        port = free_port()
        servers.append(stack.enter_context(running(commands(port)[name], name, port, file)))
    return servers


def _measure_round(server: Running, figures: Figures, file: Path) -> None:
    if server.name == NGINX:
        begin, end = RANGE
        ranged, whole = (
            _wrk(f"{server.url}/{file.name}", f"Range: bytes={begin}-{end - 1}"),
            f"{server.url}/{file.name}",
        )
    else:
        figures.json_per_s.append(_rate(_wrk(f"{server.url}/json")))
        ranged, whole = _wrk(f"{server.url}/range"), f"{server.url}/file"
    figures.ranges_per_s.append(_rate(ranged))
    figures.file_bytes_per_s.append(_bytes(_wrk(whole)))
    figures.loaded_mb = max(figures.loaded_mb, server.rss_mb())


def _wrk(url: str, header: str = "Accept: */*") -> str:
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--timeout", "20s", "-H", header, url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return said


def _rate(said: str) -> float:
    found = _RATE.search(said)
    return float(found[1]) if found else 0


def _bytes(said: str) -> float:
    found = _BYTES.search(said)
    return float(found[1]) * _UNITS[found[2]] if found else 0


def _print_figures(figures: dict[str, Figures]) -> None:
    print(f"Litestar and msgspec, {CLIENTS} clients, median of {ROUNDS} rounds of {SECONDS} s, servers in turns.\n")
    print(f"| server | JSON, 50 rows | 1 MiB range | file of 30 MB | of nginx | idle | loaded |\n{'|---' * 7}|")
    reference = figures.get(NGINX)
    for name, of in figures.items():
        json = f"{statistics.median(of.json_per_s):,.0f}/s" if of.json_per_s else ""
        ranges, rate = statistics.median(of.ranges_per_s), statistics.median(of.file_bytes_per_s)
        ratio = ""
        if reference is not None:
            their_ranges = statistics.median(reference.ranges_per_s)
            ratio = f"{ranges / their_ranges:.2f}, {rate / statistics.median(reference.file_bytes_per_s):.2f}"
        memory = f"{of.idle_mb:.0f} MiB | {of.loaded_mb:.0f} MiB"
        print(f"| {name} | {json} | {ranges:,.0f}/s | {rate / 1e6:,.0f} MB/s | {ratio} | {memory} |")


def _print_manners(file: Path) -> None:
    answers: dict[str, dict[str, str]] = {}
    for name in commands(0):
        port = free_port()
        with running(commands(port)[name], name, port, file) as server:
            answers[name] = {manner: ask(server) for manner, ask in MANNERS.items()}
    print(f"\n| | {' | '.join(answers)} |\n|---|{'---|' * len(answers)}")
    for manner in MANNERS:
        print(f"| {manner} | {' | '.join(of[manner] for of in answers.values())} |")


if __name__ == "__main__":
    main()

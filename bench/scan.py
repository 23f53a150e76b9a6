"""``python -m bench.scan``: first scans against bare mutagen, unchanged ones against a bare walk, in the same run."""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import psutil

from tutti.kit.clock import now
from tutti.kit.db import Database, Hold, open_database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.heap import settle_heap
from tutti.kit.ids import new_id
from tutti.kit.live import Live
from tutti.kit.settings import Base
from tutti.services.catalog.repository import libraries
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanner.scan import Job, ScanRun
from tutti.services.catalog.service.settings import CatalogSettings

_FIRST_ROUNDS = 3  # the median of their ratios counts
_ROUNDS = 7  # the shortest of them counts: whatever else the machine does only adds


@dataclass
class Peak:
    """The most memory that this process and its children held at once, while `watched`."""

    rss_bytes: int = 0


def bare_walk(root: Path) -> list[str]:
    """What any scan has to do at least: list every folder, stat every file."""
    found: list[str] = []
    pending = [str(root)]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    entry.stat()
                    found.append(entry.path)
    return found


@contextmanager
def watched(peak: Peak) -> Iterator[None]:
    """Sample the memory of all processes ten times a second."""
    over = threading.Event()

    def sample() -> None:
        me = psutil.Process()
        while not over.wait(0.1):
            peak.rss_bytes = max(peak.rss_bytes, _memory(me))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _memory(me: psutil.Process) -> int:
    total = 0
    for process in [me, *me.children(recursive=True)]:
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


async def scan(db: Database, library_id: str, root: Path) -> tuple[float, int]:
    """Scan once; return the seconds it took and the rows it wrote."""
    before = await db.write(_total_changes)
    started = time.perf_counter()
    job, progress = Job(library_id, str(root)), Progress(library_id, Live(), full=False)
    await ScanRun(db, Hold("scan"), CatalogSettings(), job, progress).run()
    took = time.perf_counter() - started
    return took, await db.write(_total_changes) - before


def _total_changes(connection: object) -> int:
    driver = connection.connection.dbapi_connection  # type: ignore[attr-defined]
    return int(driver.total_changes)


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _run(module: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True).stdout


async def new_library(root: Path, data: Path) -> tuple[Database, str]:
    """Return an empty database, and a library in it that nobody has scanned."""
    db = open_database(Base(data_dir=data))
    await db.start()
    await db.migrate()
    open_event_log(db, EventSettings())
    library_id = new_id()
    row = LibraryRow(library_id, "Music", str(root), everyone=True, watch=False)
    await db.write(libraries.insert_library, row, [], now())
    return db, library_id


async def measure(tracks: int, folder: Path) -> str:
    """Return the row of the table for a library of so many tracks; what is compared is measured in turns."""
    root = folder / "music"
    _run("bench.library", str(root), "--tracks", str(tracks))
    peak = Peak()
    firsts: list[tuple[float, float]] = []
    agains: list[tuple[float, float]] = []
    written = 0
    for turn in range(_FIRST_ROUNDS):
        mutagen_rate = float(_run("bench.bare_read", str(root)))
        db, library_id = await new_library(root, folder / f"data{turn}")
        with watched(peak) if turn == 0 else nullcontext():  # later, the process has had other databases
            took, _ = await scan(db, library_id, root)
        firsts.append((tracks / took, mutagen_rate))
        for _ in range(_ROUNDS if turn == 0 else 0):
            again_s, rows = await scan(db, library_id, root)
            agains.append((again_s, timed(lambda: bare_walk(root))))
            written = max(written, rows)
        await db.stop()
    rate, mutagen_rate = (median(column) for column in zip(*firsts, strict=True))
    again_s, walk_s = (min(column) for column in zip(*agains, strict=True))
    return (
        f"| {tracks:,} | {rate:,.0f}/s | {mutagen_rate:,.0f}/s | "
        f"**{median(ours / bare for ours, bare in firsts):.2f}** | "
        f"{again_s * 1000:,.0f} ms | {walk_s * 1000:,.0f} ms | **{again_s / walk_s:.2f}** | "
        f"{written} | {peak.rss_bytes / 2**20:,.0f} MiB |"
    )


_COLUMNS = (
    "tracks",
    "first scan",
    "mutagen, two processes",
    "ratio",
    "unchanged re-scan",
    "bare `scandir` + `stat`",
    "ratio",
    "rows written by it",
    "peak memory, all processes",
)
_HEAD = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}"


def _measure_alone(tracks: int) -> str:
    with tempfile.TemporaryDirectory(prefix="tutti-bench-") as folder:
        return asyncio.run(measure(tracks, Path(folder)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.scan", description=__doc__)
    parser.add_argument("--tracks", type=int, nargs="+", default=[10_000, 100_000])
    print(_HEAD)
    sizes = parser.parse_args().tracks
    # Each in a process of its own: what one leaves in the heap is not taken for memory of the next.
    with ProcessPoolExecutor(1, get_context("spawn"), settle_heap, max_tasks_per_child=1) as pool:
        for row in pool.map(_measure_alone, sizes):
            print(row, flush=True)
    print(
        "\nTargets: a first scan at 0.6 of mutagen's rate, a re-scan within 1.5 of the walk and without a row written,"
    )
    print("300 MiB for all processes at 100,000 tracks.")


if __name__ == "__main__":
    main()

"""PostgreSQL: what a pooler costs, and how long a library of 100,000 tracks takes to move into it."""

import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
import uvloop
from sqlalchemy import Connection
from tests.support.catalogue import seed
from tests.support.pgbouncer import BINARY, running_pgbouncer
from tests.support.postgres import Postgres, address_in, running_postgres

from tutti.kit.db import DatabaseSettings, open_database
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.settings import Base
from tutti.services.catalog.tables import tracks

TRACKS = 100_000
CLIENTS = 8
READS = 4_000
WRITES = 1_000
ROUNDS = 3


def main() -> None:
    with running_postgres() as postgres, tempfile.TemporaryDirectory() as name:
        _compare_ways(postgres)
        _move(postgres, Path(name))


def _compare_ways(postgres: Postgres) -> None:
    asyncio.run(postgres.execute("CREATE DATABASE bench TEMPLATE migrated"))
    straight = address_in(postgres.server.tcp_url, "bench")
    ways = {
        "straight": (straight, DatabaseSettings()),
        "straight, as through a pooler": (straight, DatabaseSettings(pooler="transaction")),
    }
    if BINARY is None:
        _print_ways({way: _measure(*with_) for way, with_ in ways.items()})
        return
    with running_pgbouncer(postgres.server, pool=CLIENTS) as pooled:
        ways["pgbouncer, transaction mode"] = (address_in(pooled, "bench"), DatabaseSettings())
        _print_ways({way: _measure(*with_) for way, with_ in ways.items()})


def _measure(url: str, settings: DatabaseSettings) -> tuple[float, float]:
    """Reads and transactions each second, the median of a few rounds."""

    async def measure() -> tuple[float, float]:
        db = open_database(Base(database_url=url, database_pool=CLIENTS), settings)
        await db.start()
        select = sa.select(tracks.c.id, tracks.c.title).where(tracks.c.id == "01900000-0000-7000-8000-000000000000")

        def read(each: Connection) -> object:
            return each.execute(select).all()

        def write(each: Connection) -> object:
            return each.execute(sa.text("UPDATE events_cursors SET seq = seq WHERE consumer = 'none'"))

        async def many(call: object, work: object, count: int) -> float:
            async def client() -> None:
                for _ in range(count // CLIENTS):
                    await call(work)  # type: ignore[operator]

            await asyncio.gather(*(call(work) for _ in range(CLIENTS)))  # type: ignore[operator]
            started = time.perf_counter()
            await asyncio.gather(*(client() for _ in range(CLIENTS)))
            return count / (time.perf_counter() - started)

        reads = [await many(db.read, read, READS) for _ in range(ROUNDS)]
        writes = [await many(db.write, write, WRITES) for _ in range(ROUNDS)]
        await db.stop()
        return statistics.median(reads), statistics.median(writes)

    return uvloop.run(measure())


def _print_ways(measured: dict[str, tuple[float, float]]) -> None:
    reads, writes = measured["straight"]
    print(f"### A pooler, {CLIENTS} at once, by TCP\n\nOne row by its key; a transaction of one statement.\n")
    print("| way | reads | ratio | transactions | ratio |\n|---|---|---|---|---|")
    for way, (read, write) in measured.items():
        print(f"| {way} | {read:,.0f}/s | {read / reads:.2f} | {write:,.0f}/s | {write / writes:.2f} |")
    print()


def _move(postgres: Postgres, folder: Path) -> None:
    data_dir = folder / "data"

    async def fill() -> None:
        db = open_database(Base(data_dir=data_dir))
        await db.start()
        await db.migrate()
        await db.write(seed, TRACKS)
        await db.stop()

    asyncio.run(fill())
    for database in ("moved", "restored"):
        template = "TEMPLATE migrated" if database == "moved" else ""
        asyncio.run(postgres.execute(f"CREATE DATABASE {database} {template}"))
    command = [sys.executable, "-m", "tutti", "move", "--to-database", postgres.url("moved"), "--json"]
    started = time.perf_counter()
    subprocess.run(command, env=os.environ | {"TUTTI_DATA_DIR": str(data_dir)}, check=True, capture_output=True)
    moving_s = time.perf_counter() - started
    peak_mib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    dump_s = _dump_and_restore(postgres, folder / "dump")
    size_mb = (data_dir / SQLITE_FILE).stat().st_size / 1e6
    print(f"### `tutti move`, {TRACKS:,} tracks ({size_mb:.0f} MB of SQLite)\n")
    print("| way | | ratio |\n|---|---|---|")
    print(f"| pg_dump and pg_restore of the same rows | {dump_s:.1f} s | 1.00 |")
    print(f"| `tutti move`, every row compared on both sides | {moving_s:.1f} s | {moving_s / dump_s:.2f} |")
    print(f"\nAt most {peak_mib:.0f} MiB of memory, whatever the size: rows come in batches.")


def _dump_and_restore(postgres: Postgres, dump: Path) -> float:
    binaries = postgres.server.binaries
    started = time.perf_counter()
    subprocess.run([binaries / "pg_dump", "-Fc", "-Z0", "-f", dump, postgres.url("moved")], check=True)
    subprocess.run([binaries / "pg_restore", "-d", postgres.url("restored"), dump], check=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()

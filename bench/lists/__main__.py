"""``python -m bench.lists``: seed 100,000 tracks, then ask for pages with eight connections."""

import asyncio
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection
from tests.support.catalogue import seed

from bench.lists.bare import ROWS
from tutti.kit.db import open_database
from tutti.kit.paging import encode_cursor
from tutti.kit.settings import Base
from tutti.services.catalog.repository.lists import ALBUMS, TRACKS, Listing

TRACKS_SEEDED = 100_000
CONNECTIONS = 8
SECONDS = 4
ROUNDS = 3
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LAST_PAGES = (
    ("albums", ALBUMS, "title"),
    ("albums", ALBUMS, "artist"),
    ("tracks", TRACKS, "title"),
    ("tracks", TRACKS, "added"),
)


def main() -> None:
    if shutil.which("wrk") is None:
        print("Not measured: wrk is missing.")
        return
    with tempfile.TemporaryDirectory() as folder:
        cursors = asyncio.run(_prepare(Path(folder)))
        with _served("tutti", Path(folder)) as (ours, token), _served("bare", Path(folder)) as (bare, _):
            _print_against_bare(ours, bare, token)
            _print_last_pages(ours, token, cursors)


async def _prepare(folder: Path) -> dict[tuple[str, str], str]:
    db = open_database(Base(data_dir=folder, slow_query_ms=60_000))
    await db.start()
    await db.migrate()
    await db.write(seed, TRACKS_SEEDED)
    await db.write(lambda connection: connection.exec_driver_sql("ANALYZE"))
    cursors = {(kind, sort): await db.read(_last_cursor, kind, listing, sort) for kind, listing, sort in _LAST_PAGES}
    await db.stop()
    return cursors


def _last_cursor(connection: Connection, kind: str, listing: Listing, sort: str) -> str:
    """The cursor of the last full page, upwards."""
    columns = listing.orders[sort]
    backwards = sa.select(*columns).where(listing.shown).order_by(*(column.desc() for column in columns))
    key = connection.execute(backwards.limit(1).offset(ROWS)).one()
    return encode_cursor(
        f"{kind}:{sort}:asc", [part.isoformat() if hasattr(part, "isoformat") else part for part in key]
    )


@contextmanager
def _served(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    command = [sys.executable, "-m", "bench.lists.server", kind, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            address, _, authorization = server.stdout.readline().strip().partition(" ")
            yield address, authorization
        finally:
            server.kill()


def _print_against_bare(ours: str, bare: str, token: str) -> None:
    rates = [
        (_rate(f"{bare}/albums", token), _rate(f"{ours}/api/v1/albums?limit={ROWS}", token)) for _ in range(ROUNDS)
    ]
    theirs, mine = (statistics.median(side) for side in zip(*rates, strict=True))
    print(f"### `GET /albums?limit={ROWS}` at {TRACKS_SEEDED:,} tracks, {CONNECTIONS} connections\n")
    print("| handler | requests/s | ratio |\n|---|---|---|")
    print(
        f"| bare: the same rows by SQL on the driver, in a thread; nobody is asked who they are | {theirs:.0f} | 1.00 |"
    )
    print(f"| Tutti | {mine:.0f} | {mine / theirs:.2f} |\n")


def _print_last_pages(ours: str, token: str, cursors: dict[tuple[str, str], str]) -> None:
    print("### The last page against the first\n")
    print("| list | first, requests/s | last, requests/s | last takes |\n|---|---|---|---|")
    for (kind, sort), cursor in cursors.items():
        url = f"{ours}/api/v1/{kind}?limit={ROWS}&sort={sort}&order=asc"
        rates = [(_rate(url, token), _rate(f"{url}&cursor={cursor}", token)) for _ in range(ROUNDS)]
        first, last = (statistics.median(side) for side in zip(*rates, strict=True))
        print(f"| `/{kind}?sort={sort}` | {first:.0f} | {last:.0f} | {first / last:.2f} x |")


def _rate(url: str, token: str) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-H", f"Authorization: {token}", url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = _RATE.search(said)
    assert found is not None, said
    assert "Non-2xx" not in said, said
    return float(found[1])


if __name__ == "__main__":
    main()

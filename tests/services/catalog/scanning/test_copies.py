"""Copies of the catalogue: one scan of a library between them, seen and stopped from each; one of them watches."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from support.audio import audio_bytes
from support.composer import Plan
from support.copies import several
from support.postgres import Postgres
from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.live import Live
from tutti.kit.service import Process
from tutti.main import SERVICES
from tutti.services.catalog import module as catalog
from tutti.services.catalog.api import DemoNotWritten, Scan, ScanCounts, ScanRunning
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.repository import scan_log
from tutti.services.catalog.service import scanning
from tutti.services.catalog.service.demo import DemoService
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanner.scan import ScanRun
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.tables import scans as scan_rows

LIMIT_S = 90
ADMIN = Identity("01900000-0000-7000-8000-0000000000aa", "ada", "admin", "s")
CUT = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Copy:
    """The catalogue in one of the processes."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self.scans = process.provided(ScanService)
        self.libraries = process.provided(LibraryService)

    async def state(self, library_id: str) -> str:
        return (await self.scans.get_scan(library_id)).state


@pytest.fixture
async def copies(postgres: Postgres, tmp_path: Path) -> AsyncIterator[tuple[Copy, Copy]]:
    async with postgres.fresh_database() as url, several(tmp_path, url) as started:
        unwatched = {"TUTTI_CATALOG_WATCH": "false"}
        yield Copy(await started.start(**unwatched)), Copy(await started.start(**unwatched))


@pytest.fixture
async def library_id(copies: tuple[Copy, Copy], tmp_path: Path) -> str:
    root = tmp_path / "music"
    root.mkdir()
    for number in range(3):
        (root / f"{number}.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=number))
    return (await copies[0].libraries.create_library(NewLibrary(name="m", path=str(root), watch=False))).id


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Scans say that they have found 7 files, and go on when this is set; they are written down all the time."""
    go_on = asyncio.Event()
    run = ScanRun.run

    async def slow(self: ScanRun) -> None:
        self._progress.walk_on(total=7, unchanged=0, skipped=0, walked=False)
        await go_on.wait()
        await run(self)

    monkeypatch.setattr(ScanRun, "run", slow)
    monkeypatch.setattr(scanning, "_NOTED_EVERY_S", 0.02)
    return go_on


async def becomes(wanted: str, ask: Callable[[], Awaitable[str]]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while await ask() != wanted:
            await asyncio.sleep(0.01)


async def test_a_library_is_scanned_by_one_copy_and_seen_from_the_other(
    copies: tuple[Copy, Copy], library_id: str, held_up: asyncio.Event
) -> None:
    here, there = copies
    begun = await here.scans.start(library_id)
    for refused in (there.scans.start(library_id), there.scans.scan(library_id), there.libraries.purge(library_id)):
        with pytest.raises(ScanRunning):
            await refused
    with pytest.raises(ScanRunning):
        await there.libraries.delete_library(library_id)
    async with asyncio.timeout(LIMIT_S):
        while (await there.scans.get_scan(library_id)).counts.total != 7:
            await asyncio.sleep(0.01)
    assert (await there.scans.get_scan(library_id)).id == begun.id
    held_up.set()
    await becomes("done", lambda: there.state(library_id))
    assert (await there.scans.get_scan(library_id)).counts.bad + (await here.scans.get_scan(library_id)).counts.added


async def test_a_scan_is_stopped_from_the_other_copy(
    copies: tuple[Copy, Copy], library_id: str, held_up: asyncio.Event
) -> None:
    here, there = copies
    await here.scans.start(library_id)
    await there.scans.cancel(library_id)
    await here.scans.wait(library_id)
    assert await here.state(library_id) == await there.state(library_id) == "cancelled"
    held_up.set()
    await there.scans.start(library_id)
    await there.scans.wait(library_id)
    assert await here.state(library_id) == "done"


async def test_a_scan_that_changes_nothing_is_seen_by_both_and_forgotten_with_the_next(
    copies: tuple[Copy, Copy], library_id: str
) -> None:
    here, there = copies
    for scanner, other in ((here, there), (there, here), (here, there), (there, here)):
        scan = await scanner.scans.scan(library_id)
        assert (await other.scans.get_scan(library_id)).id == scan.id
    count = sa.select(sa.func.count()).select_from(scan_rows)
    assert await here.process.db.read(lambda db: db.scalar(count)) == 2, "the first one, and the last one"


async def taken_over(copy: Copy, library_id: str) -> Scan:
    """Scan as soon as the library is free: PostgreSQL tells of a cut before it lets go of what was held."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            with suppress(ScanRunning):
                return await copy.scans.scan(library_id)
            await asyncio.sleep(0.01)


async def test_a_scan_whose_connection_is_cut_ends_and_another_copy_takes_over(
    copies: tuple[Copy, Copy], library_id: str, held_up: asyncio.Event
) -> None:
    here, there = copies
    await here.scans.start(library_id)
    await there.process.db.read(lambda db: db.execute(sa.text(CUT)).close())
    await here.scans.wait(library_id)
    assert await here.state(library_id) == "interrupted"
    held_up.set()
    assert (await taken_over(there, library_id)).state == "done"
    assert await here.state(library_id) == "done"


@asynccontextmanager
async def left_behind(copy: Copy, library_id: str, silent: timedelta) -> AsyncIterator[Scan]:
    """A scan that seems to run, last heard of some time ago."""
    scan = Progress(library_id, Live(), full=False).scan
    await copy.process.db.write(scan_log.begin_scan, scan, now() - silent)
    yield scan


@pytest.mark.parametrize(("silent", "shown"), [(timedelta(hours=1), "interrupted"), (timedelta(0), "running")])
async def test_a_scan_that_nobody_runs_is_not_shown_as_running_for_long(
    copies: tuple[Copy, Copy], library_id: str, silent: timedelta, shown: str
) -> None:
    async with left_behind(copies[0], library_id, silent):
        assert await copies[1].state(library_id) == shown


async def test_a_scan_that_is_silent_and_held_is_left_alone(copies: tuple[Copy, Copy], library_id: str) -> None:
    here, there = copies
    async with here.process.db.exclusive(f"scan {library_id}"), left_behind(here, library_id, timedelta(hours=1)):
        assert await there.state(library_id) == "running"
        async with there.scans.running():  # as at the start of one more copy
            assert await there.state(library_id) == "running"


async def test_a_start_notes_what_nobody_runs(copies: tuple[Copy, Copy], library_id: str) -> None:
    async with left_behind(copies[0], library_id, timedelta(0)), copies[1].scans.running():
        assert await copies[1].state(library_id) == "interrupted"
    assert ScanCounts() == (await copies[1].scans.get_scan(library_id)).counts


async def test_a_demo_that_only_one_process_would_see_is_refused(copies: tuple[Copy, Copy]) -> None:
    with pytest.raises(DemoNotWritten, match="TUTTI_CATALOG_DEMO_FOLDER"):
        await copies[0].process.provided(DemoService).create(ADMIN)


async def test_one_demo_is_made_where_processes_share_its_folder(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(tmp_path / "plan.json", audio_bytes("ape", seconds=0.1, pitch_hz=440))
    plan.make("One", of=2, then="hang")
    monkeypatch.setitem(SERVICES, "catalog", partial(catalog.build, demo_command=plan.command))
    shared = {"TUTTI_CATALOG_DEMO_FOLDER": str(tmp_path / "shared" / "demo"), "TUTTI_CATALOG_WATCH": "false"}
    async with postgres.fresh_database() as url, several(tmp_path, url) as started:
        copies = [Copy(await started.start("catalog", "accounts", **shared)) for _ in range(2)]
        demos = [copy.process.provided(DemoService) for copy in copies]
        made, again = await asyncio.gather(*(demo.create(ADMIN) for demo in demos))
        assert (made.id, made.path) == (again.id, str(tmp_path / "shared" / "demo"))
        async with asyncio.timeout(LIMIT_S):
            while [(await copy.scans.get_scan(made.id)).counts.added for copy in copies] != [1, 1]:
                await asyncio.sleep(0.01)
        assert len(plan.pids) == 1
    assert plan.running == []

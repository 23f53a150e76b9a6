"""The demo library comes by itself: heard from its first album on, and begun again wherever it was stopped."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from support.audio import audio_bytes
from support.composer import Ending, Plan
from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.live import Live
from tutti.services.catalog.api import DemoNotWritten, Library, LibraryPathTaken, Scan, ScanCounts
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.repository import scan_log
from tutti.services.catalog.service import composing
from tutti.services.catalog.service.composing import Composer
from tutti.services.catalog.service.demo import DemoPlace, DemoService
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.service.settings import CatalogSettings

LIMIT_S = 90
ADMIN = Identity("01900000-0000-7000-8000-0000000000aa", "ada", "admin", "s")


class Demo:
    """What a process has of the catalogue to make the demo library with."""

    def __init__(
        self,
        db: Database,
        folder: Path,
        plan: Plan,
        *,
        silence_s: float = LIMIT_S,
        command: Sequence[str] | None = None,
    ) -> None:
        open_event_log(db, EventSettings())
        self.db, self.folder, self.plan = db, folder, plan
        settings = CatalogSettings(scan_workers=1)
        self.libraries = LibraryService(db, settings, plan.file.parent / "state")
        composer = Composer(command or plan.command, folder, silence_s)
        fills = {str(folder.resolve()): composer.compose}
        self.scans = ScanService(db, Live(), settings, self.libraries, CoverDescriptions(db), fills)
        self.service = DemoService(db, self.libraries, self.scans, DemoPlace(folder))

    async def make(self) -> Library:
        """As somebody who presses the button, and waits for the end."""
        library = await self.service.create(ADMIN)
        await self.scans.wait(library.id)
        return await self.libraries.get_library(ADMIN, library.id)

    async def heard(self, library: Library, tracks: int) -> Scan:
        """Wait until so many tracks can be heard."""
        async with asyncio.timeout(LIMIT_S):
            while (await self.libraries.get_library(ADMIN, library.id)).track_count < tracks:
                await asyncio.sleep(0.01)
            while (scan := await self.scans.get_scan(library.id)).counts.added < tracks:
                await asyncio.sleep(0.01)
        return scan


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(tmp_path / "plan.json", audio_bytes("ape", seconds=0.1, pitch_hz=440))


@pytest.fixture
async def demo(db: Database, tmp_path: Path, plan: Plan) -> AsyncIterator[Demo]:
    made = Demo(db, tmp_path / "music" / "demo", plan)
    async with made.scans.running():
        yield made
    assert plan.running == [], "a writer outlives its server"


async def test_the_first_album_is_heard_while_the_rest_is_composed(demo: Demo) -> None:
    demo.plan.make("One", of=3, then="hang")
    library = await demo.service.create(ADMIN)
    assert (library.name, library.path, library.watch) == ("Demo", str(demo.folder), False)
    assert library.last_scan is not None
    assert library.last_scan.state == "running"
    scan = await demo.heard(library, 1)
    assert (scan.state, scan.counts.composed, scan.counts.to_compose) == ("running", 1, 3)


async def test_it_is_done_when_all_of_it_is_there(demo: Demo) -> None:
    demo.plan.make("One", "Two", "Three", of=3)
    library = await demo.make()
    assert library.track_count == 3
    assert library.last_scan is not None
    counts = library.last_scan.counts
    assert (library.last_scan.state, counts.added, counts.composed, counts.to_compose) == ("done", 3, 3, 3)
    assert (counts.seen, counts.total, counts.unchanged, counts.walked) == (3, 3, 3, True), "as of the last walk"


async def test_pressing_again_finds_it_complete(demo: Demo) -> None:
    demo.plan.make("One", of=1)
    first, second = await demo.make(), await demo.make()
    assert second.id == first.id
    assert second.last_scan is not None
    assert (second.last_scan.state, second.last_scan.counts.unchanged) == ("done", 1)


async def test_pressing_again_while_it_comes_starts_no_other_writer(demo: Demo) -> None:
    demo.plan.make("One", of=2, then="hang")
    first, second = await asyncio.gather(demo.service.create(ADMIN), demo.service.create(ADMIN))
    await demo.heard(first, 1)
    third = await demo.service.create(ADMIN)
    assert first.id == second.id == third.id
    assert len(demo.plan.pids) == 1


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("refuse", "No space left on device. Make room on the disk and try again"),
        ("killed", "ended from outside (SIGKILL)"),
        ("babble", "speaks another language"),
        ("shout", "speaks another language"),
    ],
)
async def test_a_failure_is_told_and_the_next_scan_goes_on_from_there(demo: Demo, ending: Ending, said: str) -> None:
    demo.plan.make("One", of=2, then=ending)
    failed = await demo.make()
    assert failed.last_scan is not None
    assert (failed.last_scan.state, failed.track_count) == ("failed", 1)
    assert said in (failed.last_scan.reason or "")
    assert "try again: a scan goes on where this one stopped" in (failed.last_scan.reason or "")
    demo.plan.make("One", "Two", of=2)
    await demo.scans.start(failed.id)
    await demo.scans.wait(failed.id)
    whole = await demo.libraries.get_library(ADMIN, failed.id)
    assert whole.last_scan is not None
    assert (whole.last_scan.state, whole.last_scan.counts.added, whole.track_count) == ("done", 1, 2)


async def test_a_failure_before_the_first_album_is_told_too(demo: Demo) -> None:
    demo.plan.make(of=2, then="refuse")
    failed = (await demo.make()).last_scan
    assert failed is not None
    assert (failed.state, failed.counts.composed) == ("failed", 0)
    assert "No space left" in (failed.reason or "")


async def test_a_writer_that_falls_silent_is_given_up(db: Database, tmp_path: Path, plan: Plan) -> None:
    plan.make(of=2, then="hang")
    failed = (await Demo(db, tmp_path / "demo", plan, silence_s=0.5).make()).last_scan
    assert failed is not None
    assert failed.state == "failed"
    assert "made nothing" in (failed.reason or "")
    assert plan.running == []


async def test_a_writer_that_cannot_be_started_is_told(db: Database, tmp_path: Path, plan: Plan) -> None:
    failed = (await Demo(db, tmp_path / "demo", plan, command=("/no/python",)).make()).last_scan
    assert failed is not None
    assert "cannot be started (No such file or directory)" in (failed.reason or "")


@pytest.mark.parametrize("ending", ["hang", "deaf"])
async def test_a_server_that_stops_takes_the_writer_with_it(
    db: Database, tmp_path: Path, plan: Plan, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "_STOP_S", 0.5)
    demo = Demo(db, tmp_path / "demo", plan)
    plan.make("One", of=2, then=ending)
    async with demo.scans.running():
        library = await demo.service.create(ADMIN)
        await demo.heard(library, 1)
        assert len(plan.running) == 1
    assert plan.running == []
    assert (await demo.scans.get_scan(library.id)).state == "cancelled"


async def test_stopping_the_scan_stops_the_writer_and_pressing_again_goes_on(demo: Demo) -> None:
    demo.plan.make("One", of=2, then="hang")
    library = await demo.service.create(ADMIN)
    await demo.heard(library, 1)
    await demo.scans.cancel(library.id)
    assert demo.plan.running == []
    assert (await demo.scans.get_scan(library.id)).state == "cancelled"
    demo.plan.make("One", "Two", of=2)
    assert (await demo.make()).track_count == 2


async def test_what_a_killed_server_left_is_completed_after_its_restart(db: Database, demo: Demo) -> None:
    demo.plan.make("One", of=2)
    library = await demo.make()
    left = Progress(library.id, Live(), full=False)
    left.compose_on(composed=1, to_compose=2)
    await db.write(scan_log.begin_scan, left.scan, now() - timedelta(seconds=1))
    demo.plan.make("One", "Two", of=2)
    restarted = Demo(db, demo.folder, demo.plan)
    async with restarted.scans.running():
        assert (await restarted.scans.get_scan(library.id)).state == "interrupted"
        whole = await restarted.make()
    assert (whole.id, whole.track_count) == (library.id, 2)
    assert whole.last_scan is not None
    assert whole.last_scan.state == "done"


async def test_what_changed_in_a_folder_is_scanned_without_the_writer(demo: Demo) -> None:
    demo.plan.make("One", of=1)
    library = await demo.make()
    await demo.scans.start(library.id, folders=["One"])
    await demo.scans.wait(library.id)
    assert len(demo.plan.pids) == 1


async def test_a_library_of_the_demo_folder_is_the_demo_library_whatever_its_name(demo: Demo) -> None:
    demo.folder.mkdir(parents=True)
    demo.plan.make("One", of=1)
    mine = await demo.libraries.create_library(NewLibrary(name="Something to try", path=str(demo.folder)))
    assert ((await demo.make()).id, len(await demo.libraries.list_rows())) == (mine.id, 1)


@pytest.mark.parametrize(("name", "where"), [("Demo", "elsewhere"), ("Music", "music")])
async def test_another_library_of_its_name_or_around_its_folder_is_in_the_way(
    demo: Demo, tmp_path: Path, name: str, where: str
) -> None:
    (tmp_path / where).mkdir()
    await demo.libraries.create_library(NewLibrary(name=name, path=str(tmp_path / where)))
    with pytest.raises(LibraryPathTaken):
        await demo.service.create(ADMIN)
    assert demo.plan.pids == []


async def test_a_folder_that_cannot_be_made_is_refused_with_the_next_step(demo: Demo) -> None:
    demo.folder.parent.mkdir()
    demo.folder.write_text("in the way")
    with pytest.raises(DemoNotWritten, match=r"File exists. Mend that, or choose another place with TUTTI_CATALOG_"):
        await demo.service.create(ADMIN)
    assert await demo.libraries.list_rows() == []


def test_counts_of_a_newer_version_are_left_out() -> None:
    row = ("s", "l", "done", False, {"added": 4, "invented": 5}, None, now(), None)
    assert scan_log.as_scan(row).counts == ScanCounts(added=4)

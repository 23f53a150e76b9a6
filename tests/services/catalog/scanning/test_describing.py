"""Covers are looked at after the scan that found them, which holds the library no longer."""

import asyncio
import time
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from support.audio import audio_bytes
from support.images import cover
from support.scanning import Shelves
from tutti.services.catalog.api import Scan, ScanRunning
from tutti.services.catalog.repository import scan_log
from tutti.services.catalog.service import describing
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.reading.cover_images import CoverInfo
from tutti.services.catalog.service.scanner.cover_worker import CoverPlace
from tutti.services.catalog.service.scanner.lock import only_scan
from tutti.services.catalog.service.scanner.scan import ScanRun
from tutti.services.catalog.service.scanner.worker_process import WorkerProcess
from tutti.services.catalog.tables import covers

LIMIT_S = 90


def fill(folder: Path, pitch_hz: int) -> None:
    """A track and an image of its own beside it."""
    folder.mkdir()
    (folder / "one.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=pitch_hz))
    (folder / "cover.jpg").write_bytes(cover(color=f"#0000{pitch_hz:02x}"))


async def undescribed(shelves: Shelves) -> int:
    count = sa.select(sa.func.count()).where(sa.not_(covers.c.described))
    return await shelves.db.read(lambda db: db.scalar(count)) or 0


class Looking:
    """Stands before the process that looks at covers: it goes on when it may."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.may = asyncio.Event(), asyncio.Event()
        self.turns = self.most = 0
        self._ask = CoverDescriptions._ask
        monkeypatch.setattr(CoverDescriptions, "_ask", lambda asked, places: self._held_up(asked, places))

    async def _held_up(self, asked: CoverDescriptions, places: list[CoverPlace]) -> list[CoverInfo | None]:
        self.turns += 1
        self.most = max(self.most, self.turns)
        self.begun.set()
        try:
            await self.may.wait()
            return await self._ask(asked, places)
        finally:
            self.turns -= 1


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Looking:
    return Looking(monkeypatch)


async def described(shelves: Shelves) -> None:
    async with asyncio.timeout(LIMIT_S):
        while await undescribed(shelves):
            await asyncio.sleep(0.01)


async def test_a_library_whose_covers_are_looked_at_is_free(shelves: Shelves, looking: Looking, tmp_path: Path) -> None:
    first, second = await shelves.add("first"), await shelves.add("second")
    fill(tmp_path / "first" / "a", 1)
    fill(tmp_path / "second" / "b", 2)
    async with asyncio.timeout(LIMIT_S), shelves.scans.running():
        await shelves.scans.start(first)
        await looking.begun.wait()
        await shelves.scans.wait(first)
        assert (await shelves.scans.get_scan(first)).state == "done"
        for library_id in (first, second):
            await shelves.scans.start(library_id)
            await shelves.scans.wait(library_id)
        await shelves.libraries.delete_library(first)
        assert await undescribed(shelves) == 1
        looking.may.set()
        await described(shelves)
        assert looking.most == 1


async def test_a_command_waits_for_covers_and_holds_nothing_meanwhile(
    shelves: Shelves, looking: Looking, tmp_path: Path
) -> None:
    library_id = await shelves.add("first")
    fill(tmp_path / "first" / "a", 1)
    async with asyncio.timeout(LIMIT_S):
        scanning = asyncio.create_task(shelves.scans.scan(library_id))
        await looking.begun.wait()
        async with only_scan(shelves.db, library_id):
            assert not scanning.done()
        looking.may.set()
        assert (await scanning).state == "done"
    assert await undescribed(shelves) == 0


async def test_what_failed_once_is_looked_at_after_the_next_scan(
    shelves: Shelves, looking: Looking, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library_id = await shelves.add("first")
    fill(tmp_path / "first" / "a", 1)
    ask, failed = CoverDescriptions._ask, asyncio.Event()

    async def fail(_asked: CoverDescriptions, _places: list[CoverPlace]) -> list[CoverInfo | None]:
        failed.set()
        raise OSError("no more processes")

    looking.may.set()
    async with asyncio.timeout(LIMIT_S), shelves.scans.running():
        monkeypatch.setattr(CoverDescriptions, "_ask", fail)
        await shelves.scans.start(library_id)
        await failed.wait()
        monkeypatch.setattr(CoverDescriptions, "_ask", ask)
        await shelves.scans.wait(library_id)
        await shelves.scans.start(library_id)
        await described(shelves)


async def test_the_process_that_looks_ends_with_ours(
    shelves: Shelves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when it is stopped between two images, while nothing is asked of it."""
    library_id = await shelves.add("first")
    fill(tmp_path / "first" / "a", 1)
    writing = asyncio.Event()
    stopped: list[WorkerProcess] = []
    stop = WorkerProcess.stop

    async def noted(worker: WorkerProcess) -> None:
        stopped.append(worker)
        await stop(worker)

    def never_written(*_: object) -> None:
        loop.call_soon_threadsafe(writing.set)
        raise RuntimeError

    loop = asyncio.get_running_loop()
    monkeypatch.setattr(WorkerProcess, "stop", noted)
    async with asyncio.timeout(LIMIT_S), shelves.scans.running():
        await shelves.scans.start(library_id)
        await shelves.scans.wait(library_id)
        stopped.clear()
        monkeypatch.setattr(describing.describing, "describe_covers", never_written)
        await writing.wait()
    assert len(stopped) == 1


async def test_who_sees_that_a_scan_is_over_may_begin_another_or_delete(
    shelves: Shelves, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is over for everybody to see before that is written down and the library let go."""
    run, save_scan, refused = ScanRun.run, scan_log.save_scan, asyncio.Event()

    async def run_later(scan: ScanRun) -> None:
        await refused.wait()  # it goes on for as long as nobody was refused
        await run(scan)

    def save_slowly(db: Connection, scan: Scan, at: datetime) -> bool:
        if scan.state == "done":
            time.sleep(0.3)
        return save_scan(db, scan, at)

    monkeypatch.setattr(ScanRun, "run", run_later)
    monkeypatch.setattr(scan_log, "save_scan", save_slowly)
    library_id = await shelves.add("first")
    fill(tmp_path / "first" / "a", 1)
    async with asyncio.timeout(LIMIT_S), shelves.scans.running():
        for _ in range(2):
            refused.clear()
            await shelves.scans.start(library_id)
            with pytest.raises(ScanRunning):
                await shelves.scans.start(library_id)
            refused.set()
            while (await shelves.scans.get_scan(library_id)).state == "running":
                await asyncio.sleep(0.001)
        await shelves.libraries.delete_library(library_id)

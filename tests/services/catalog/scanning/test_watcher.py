"""Of all copies one watches the libraries; another takes over, and looks at what happened meanwhile."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import watchfiles.main
from watchfiles._rust_notify import RustNotify

from support.audio import audio_bytes
from tutti.kit.auth import Identity
from tutti.kit.db import Busy, Database, Hold, open_database
from tutti.kit.db.outages import DiskFull
from tutti.kit.events.log import open_event_log
from tutti.kit.events.settings import EventSettings
from tutti.kit.live import Live
from tutti.kit.settings import Base
from tutti.services.catalog.api import LibraryNotFound, Scan
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.service import folder_changes as folder_changes_module
from tutti.services.catalog.service import watcher as watcher_module
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.service.watcher import Watcher

LIMIT_S = 90
ADMIN = Identity("01900000-0000-7000-8000-0000000000aa", "ada", "admin", "s")


class Copy:
    """What one process has of the catalogue to watch with."""

    def __init__(self, db: Database, data_dir: Path) -> None:
        open_event_log(db, EventSettings())
        self.refused = asyncio.Event()
        """Whether another copy was found to watch."""
        self._hold = db.exclusive
        db.exclusive = self._exclusive
        settings = CatalogSettings(watch_quiet_ms=50, watch_poll_s=0.05, scan_workers=1)
        self.libraries = LibraryService(db, settings, data_dir)
        self.scans = ScanService(db, Live(), settings, self.libraries, CoverDescriptions(db))
        self.watcher = Watcher(db, self.libraries, self.scans, settings)

    @asynccontextmanager
    async def _exclusive(self, name: str) -> AsyncIterator[Hold]:
        try:
            async with self._hold(name) as hold:
                yield hold
        except Busy:
            self.refused.set()
            raise

    @property
    def watches(self) -> bool:
        return bool(self.watcher._watched)


@pytest.fixture
async def copies(base: Base, tmp_path: Path) -> AsyncIterator[list[Copy]]:
    opened = [open_database(base) for _ in range(2)]
    for each in opened:
        await each.start()
    yield [Copy(each, tmp_path / "data") for each in opened]
    for each in opened:
        await each.stop()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher_module, "_LOOK_AGAIN_S", 0.05)
    monkeypatch.setattr(watcher_module, "_TAKE_OVER_S", 0.05)
    monkeypatch.setattr(folder_changes_module, "_WAKE_MS", 100)


async def test_one_watches_and_the_other_takes_over(copies: list[Copy], tmp_path: Path) -> None:
    root = tmp_path / "music"
    root.mkdir()
    sound = audio_bytes("ape", seconds=0.1, pitch_hz=440)
    library = await copies[0].libraries.create_library(NewLibrary(name="m", path=str(root), watch=True))

    async def reaches(count: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while (await copies[0].libraries.get_library(ADMIN, library.id)).track_count != count:
                await asyncio.sleep(0.02)

    async def watching(copy: Copy) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not copy.watches:
                await asyncio.sleep(0.01)

    first, second = copies
    async with second.scans.running():
        async with first.scans.running(), first.watcher.running():
            await watching(first)
            taking = second.watcher.running()
            await taking.__aenter__()
            await asyncio.wait_for(second.refused.wait(), LIMIT_S)
            assert not second.watches
        (root / "while nobody watched.ape").write_bytes(sound)
        await watching(second)
        await reaches(1)
        assert not first.watches
        await taking.__aexit__(None, None, None)


async def test_what_changed_while_nothing_ran_is_found_at_the_start(
    copies: list[Copy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a change that would tell; and the system is asked to watch in a thread, since that takes long."""
    root = tmp_path / "music"
    root.mkdir()
    (root / "1.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=440))
    threads: list[int] = []

    def noted(*arguments: Any) -> RustNotify:
        threads.append(threading.get_ident())
        return RustNotify(*arguments)

    monkeypatch.setattr(watchfiles.main, "RustNotify", noted)
    copy = copies[0]
    library = await copy.libraries.create_library(NewLibrary(name="m", path=str(root), watch=True))
    async with asyncio.timeout(LIMIT_S), copy.scans.running(), copy.watcher.running():
        while (await copy.libraries.get_library(ADMIN, library.id)).track_count == 0:
            await asyncio.sleep(0.02)
    assert threads
    assert threading.get_ident() not in threads


async def test_a_new_library_is_not_compared_by_itself(copies: list[Copy], tmp_path: Path) -> None:
    """Whoever adds it says when it is scanned; what changes in it from then on is seen."""
    root = tmp_path / "music"
    root.mkdir()
    (root / "1.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=440))
    (tmp_path / "old").mkdir()
    copy = copies[0]
    await copy.libraries.create_library(NewLibrary(name="old", path=str(tmp_path / "old"), watch=True))
    async with asyncio.timeout(LIMIT_S), copy.scans.running(), copy.watcher.running():
        while not copy.watches:
            await asyncio.sleep(0.02)
        library = await copy.libraries.create_library(NewLibrary(name="m", path=str(root), watch=True))
        while len(copy.watcher._watched) < 2:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        with pytest.raises(LibraryNotFound):  # it was not scanned
            await copy.scans.get_scan(library.id)


@pytest.mark.parametrize("late", [False, True], ids=["at a change", "as it compares"])
async def test_no_failure_of_one_turn_ends_the_watching(
    copies: list[Copy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    root = tmp_path / "music"
    root.mkdir()
    copy, start, failed = copies[0], ScanService.start, asyncio.Event()

    async def fail_once(self: ScanService, library_id: str, **how: Any) -> Scan:
        if not failed.is_set():
            failed.set()
            raise DiskFull("no room")
        return await start(self, library_id, **how)

    monkeypatch.setattr(ScanService, "start", fail_once)
    async with asyncio.timeout(LIMIT_S), copy.scans.running():
        new = NewLibrary(name="m", path=str(root), watch=True)
        if late:
            library = await copy.libraries.create_library(new)
        watching = asyncio.create_task(copy.watcher._keep_watching())
        await asyncio.sleep(0.2)
        if not late:
            library = await copy.libraries.create_library(new)
        number = 0
        while (await copy.libraries.get_library(ADMIN, library.id)).track_count == 0:
            number += 1
            (root / f"{number}.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=440))
            await asyncio.sleep(0.2)
        assert failed.is_set()
        watching.cancel()
        await asyncio.wait([watching])
        assert watching.cancelled()
        assert not copy.watches

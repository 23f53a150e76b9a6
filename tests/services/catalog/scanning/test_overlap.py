"""The walk goes on while files are read, and neither waits for the other for ever."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from support.audio import audio_bytes
from support.scanning import LIBRARY_ID, Scanned
from tutti.kit.db import Hold
from tutti.kit.live import Live
from tutti.services.catalog.repository.scanning import SeenFolder
from tutti.services.catalog.service.scanner import comparing, scan, writer
from tutti.services.catalog.service.scanner.comparing import FolderChange
from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanner.scan import Job, ScanRun
from tutti.services.catalog.service.scanner.spool import Spool
from tutti.services.catalog.service.scanner.walk import Listing, UnreadableFolder, WalkRules, walk
from tutti.services.catalog.tables import artists

LIMIT_S = 90


class Heard(Progress):
    """Says when the first files are in the catalogue."""

    def __init__(self) -> None:
        super().__init__(LIBRARY_ID, Live(), full=False)
        self.added = threading.Event()

    def count(self, **more: int) -> None:
        super().count(**more)
        if more.get("added"):
            self.added.set()


@pytest.fixture
def two_folders(music: Scanned, monkeypatch: pytest.MonkeyPatch) -> Scanned:
    """Thirty files in the first, one in the second; a stretch of the walk is a folder."""
    monkeypatch.setattr(comparing, "_FOLDERS_AT_ONCE", 1)
    for folder, count in (("a", 30), ("b", 1)):
        (music.root / folder).mkdir()
        for number in range(count):
            (music.root / folder / f"{number}.ape").write_bytes(audio_bytes("ape", seconds=0.1, pitch_hz=number))
    return music


async def run(music: Scanned, progress: Progress) -> None:
    async with asyncio.timeout(LIMIT_S):
        await ScanRun(music.db, Hold("scan"), music.settings, Job(LIBRARY_ID, str(music.root)), progress).run()


async def test_files_of_a_new_library_are_written_before_it_is_walked_to_its_end(
    two_folders: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Heard()
    in_time: list[bool] = []

    def waiting(root: str, start: str, rules: WalkRules) -> Iterator[Listing | UnreadableFolder]:
        for listing in walk(root, start, rules):
            if listing.path == "b":
                in_time.append(progress.added.wait(LIMIT_S))
            yield listing

    monkeypatch.setattr(scan, "walk", waiting)
    await run(two_folders, progress)
    assert in_time == [True]
    counts = progress.scan.counts
    assert (counts.total, counts.seen, counts.added, counts.walked) == (31, 31, 31, True)


async def test_artists_are_counted_while_a_scan_goes_on(two_folders: Scanned, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_SETTLE_FIRST_S", 0)
    counted = threading.Event()

    def waiting(root: str, start: str, rules: WalkRules) -> Iterator[Listing | UnreadableFolder]:
        for listing in walk(root, start, rules):
            if listing.path == "b":
                assert counted.wait(LIMIT_S)
            yield listing

    async def count() -> int:
        statement = sa.select(sa.func.sum(artists.c.track_count))
        while not (found := await two_folders.db.read(lambda db: db.scalar(statement))):
            await asyncio.sleep(0.01)
        counted.set()
        return int(found)

    monkeypatch.setattr(scan, "walk", waiting)
    looking = asyncio.create_task(count())
    await run(two_folders, Heard())
    assert 0 < await looking <= 30


async def test_a_walk_that_breaks_off_ends_the_scan_and_what_was_read_stays(
    two_folders: Scanned, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(root: str, start: str, rules: WalkRules) -> Iterator[Listing | UnreadableFolder]:
        for listing in walk(root, start, rules):
            if listing.path == "b":
                raise RuntimeError("the walk broke off")
            yield listing

    with monkeypatch.context() as patched:
        patched.setattr(scan, "walk", broken)
        with pytest.raises(RuntimeError, match="broke off"):
            await run(two_folders, Heard())
    assert len(await two_folders.track_ids()) == 30
    assert (await two_folders.scan()).counts.added == 1


def change(number: int) -> FolderChange:
    return FolderChange(SeenFolder(str(number), 0, None, None, "x" * 1000), [], late=False)


async def test_a_spool_gives_back_in_order_while_more_is_put() -> None:
    spool = Spool()

    async def take() -> list[str]:
        return [each.seen.path async for each in spool.take()]

    taking = asyncio.create_task(take())
    for number in range(6_000):  # more than stays in memory
        spool.put(change(number))
        if number % 1_000 == 0:
            await asyncio.sleep(0)  # its turn
    spool.end()
    async with asyncio.timeout(LIMIT_S):
        assert await taking == [str(number) for number in range(6_000)]
    spool.close()

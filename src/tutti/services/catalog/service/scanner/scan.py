"""One scan of one library, from the walk to the last count."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from pathlib import Path

import msgspec

from tutti.kit.db import Database, Hold
from tutti.services.catalog.repository import scanning
from tutti.services.catalog.repository.scanned import BadFile, ScannedFile
from tutti.services.catalog.repository.scanning import SeenFolder
from tutti.services.catalog.service.scanner.behind import alongside, one_behind
from tutti.services.catalog.service.scanner.comparing import Comparison, Walked
from tutti.services.catalog.service.scanner.placing import Places
from tutti.services.catalog.service.scanner.progress import Progress
from tutti.services.catalog.service.scanner.spool import Spool
from tutti.services.catalog.service.scanner.threads import in_thread
from tutti.services.catalog.service.scanner.walk import Listing, UnreadableFolder, walk
from tutti.services.catalog.service.scanner.worker import ToRead
from tutti.services.catalog.service.scanner.workers import Workers
from tutti.services.catalog.service.scanner.writer import Writer
from tutti.services.catalog.service.settings import CatalogSettings

_FIRST_BATCH = 128
"""Batches grow from this: the first music is there, and the writer at work, as soon as any has been read."""


class ScanFailed(Exception):
    """The scan cannot go on; the message says why."""


class Job(msgspec.Struct, frozen=True):
    """What to scan."""

    library_id: str
    root: str
    full: bool = False
    folders: tuple[str, ...] | None = None
    """Only these, relative to the root, and what is below them; None for all."""
    recount: bool = False
    """Whether the last scan ended before it had counted everything."""


class ScanRun:
    """Carries out one job. Cancelling its task is safe at any time: each batch stands by itself."""

    def __init__(self, db: Database, hold: Hold, settings: CatalogSettings, job: Job, progress: Progress) -> None:
        self._db = db
        self._hold = hold
        self._settings = settings
        self._job = job
        self._progress = progress
        self._late: list[SeenFolder] = []

    async def run(self) -> None:
        """Scan.

        Raises:
            ScanFailed: the library's folder is away, unreadable, or empty though it was not.
            HoldLost: another process may hold the library by now; nothing is written from here on.
        """
        job = self._job
        listings = await self._listings()
        comparison = Comparison(self._db, job.library_id, full=job.full, whole=job.folders is None)
        walked = comparison.walked
        with closing(Spool()) as spool:
            async with alongside(self._compare(comparison, listings, spool)) as compared:
                is_new = not await self._db.read(scanning.knows_files, job.library_id)
                may_have_lost = False
                if not is_new:
                    await compared  # a file has its place once all is known that vanished
                    may_have_lost = spool.holds_any and await self._db.read(scanning.has_missing, job.library_id)
                places = Places(job.library_id, walked, is_new=is_new, may_have_lost=may_have_lost)
                writer = Writer(
                    self._db, self._hold, job.library_id, places, self._progress, batch=self._settings.scan_batch
                )
                if job.recount:
                    writer.settle_later(*await self._db.read(scanning.find_all_counted, job.library_id))
                await self._read(spool, writer, is_new=is_new)
        await writer.write_deferred()
        lost = {id_: file for id_, file in (walked.vanished | places.freed).items() if not file.missing}
        await writer.mark_missing(list(lost.values()))
        await writer.finish(self._late, walked)

    async def _compare(
        self, comparison: Comparison, listings: Iterator[Listing | UnreadableFolder], spool: Spool
    ) -> None:
        try:
            async for changes in comparison.changes(listings):
                for change in changes:
                    spool.put(change)
                self._note(comparison.walked, is_over=False)
        finally:
            spool.end()
        self._note(comparison.walked, is_over=True)

    def _note(self, walked: Walked, *, is_over: bool) -> None:
        self._progress.walk_on(total=walked.files, unchanged=walked.unchanged, skipped=walked.skipped, walked=is_over)

    async def _listings(self) -> Iterator[Listing | UnreadableFolder]:
        root, rules = self._job.root, self._settings.walk_rules
        listings = walk(root, "", rules)
        first = await in_thread(lambda: next(listings))
        if isinstance(first, UnreadableFolder):
            raise ScanFailed(f"The folder {root} cannot be read: {first.reason}.")
        if not first.file_count and not first.folders and await self._db.read(scanning.has_files, self._job.library_id):
            raise ScanFailed(f"The folder {root} is empty, though it was not: is its drive away?")
        if self._job.folders is None:
            return chain([first], listings)
        starts = await in_thread(lambda: nearest_folders(root, self._job.folders or ()))
        return (listing for start in starts for listing in walk(root, start, rules))

    async def _read(self, spool: Spool, writer: Writer, *, is_new: bool) -> None:
        ends: deque[tuple[int, SeenFolder]] = deque()
        settings = self._settings
        good: list[ScannedFile] = []
        bad: list[BadFile] = []
        read, enough = 0, min(_FIRST_BATCH, settings.scan_batch)
        workers = Workers(
            self._job.root,
            settings.tag_rules,
            count=settings.scan_workers,
            timeout_s=settings.read_timeout_s,
            at_once=is_new,
        )
        async with workers, one_behind() as start:
            async for chunk, found in workers.read(self._chunks(spool, ends)):
                read += len(chunk)
                good += found.good
                bad += found.bad
                if len(good) + len(bad) >= enough:
                    await start(partial(writer.write, good, bad, _ended(ends, read)))
                    good, bad, enough = [], [], min(2 * enough, settings.scan_batch)
        done = _ended(ends, read)
        if good or bad or done:
            await writer.write(good, bad, done)

    async def _chunks(self, spool: Spool, ends: deque[tuple[int, SeenFolder]]) -> AsyncIterator[list[ToRead]]:
        waiting: list[ToRead] = []
        total = 0
        async for change in spool.take():
            waiting += change.to_read
            total += len(change.to_read)
            if change.late:
                self._late.append(change.seen)
            else:
                ends.append((total, change.seen))
            while len(waiting) >= self._settings.scan_chunk:
                yield waiting[: self._settings.scan_chunk]
                waiting = waiting[self._settings.scan_chunk :]
        if waiting:
            yield waiting


def _ended(ends: deque[tuple[int, SeenFolder]], read: int) -> Sequence[SeenFolder]:
    """Return the folders whose last file has been read."""
    done: list[SeenFolder] = []
    while ends and ends[0][0] <= read:
        done.append(ends.popleft()[1])
    return done


def nearest_folders(root: str, folders: Sequence[str]) -> list[str]:
    """Return the folders that are there, each gone one's nearest above instead, and none below another."""
    there: set[str] = set()
    for folder in folders:
        path = folder
        while path and not Path(root, path).is_dir():
            path = path.rpartition("/")[0]
        there.add(path)
    return sorted(path for path in there if not any(above in there for above in _above(path)))


def _above(path: str) -> list[str]:
    parts = path.split("/") if path else []
    return ["/".join(parts[:n]) for n in range(len(parts))]

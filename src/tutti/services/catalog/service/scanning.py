"""Scans as use cases: start, watch, cancel; one of a library at a time, whichever process runs it."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec
import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database, Hold, HoldLost
from tutti.kit.errors import Unavailable
from tutti.kit.live import Live
from tutti.services.catalog.api import LibraryNotFound, NoFolderToRead, Scan, ScanRunning
from tutti.services.catalog.repository import scan_log
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanner.filling import Fill, scan_while_filled
from tutti.services.catalog.service.scanner.lock import only_scan
from tutti.services.catalog.service.scanner.progress import OnProgress, Progress
from tutti.services.catalog.service.scanner.scan import Job, ScanFailed, ScanRun
from tutti.services.catalog.service.scanner.writer import CancelRequested
from tutti.services.catalog.service.settings import CatalogSettings

_NOTED_EVERY_S = 2.0
_SILENT_AFTER = timedelta(minutes=1)
"""A scan that is not heard of for so long is looked for; clocks of processes may differ by half of it."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.scanner")


class ScanService:
    """Runs scans in the background of this process, or in the foreground of a command.

    How far a scan is, is written down every few seconds: another copy of the catalogue shows it from there, and asks
    there for it to stop.
    """

    def __init__(
        self,
        db: Database,
        live: Live,
        settings: CatalogSettings,
        libraries: LibraryService,
        covers: CoverDescriptions,
        fills: Mapping[str, Fill] = MappingProxyType({}),
    ) -> None:
        """``fills``: folders whose music is written here, by their paths; scanning all of one completes it first."""
        self._db = db
        self._live = live
        self._settings = settings
        self._libraries = libraries
        self._covers = covers
        self._fills = fills
        self._progress: dict[str, Progress] = {}
        """The present or last scan of each library here, which is known better than it is written down."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._over: set[str] = set()
        """Libraries of tasks whose scan is over, and that let go of them at this moment."""

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Note scans that ended with their process; stop those that are under way here at the end."""
        await self._note_interrupted()
        async with self._covers.running():
            try:
                yield
            finally:
                tasks = list(self._tasks.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    async def start(self, library_id: str, *, full: bool = False, folders: Sequence[str] | None = None) -> Scan:
        """Start a scan in the background and return it.

        Raises:
            LibraryNotFound: there is no such library.
            NoFolderToRead: it is that of uploads.
            ScanRunning: it is being scanned.
        """
        row = await self._get_folder(library_id)
        if library_id in self._over:
            await self.wait(library_id)
            self._over.discard(library_id)
        if library_id in self._tasks:
            raise ScanRunning("This library is being scanned already.", library_id=library_id)
        progress = Progress(library_id, self._live, full=full)
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run_held(row, progress, folders, begun), name=f"scan {row.name}")
        self._tasks[library_id] = task

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.pop(library_id, None)
            self._over.discard(library_id)
            if not begun.done():  # the process stops
                begun.cancel()
            elif not begun.cancelled():
                begun.exception()  # looked at, also when whoever asked has gone
            if progress.scan.state == "running":
                progress.end("cancelled")

        task.add_done_callback(ended)
        await asyncio.shield(begun)  # whoever asked may go, and the scan goes on
        return progress.scan

    async def scan(self, library_id: str, *, full: bool = False, on_progress: OnProgress | None = None) -> Scan:
        """Scan to the end, look at the covers it found, and return how it ended; for the command line.

        Raises:
            LibraryNotFound: there is no such library.
            NoFolderToRead: it is that of uploads.
            ScanRunning: it is being scanned, here or by another process.
        """
        row = await self._get_folder(library_id)
        progress = Progress(library_id, self._live, full=full, on_progress=on_progress)
        async with only_scan(self._db, library_id) as hold:
            recount = await self._begin(progress, hold)
            await self._run(Job(row.id, row.path, full=full, recount=recount), progress, hold)
        if progress.scan.state == "done":
            await self._covers.describe_new()
        return progress.scan

    async def wait(self, library_id: str) -> None:
        """Wait until the library's scan in this process is over, if there is one."""
        task = self._tasks.get(library_id)
        if task is not None:
            await asyncio.wait([task])

    async def get_scan(self, library_id: str) -> Scan:
        """Return the present or the last scan of a library.

        Raises:
            LibraryNotFound: there is no such library, or it was never scanned.
        """
        await self._libraries.get_row(library_id)
        stored = await self._db.read(scan_log.find_last_scan, library_id)
        here = self._progress[library_id].scan if library_id in self._progress else None
        if here is not None and (library_id in self._tasks or stored is None or stored.id == here.id):
            return here
        if stored is not None and stored.state == "running":
            await self._note_interrupted(now() - _SILENT_AFTER)
            stored = await self._db.read(scan_log.find_last_scan, library_id)
        if stored is None:
            raise LibraryNotFound("This library was not scanned yet.", library_id=library_id)
        return stored

    async def cancel(self, library_id: str) -> None:
        """Stop a scan; what it wrote stays. Nothing happens where none is under way.

        Raises:
            LibraryNotFound: there is no such library.
        """
        await self._libraries.get_row(library_id)
        task = self._tasks.get(library_id)
        if task is None:
            await self._db.write(scan_log.request_cancel, library_id)
            return
        task.cancel()
        await asyncio.wait([task])

    async def compare_all(self) -> None:
        """Scan every library that has a folder, one after the other; what is being scanned is left alone."""
        for row in [row for row in await self._libraries.list_rows() if row.has_folder]:
            with suppress(ScanRunning, LibraryNotFound):
                await self.start(row.id)
                await self.wait(row.id)

    async def _get_folder(self, library_id: str) -> LibraryRow:
        row = await self._libraries.get_row(library_id)
        if not row.has_folder:
            raise NoFolderToRead("Uploads are not scanned: they have no folder.", library_id=library_id)
        return row

    async def _note_interrupted(self, silent_since: datetime | None = None) -> None:
        """Note the scans that seem to run and that nobody runs, of those not heard of since then."""
        for library_id in await self._db.read(scan_log.list_silent, silent_since or now() + _SILENT_AFTER):
            with suppress(ScanRunning):
                async with only_scan(self._db, library_id):
                    await self._db.write(scan_log.interrupt_scans, library_id, now())

    async def _run_held(
        self, row: LibraryRow, progress: Progress, folders: Sequence[str] | None, begun: asyncio.Future[None]
    ) -> None:
        try:
            async with only_scan(self._db, row.id) as hold:
                recount = await self._begin(progress, hold)
                begun.set_result(None)
                job = Job(row.id, row.path, full=progress.scan.full, folders=_only(folders, recount), recount=recount)
                await self._run(job, progress, hold)
            if progress.scan.state == "done":
                self._covers.describe_soon()  # takes long, and needs no hold of the library
        except Exception as error:
            if begun.done():  # and nobody waits for this task: the log is where it can be read
                log.exception("a scan was given up", library_id=row.id)
            else:
                begun.set_exception(error)

    async def _begin(self, progress: Progress, hold: Hold) -> bool:
        """Write down that a scan begins; return whether the one before did not come to its end."""
        async with self._db.transaction() as tx:
            await tx.run(hold.check)
            recount = await tx.run(scan_log.begin_scan, progress.scan, now())
        self._progress[progress.scan.library_id] = progress
        return recount

    async def _run(self, job: Job, progress: Progress, hold: Hold) -> None:
        try:
            await self._run_noted(self._work(job, progress, hold), progress, hold)
            progress.end("done")
        except (asyncio.CancelledError, CancelRequested):
            progress.end("interrupted" if hold.lost else "cancelled")
        except HoldLost:
            progress.end("interrupted")
        except ScanFailed as error:
            progress.end("failed", str(error))
        except Exception:
            # Whatever it was, the state of the scan has to say that it is over.
            log.exception("a scan failed", library_id=job.library_id)
            progress.end("failed", "Something went wrong here; the log has the details.")
        self._over.add(job.library_id)
        await self._db.write(scan_log.save_scan, progress.scan, now())

    async def _work(self, job: Job, progress: Progress, hold: Hold) -> None:
        fill = self._fills.get(job.root) if job.folders is None else None
        if fill is None:
            await ScanRun(self._db, hold, self._settings, job, progress).run()
            return
        rest = job

        async def scan() -> None:
            nonlocal rest
            this, rest = rest, msgspec.structs.replace(job, full=False, recount=False)
            progress.walk_again()
            await ScanRun(self._db, hold, self._settings, this, progress).run()

        await scan_while_filled(fill, scan, progress)

    async def _run_noted(self, work: Coroutine[None, None, None], progress: Progress, hold: Hold) -> None:
        """Carry a scan out, and write down now and then how far it is."""
        running = asyncio.create_task(work)
        try:
            while not (await asyncio.wait([running], timeout=_NOTED_EVERY_S))[0]:
                await self._note(progress.scan, hold)
            await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _note(self, scan: Scan, hold: Hold) -> None:
        try:
            async with self._db.transaction() as tx:
                await tx.run(hold.check)
                cancelled = await tx.run(scan_log.save_scan, scan, now())
        except HoldLost:
            raise
        except Unavailable:  # the next time, then: the scan itself may only be reading files
            return
        if cancelled:
            raise CancelRequested


def _only(folders: Sequence[str] | None, recount: bool) -> tuple[str, ...] | None:
    """Return the folders to be scanned; all of them where a scan did not come to its end before."""
    return None if folders is None or recount else tuple(folders)

"""Scans as use cases: start, watch, cancel; one of a library at a time, whatever process runs it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.live import Live
from tutti.services.catalog.api import LibraryNotFound, NoFolderToRead, Scan, ScanRunning
from tutti.services.catalog.repository import scan_log
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanner.lock import only_scan
from tutti.services.catalog.service.scanner.progress import OnProgress, Progress
from tutti.services.catalog.service.scanner.scan import Job, ScanFailed, ScanRun
from tutti.services.catalog.service.scanner.writer import CancelRequested
from tutti.services.catalog.service.settings import CatalogSettings

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.scanner")


class ScanService:
    """Runs scans in the background of this process, or in the foreground of a command."""

    def __init__(
        self,
        db: Database,
        live: Live,
        settings: CatalogSettings,
        libraries: LibraryService,
        covers: CoverDescriptions,
        data_dir: Path,
    ) -> None:
        self._db = db
        self._live = live
        self._settings = settings
        self._libraries = libraries
        self._covers = covers
        self._data_dir = data_dir
        self._progress: dict[str, Progress] = {}
        """The present or last scan of each library here: one that changed nothing is in no table."""
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Note scans that ended with an earlier process; stop those that are under way at the end."""
        for row in await self._libraries.list_rows():
            with suppress(ScanRunning), only_scan(self._data_dir, row.id):
                await self._db.write(scan_log.interrupt_scans, row.id, now())
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
        if library_id in self._tasks:
            raise ScanRunning("This library is being scanned already.", library_id=library_id)
        progress = Progress(library_id, self._live, full=full)
        lock = only_scan(self._data_dir, library_id)
        lock.__enter__()  # held until the task ends; see `_ended`
        task = asyncio.create_task(self._run(row, progress, folders), name=f"scan {row.name}")
        self._progress[library_id] = progress
        self._tasks[library_id] = task

        def ended(_: asyncio.Task[None]) -> None:
            self._tasks.pop(library_id, None)
            if progress.scan.state == "running":  # cancelled before its first step
                progress.end("cancelled")
            lock.__exit__(None, None, None)

        task.add_done_callback(ended)
        return progress.scan

    async def scan(self, library_id: str, *, full: bool = False, on_progress: OnProgress | None = None) -> Scan:
        """Scan to the end and return how it ended; for the command line.

        Raises:
            LibraryNotFound: there is no such library.
            NoFolderToRead: it is that of uploads.
            ScanRunning: it is being scanned, here or by another process.
        """
        row = await self._get_folder(library_id)
        progress = Progress(library_id, self._live, full=full, on_progress=on_progress)
        with only_scan(self._data_dir, library_id):
            self._progress[library_id] = progress
            await self._run(row, progress, None)
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
        found = max((scan for scan in (stored, here) if scan), key=lambda scan: scan.started_at, default=None)
        if here is not None and found is not None and found.id == here.id:
            found = here
        if found is None:
            raise LibraryNotFound("This library was not scanned yet.", library_id=library_id)
        return found

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

    async def _run(self, row: LibraryRow, progress: Progress, folders: Sequence[str] | None) -> None:
        recount = await self._db.read(scan_log.was_interrupted, row.id)
        if recount:
            await self._db.write(scan_log.interrupt_scans, row.id, now())
        only = None if folders is None or recount else tuple(folders)
        job = Job(row.id, row.path, full=progress.scan.full, folders=only, recount=recount)
        try:
            await ScanRun(self._db, self._settings, job, progress).run()
            progress.end("done")
        except (asyncio.CancelledError, CancelRequested):
            progress.end("cancelled")
        except ScanFailed as error:
            progress.end("failed", str(error))
        except Exception:
            # Whatever it was, the state of the scan has to say that it is over.
            log.exception("a scan failed", library_id=row.id)
            progress.end("failed", "Something went wrong here; the log has the details.")
        await self._keep(progress)
        if progress.scan.state == "done":
            await self._covers.describe_new()

    async def _keep(self, progress: Progress) -> None:
        """Write how the scan ended, unless it changed nothing: then nobody needs to know later."""
        scan = progress.scan
        counts = scan.counts
        changed = counts.added + counts.changed + counts.moved + counts.missing + counts.returned + counts.bad
        stored = await self._db.read(scan_log.find_last_scan, scan.library_id)
        if changed or scan.state != "done" or stored is None or stored.id == scan.id:
            await self._db.write(scan_log.save_scan, scan, now())

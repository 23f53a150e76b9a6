"""Watches the folders of libraries, and scans what changed in them."""

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import structlog

from tutti.kit.db import Busy, Database
from tutti.kit.errors import Unavailable
from tutti.services.catalog.api import LibraryNotFound, ScanRunning
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.service.folder_changes import folder_changes
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanner.walk import NOMEDIA
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.service.settings import CatalogSettings

_LOOK_AGAIN_S = 2.0  # for libraries that were added, moved or are no longer to be watched
_RETRY_S = 1.0
_TAKE_OVER_S = 5.0  # how often copies that do not watch see whether nobody does

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.watcher")


class Watcher:
    """One task per library that asks to be watched; of all copies of the catalogue, one watches."""

    def __init__(self, db: Database, libraries: LibraryService, scans: ScanService, settings: CatalogSettings) -> None:
        self._db = db
        self._libraries = libraries
        self._scans = scans
        self._settings = settings
        self._watched: dict[LibraryRow, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Watch while the block lasts."""
        if not self._settings.watch:
            yield
            return
        task = asyncio.create_task(self._take_turns(), name="watcher")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _take_turns(self) -> None:
        while True:
            try:
                # One hold for all libraries: each is a connection to PostgreSQL.
                async with self._db.exclusive("watch libraries"):
                    await self._keep_watching()
            except (Busy, Unavailable):  # another copy watches, or the database is away
                pass
            except Exception:
                # Whatever it was, it must not be the end of watching.
                log.exception("watching was broken off, and begins again")
            await asyncio.sleep(_TAKE_OVER_S)

    async def _keep_watching(self) -> None:
        """Watch all libraries; those that are there at the beginning may have changed while nobody saw."""
        is_first = True
        try:
            while True:
                wanted = {row for row in await self._libraries.list_rows() if row.watch and row.has_folder}
                for row in set(self._watched) - wanted:
                    self._watched.pop(row).cancel()
                for row in wanted - set(self._watched):
                    watching = self._watch(row, compare_first=is_first)
                    self._watched[row] = asyncio.create_task(watching, name=f"watch {row.name}")
                is_first = False
                await asyncio.sleep(_LOOK_AGAIN_S)
        finally:
            tasks = list(self._watched.values())
            self._watched.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self, row: LibraryRow, *, compare_first: bool) -> None:
        compare, unwatched = compare_first, False
        while True:
            try:
                if unwatched:
                    await self._scan(row, None)
                    unwatched = False
                await self._scan_changes(row, compare_first=compare)
            except (OSError, RuntimeError) as error:
                # Too many folders for the system's limit (fs.inotify.max_user_watches), or the folder is away.
                log.warning(
                    "this folder cannot be watched; it is compared now and then instead",
                    path=row.path,
                    reason=str(error),
                    every_s=self._settings.watch_poll_s,
                )
                unwatched = True
            except Exception:
                # Whatever it was (a full disk, say), nobody else would begin to watch this folder again.
                log.exception("watching a folder was broken off, and begins again", path=row.path)
            compare = True
            await asyncio.sleep(self._settings.watch_poll_s)

    async def _scan_changes(self, row: LibraryRow, *, compare_first: bool) -> None:
        """Scan what changes; before that all of it, which is watched by then: nothing happens unseen in between."""
        async with aclosing(folder_changes(row.path, self._settings.watch_quiet_ms)) as changes:
            compare = compare_first
            async for paths in changes:
                await self._scan(row, None if compare else touched_folders(row.path, paths))
                compare = False

    async def _scan(self, row: LibraryRow, folders: Collection[str] | None) -> None:
        while folders is None or folders:
            try:
                await self._scans.start(row.id, folders=None if folders is None else sorted(folders))
            except (ScanRunning, Unavailable):  # it may have passed there already
                await asyncio.sleep(_RETRY_S)
                continue
            except LibraryNotFound:
                return
            await self._scans.wait(row.id)
            return


def touched_folders(root: str, paths: Iterable[str]) -> set[str]:
    """Return the folders, relative to ``root``, that hold these paths; what is hidden does not count."""
    folders: set[str] = set()
    for path in paths:
        inside = Path(path).relative_to(root)
        if any(part.startswith(".") and part != NOMEDIA for part in inside.parts):
            continue
        folders.add("" if len(inside.parts) <= 1 else str(inside.parent))
    return folders

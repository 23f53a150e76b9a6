"""The demo library, for who has no folder at hand.

Making it is making a library of its folder, which is empty at first, and scanning that: a scan of this folder has the
music written that is missing of it (`Composer`), and takes in each album as soon as it is whole. So it is watched,
stopped, reported as failed and begun again as any other scan.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tutti.kit.auth import Identity
from tutti.kit.db import Busy, Database
from tutti.services.catalog.api import DemoNotWritten, Library, LibraryPathTaken, ScanRunning
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanning import ScanService

NAME = "Demo"
DEMO_FOLDER = "demo"
"""Where the demo music lies, in the data folder, unless the settings say otherwise."""
_PATIENCE_S = 10.0
"""How long to wait for another request that makes the library; it takes milliseconds."""


@dataclass(frozen=True)
class DemoPlace:
    """Where the demo music goes."""

    folder: Path
    is_private: bool = False
    """Whether other processes, which would have to read it, do not see it."""


class DemoService:
    """Makes the demo library."""

    def __init__(self, db: Database, libraries: LibraryService, scans: ScanService, place: DemoPlace) -> None:
        self._db = db
        self._libraries = libraries
        self._scans = scans
        self._place = place

    async def create(self, identity: Identity) -> Library:
        """Make the demo library, or take the one there is, and begin to write what is missing of its music.

        Raises:
            LibraryPathTaken: there is another library of this name, or of a folder in or around this one.
            DemoNotWritten: its folder cannot be made, or other processes could not read it.
            NotAFolder: its folder cannot be read, or holds Tutti's own data.
        """
        if self._place.is_private:
            raise DemoNotWritten(
                "The demo music would lie where only one of this server's processes sees it. "
                "Set TUTTI_CATALOG_DEMO_FOLDER to a folder that catalog and streaming share."
            )
        try:
            async with self._db.exclusive("demo", patience_s=_PATIENCE_S):
                library_id = await self._find_or_make()
        except Busy:
            raise LibraryPathTaken("The demo library is being made at this moment. Look again.") from None
        with suppress(ScanRunning):  # it is coming already
            await self._scans.start(library_id)
        return await self._libraries.get_library(identity, library_id)

    async def _find_or_make(self) -> str:
        try:
            path = await asyncio.to_thread(_make_folder, self._place.folder)
        except OSError as error:
            said = ": ".join(filter(None, [error.filename, error.strerror])) or str(error)
            raise DemoNotWritten(
                f"There cannot be a folder for the demo music: {said}. Mend that, or choose another place with "
                "TUTTI_CATALOG_DEMO_FOLDER."
            ) from error
        for row in await self._libraries.list_rows():
            if row.path == path:
                return row.id
        # Nobody else writes there, and who writes scans: watching it would only scan it once more.
        made = await self._libraries.create_library(NewLibrary(name=NAME, path=path, watch=False))
        return made.id


def _make_folder(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder.resolve())

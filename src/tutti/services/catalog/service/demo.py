"""The demo library, for who has no folder at hand."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tutti.kit.db import Busy, Database
from tutti.services.catalog.api import DemoNotWritten, Library, LibraryPathTaken
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.service.libraries import LibraryService

WriteDemo = Callable[[Path], None]
"""Writes the music into a folder; raises OSError."""
NAME = "Demo"
DEMO_FOLDER = "demo"
"""Where the demo music lies, in the data folder, unless the settings say otherwise."""


@dataclass(frozen=True)
class DemoPlace:
    """Where the demo music goes."""

    folder: Path
    is_private: bool = False
    """Whether other processes, which would have to read it, do not see it."""


class DemoService:
    """Writes the demo music and makes a library of it."""

    def __init__(self, db: Database, libraries: LibraryService, write: WriteDemo, place: DemoPlace) -> None:
        self._db = db
        self._libraries = libraries
        self._write = write
        self._place = place
        self._one_at_a_time = asyncio.Lock()

    async def create(self) -> Library:
        """Write the music (half a minute the first time) and return its library, which is empty until it is scanned.

        Raises:
            LibraryPathTaken: there is a library of this name, or of this folder, already, or about to be.
            DemoNotWritten: the disk is full, ffmpeg refused, or other processes could not read it.
        """
        if self._place.is_private:
            raise DemoNotWritten(
                "The demo music would lie where only one of this server's processes sees it. "
                "Set TUTTI_CATALOG_DEMO_FOLDER to a folder that catalog and streaming share."
            )
        async with self._one_at_a_time:
            try:
                async with self._db.exclusive("demo"):
                    return await self._make_once(self._place.folder)
            except Busy:
                raise LibraryPathTaken("The demo library is being made already.") from None

    async def _make_once(self, folder: Path) -> Library:
        if any(row.name == NAME for row in await self._libraries.list_rows()):
            raise LibraryPathTaken(f"There is a library called {NAME} already.")
        try:
            path = await asyncio.to_thread(self._write_into, folder)
        except OSError as error:
            raise DemoNotWritten(f"The demo music could not be made: {error}") from error
        return await self._libraries.create_library(NewLibrary(name=NAME, path=path))

    def _write_into(self, folder: Path) -> str:
        folder.mkdir(parents=True, exist_ok=True)
        self._write(folder)
        return str(folder.resolve())

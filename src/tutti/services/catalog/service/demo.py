"""The demo library, for who has no folder at hand."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tutti.services.catalog.api import DemoNotWritten, Library, LibraryPathTaken
from tutti.services.catalog.api.libraries import NewLibrary
from tutti.services.catalog.service.libraries import LibraryService

WriteDemo = Callable[[Path], None]
"""Writes the music into a folder; raises OSError."""
NAME = "Demo"
DEMO_FOLDER = "demo"
"""Where the demo music lies, in the data folder."""


class DemoService:
    """Writes the demo music and makes a library of it."""

    def __init__(self, libraries: LibraryService, write: WriteDemo, folder: Path) -> None:
        self._libraries = libraries
        self._write = write
        self._folder = folder
        self._one_at_a_time = asyncio.Lock()

    async def create(self) -> Library:
        """Write the music (half a minute the first time) and return its library, which is empty until it is scanned.

        Raises:
            LibraryPathTaken: there is a library of this name, or of this folder, already.
            DemoNotWritten: the disk is full, or ffmpeg refused.
        """
        async with self._one_at_a_time:
            if any(row.name == NAME for row in await self._libraries.list_rows()):
                raise LibraryPathTaken(f"There is a library called {NAME} already.")
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                await asyncio.to_thread(self._write, self._folder)
            except OSError as error:
                raise DemoNotWritten(f"The demo music could not be made: {error}") from error
            return await self._libraries.create_library(NewLibrary(name=NAME, path=str(self._folder.resolve())))

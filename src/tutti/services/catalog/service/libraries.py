"""Libraries: which folders there are, and who sees them."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.clock import now
from tutti.kit.db import Database, Hold, Transaction
from tutti.kit.ids import new_id
from tutti.kit.paging import Page, decode_cursor, encode_cursor
from tutti.services.catalog.api import (
    BadFile,
    FolderListing,
    Library,
    LibraryChanged,
    LibraryNotFound,
    LibraryPathTaken,
    NoFolderToRead,
    Purged,
    Track,
    TrackDeleted,
    Viewer,
)
from tutti.services.catalog.api.libraries import LibraryPatch, NewLibrary
from tutti.services.catalog.api.patches import changes
from tutti.services.catalog.repository import detail, libraries, presence
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.service.browsing import viewer
from tutti.services.catalog.service.library_paths import check_path, list_folders, require_apart
from tutti.services.catalog.service.scanner.lock import only_scan
from tutti.services.catalog.service.scanner.threads import in_thread
from tutti.services.catalog.service.settings import CatalogSettings

_DELETED_AT_ONCE = 500
_SYSTEM = Viewer("", is_admin=True)


class LibraryService:
    """Carries out what admins do with libraries, and answers what is in them."""

    def __init__(self, db: Database, settings: CatalogSettings, data_dir: Path) -> None:
        self._db = db
        self._settings = settings
        self._data_dir = data_dir

    async def list_libraries(self, identity: Identity) -> list[Library]:
        """Return the libraries that a user sees."""
        return await self._db.read(libraries.list_libraries, viewer(identity))

    async def get_library(self, identity: Identity, library_id: str) -> Library:
        """Return a library.

        Raises:
            LibraryNotFound: there is none, or not for this user.
        """
        return await self._get(library_id, viewer(identity))

    async def list_rows(self) -> list[LibraryRow]:
        """Return every library as it is stored; for scans, which ask on nobody's behalf."""
        return await self._db.read(libraries.list_rows)

    async def get_row(self, library_id: str) -> LibraryRow:
        """Return a library as it is stored.

        Raises:
            LibraryNotFound: there is none.
        """
        row = await self._db.read(libraries.find_row, library_id)
        if row is None:
            raise _missing(library_id)
        return row

    async def create_library(self, new: NewLibrary) -> Library:
        """Make a library of a folder.

        Raises:
            NotAFolder: the path is no folder that may be read here.
            LibraryPathTaken: another library has the name or reads the folder.
        """
        path = await in_thread(lambda: check_path(new.path, self._data_dir))
        row = LibraryRow(new_id(), new.name.strip(), path, new.everyone, new.watch)
        async with self._db.transaction() as tx:
            await _require_free(tx, row.id, name=row.name, path=path)
            await tx.run(libraries.insert_library, row, [str(id_) for id_ in new.user_ids], now())
            tx.publish(LibraryChanged(library_id=row.id))
        return await self._get(row.id, _SYSTEM)

    async def update_library(self, library_id: str, patch: LibraryPatch) -> Library:
        """Change a library.

        Raises:
            LibraryNotFound: there is none.
            NotAFolder: the path is no folder that may be read here.
            LibraryPathTaken: another library has the name or reads the folder.
            NoFolderToRead: a folder, or to be watched, is asked of the library of uploads.
        """
        row = await self.get_row(library_id)
        if not row.has_folder and (isinstance(patch.path, str) or patch.watch is True):
            raise NoFolderToRead("The library of uploads has no folder. Leave out path and watch.", id=library_id)
        wanted = changes(patch)
        wanted.pop("user_ids", None)
        name = path = None
        if isinstance(patch.name, str):
            wanted["name"] = name = patch.name.strip()
        if isinstance(asked := patch.path, str):
            wanted["path"] = path = await in_thread(lambda: check_path(asked, self._data_dir))
        async with self._db.transaction() as tx:
            await _require_free(tx, library_id, name=name, path=path)
            if wanted:
                await tx.run(libraries.update_library, library_id, wanted)
            if not isinstance(patch.user_ids, msgspec.UnsetType):
                await tx.run(libraries.set_users, library_id, [str(id_) for id_ in patch.user_ids])
            tx.publish(LibraryChanged(library_id=library_id))
        return await self._get(library_id, _SYSTEM)

    async def delete_library(self, library_id: str) -> None:
        """Forget a library with its tracks; the files stay.

        Raises:
            LibraryNotFound: there is none.
            ScanRunning: it is being scanned.
            NoFolderToRead: it is that of uploads, whose originals nobody else has.
        """
        row = await self.get_row(library_id)
        if not row.has_folder:
            raise NoFolderToRead("The library of uploads cannot be deleted. Delete its tracks instead.", id=library_id)
        async with only_scan(self._db, library_id) as hold:
            while track_ids := await self._db.read(libraries.find_tracks_of, library_id, _DELETED_AT_ONCE):
                await self._delete_tracks(hold, library_id, track_ids)
            async with self._db.transaction() as tx:
                await tx.run(hold.check)
                await tx.run(libraries.delete_library, library_id)
                tx.publish(LibraryChanged(library_id=library_id))

    async def purge(self, library_id: str) -> Purged:
        """Give up the tracks whose files are missing.

        Raises:
            LibraryNotFound: there is none.
            ScanRunning: it is being scanned.
        """
        await self.get_row(library_id)
        purged = 0
        async with only_scan(self._db, library_id) as hold:
            while track_ids := await self._db.read(presence.find_missing_tracks, library_id, _DELETED_AT_ONCE):
                await self._delete_tracks(hold, library_id, track_ids)
                purged += len(track_ids)
        return Purged(purged)

    async def list_bad_files(self, library_id: str, cursor: str | None, limit: int) -> Page[BadFile]:
        """Return a page of the files that could not be taken in, by path.

        Raises:
            LibraryNotFound: there is none.
        """
        await self.get_row(library_id)
        scope = f"bad-files:{library_id}"
        key = decode_cursor(scope, cursor, (str,))
        found = await self._db.read(libraries.list_bad_files, library_id, key[0] if key else None, limit)
        more = len(found) > limit
        return Page(found[:limit], encode_cursor(scope, (found[limit - 1].path,)) if more else None)

    async def list_missing(self, identity: Identity, library_id: str, cursor: str | None, limit: int) -> Page[Track]:
        """Return a page of the tracks whose files are missing.

        Raises:
            LibraryNotFound: there is none.
        """
        await self.get_row(library_id)
        scope = f"missing:{library_id}"
        key = decode_cursor(scope, cursor, (UUID,))
        ids = await self._db.read(libraries.list_missing, library_id, key[0] if key else None, limit)
        tracks = await self._db.read(detail.find_tracks, ids[:limit], viewer(identity))
        return Page(tracks, encode_cursor(scope, (ids[limit - 1],)) if len(ids) > limit else None)

    async def list_folders(self, path: str | None) -> FolderListing:
        """Return the folders inside one on this machine.

        Raises:
            NotAFolder: it is not there, cannot be read, or may not be looked into.
        """
        return await in_thread(lambda: list_folders(path, self._settings.browse_roots))

    async def _get(self, library_id: str, asking: Viewer) -> Library:
        found = await self._db.read(libraries.find_library, library_id, asking)
        if found is None:
            raise _missing(library_id)
        return found

    async def _delete_tracks(self, hold: Hold, library_id: str, track_ids: Sequence[str]) -> None:
        async with self._db.transaction() as tx:
            await tx.run(hold.check)
            await tx.run(presence.purge_tracks, track_ids)
            tx.publish(*(TrackDeleted(track_id=id_) for id_ in track_ids), LibraryChanged(library_id=library_id))


def _missing(library_id: str) -> LibraryNotFound:
    return LibraryNotFound("There is no such library.", library_id=library_id)


async def _require_free(tx: Transaction, library_id: str, *, name: str | None, path: str | None) -> None:
    """Refuse what another library has already; until the transaction ends nobody else can take it either."""
    if name is None and path is None:
        return
    await tx.run(libraries.lock_libraries)
    others = [row for row in await tx.run(libraries.list_rows) if row.id != library_id]
    if name is not None and name.casefold() in {row.name.casefold() for row in others}:
        raise LibraryPathTaken(f"There is a library called {name!r} already.", name=name)
    if path is not None:
        require_apart(path, [row.path for row in others if row.has_folder])

"""Finds what differs between a library's folder and what is known of it; reads no audio and writes nothing."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from itertools import islice

import msgspec
import structlog

from tutti.kit.db import Database
from tutti.services.catalog.repository import scanning
from tutti.services.catalog.repository.scanned import BadFile
from tutti.services.catalog.repository.scanning import KnownFile, KnownFolder, SeenFolder
from tutti.services.catalog.service.scanner.threads import in_thread
from tutti.services.catalog.service.scanner.walk import FoundFile, Listing, UnreadableFolder
from tutti.services.catalog.service.scanner.worker import ToRead

_FOLDERS_AT_ONCE = 400  # walked in one hop to a thread, and asked for in one statement
_AS_FOLDER = "/"
"""Ends the path of a folder among the bad files."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.catalog.scanner")


class FolderChange(msgspec.Struct, frozen=True):
    """A folder that is not as it was. Files that vanished are told apart: they may turn up elsewhere."""

    seen: SeenFolder
    to_read: list[ToRead]
    late: bool
    """Whether the folder is only taken in whole once all that vanished has been looked for."""


class Walked(msgspec.Struct):
    """What a comparison learns on the way, besides the changes."""

    files: int = 0
    unchanged: int = 0
    skipped: int = 0
    vanished: dict[str, KnownFile] = msgspec.field(default_factory=dict[str, KnownFile])
    gone_folders: list[str] = msgspec.field(default_factory=list[str])
    gone_bad: list[str] = msgspec.field(default_factory=list[str])
    ignored: list[tuple[KnownFile, int, int]] = msgspec.field(default_factory=list[tuple[KnownFile, int, int]])
    changing: set[str] = msgspec.field(default_factory=set[str])
    """Ids of known files that are there and will be read."""
    perhaps: list[SeenFolder] = msgspec.field(default_factory=list[SeenFolder])
    """Folders without audio that are not known: worth remembering only if some below them hold audio."""
    bad_folders: list[BadFile] = msgspec.field(default_factory=list[BadFile])
    """Folders that cannot be read, and are not listed yet."""


class Comparison:
    """Compares folder by folder: one whose digest is as it was costs no look at its files."""

    def __init__(self, db: Database, library_id: str, *, full: bool, whole: bool) -> None:
        """``full``: every file is to be read again; ``whole``: the walk goes through all of the library."""
        self._db = db
        self._library_id = library_id
        self._full = full
        self._whole = whole
        self._bad: defaultdict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        self.walked = Walked()

    async def changes(self, listings: Iterator[Listing | UnreadableFolder]) -> AsyncIterator[list[FolderChange]]:
        """Yield what changed after each stretch of the walk, which runs in a thread; the list may be empty."""
        is_first = True
        async for stretch in _stretches(listings):
            if is_first:  # and the next one is being walked meanwhile
                await self._find_bad()
                is_first = False
            for each in stretch:
                self._note_readable(each)
            yield await self._compare([each for each in stretch if isinstance(each, Listing)])
        if self._whole:
            # No stretch came upon these: they are gone, or left out by now.
            self.walked.gone_bad += [path + _AS_FOLDER for path, names in self._bad.items() if "" in names]

    def _note_readable(self, found: Listing | UnreadableFolder) -> None:
        """A folder that cannot be read is listed among the bad files until it can."""
        was_listed = found.path in self._bad and self._bad[found.path].pop("", None) is not None
        if isinstance(found, Listing):
            if was_listed:
                self.walked.gone_bad.append(found.path + _AS_FOLDER)
        elif not was_listed:
            log.warning("a folder cannot be read", library_id=self._library_id, folder=found.path, reason=found.reason)
            reason = f"this folder cannot be read ({found.reason})"
            bad = BadFile(path=found.path + _AS_FOLDER, size_bytes=0, mtime_ns=0, reason=reason)
            self.walked.bad_folders.append(bad)

    async def _find_bad(self) -> None:
        for path, size_bytes, mtime_ns in await self._db.read(scanning.find_all_bad, self._library_id):
            folder, _, name = path.rpartition("/")
            self._bad[folder][name] = size_bytes, mtime_ns

    async def _compare(self, listings: list[Listing]) -> list[FolderChange]:
        walked = self.walked
        known: set[str | None] = set()
        if not self._full:
            known = await self._db.read(scanning.find_listings, self._library_id, [each.path for each in listings])
        rest: list[Listing] = []
        for listing in listings:
            walked.files += listing.file_count
            walked.skipped += listing.skipped
            if listing.digest in known:
                walked.unchanged += listing.file_count
                self._bad.pop(listing.path, None)
            else:
                rest.append(listing)
        return await self._look_into(rest) if rest else []

    async def _look_into(self, listings: list[Listing]) -> list[FolderChange]:
        known = await self._db.read(scanning.find_folders, self._library_id, [each.path for each in listings])
        different: list[Listing] = []
        for listing in listings:
            if listing.path in known or listing.file_count:
                different.append(listing)
            elif listing.folders:
                self.walked.perhaps.append(_seen(listing))
        return await self._find_changes(different, known) if different else []

    async def _find_changes(self, listings: list[Listing], known: dict[str, KnownFolder]) -> list[FolderChange]:
        ids = [known[each.path].id for each in listings if each.path in known]
        inside: defaultdict[str, dict[str, KnownFile]] = defaultdict(dict)
        for file in await self._db.read(scanning.find_files_in, ids) if ids else ():
            inside[file.folder_id][file.path.rpartition("/")[2]] = file
        below: defaultdict[str, list[KnownFolder]] = defaultdict(list)
        for parent, folder in await self._db.read(scanning.find_folders_inside, ids) if ids else ():
            below[parent].append(folder)
        changes: list[FolderChange] = []
        for listing in listings:
            folder = known.get(listing.path)
            rows = inside[folder.id] if folder else {}
            gone = await self._vanish_below(listing, below[folder.id] if folder else [])
            changes.append(self._change(listing, folder, rows, gone_below=gone))
        return changes

    def _change(
        self, listing: Listing, folder: KnownFolder | None, rows: dict[str, KnownFile], *, gone_below: bool
    ) -> FolderChange:
        bad, files = self._bad.pop(listing.path, {}), listing.files
        again = self._full or (folder is not None and folder.cover_stamp != listing.cover_stamp)
        to_read = [
            ToRead(listing.path, found, listing.cover_name)
            for found in files
            if self._has_to_be_read(found, rows.get(found[0]), bad.get(found[0]), again=again)
        ]
        names = {found[0] for found in files}
        vanished = {file.id: file for name, file in rows.items() if name not in names and not file.missing}
        self.walked.vanished |= vanished
        self.walked.gone_bad += [_join(listing.path, name) for name in bad if name not in names]
        return FolderChange(_seen(listing), to_read, late=bool(vanished) or gone_below)

    def _has_to_be_read(
        self, found: FoundFile, row: KnownFile | None, bad: tuple[int, int] | None, *, again: bool
    ) -> bool:
        _, size_bytes, mtime_ns, lyrics_stamp = found
        if row is None:
            known_bad = bad == (size_bytes, mtime_ns) and not self._full
            self.walked.unchanged += known_bad
            return not known_bad
        same = (row.size_bytes, row.mtime_ns) == (size_bytes, mtime_ns)
        if row.ignored:
            if not same:
                self.walked.ignored.append((row, size_bytes, mtime_ns))
            return False
        if same and row.lyrics_stamp == lyrics_stamp and not row.missing and not again:
            self.walked.unchanged += 1
            return False
        if not row.missing:
            self.walked.changing.add(row.id)
        return True

    async def _vanish_below(self, listing: Listing, known: Sequence[KnownFolder]) -> bool:
        """Note all that is known of folders that are no longer in this one."""
        there = {_join(listing.path, name) for name in listing.folders}
        gone = [folder for folder in known if folder.path not in there]
        for folder in gone:
            ids = await self._db.read(scanning.find_folders_below, self._library_id, folder.path)
            self.walked.gone_folders += ids
            files = await self._db.read(scanning.find_files_in, ids)
            self.walked.vanished |= {file.id: file for file in files if not file.missing}
            for path in [path for path in self._bad if f"{path}/".startswith(f"{folder.path}/")]:
                self.walked.gone_bad += [_join(path, name) for name in self._bad.pop(path)]
        return bool(gone)


async def _stretches(
    listings: Iterator[Listing | UnreadableFolder],
) -> AsyncIterator[list[Listing | UnreadableFolder]]:
    """Walk on in a thread while the stretch before is compared."""

    def walk_on() -> list[Listing | UnreadableFolder]:
        return list(islice(listings, _FOLDERS_AT_ONCE))

    coming = in_thread(walk_on)
    try:
        while stretch := await coming:
            coming = in_thread(walk_on)
            yield stretch
    finally:
        coming.cancel()


def _seen(listing: Listing) -> SeenFolder:
    return SeenFolder(listing.path, 0, listing.cover_name, listing.cover_stamp, listing.digest)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name

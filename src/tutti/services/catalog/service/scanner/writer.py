"""Writes what was read, a batch in a transaction, and what follows from it: counts, names, events."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from time import monotonic

from tutti.kit.clock import now
from tutti.kit.db import Database, Hold, Transaction
from tutti.kit.events.event import Event
from tutti.services.catalog.api import LibraryChanged, TrackAdded, TrackChanged, TrackMissing, TrackReturned
from tutti.services.catalog.repository import deriving, presence, scan_log, scanning, writing
from tutti.services.catalog.repository.editing import Touched
from tutti.services.catalog.repository.scanned import BadFile, ScannedFile
from tutti.services.catalog.repository.scanning import KnownFile, SeenFolder
from tutti.services.catalog.repository.statistics import recompute
from tutti.services.catalog.repository.writing import Placed
from tutti.services.catalog.service.keys import sort_key
from tutti.services.catalog.service.scanner.behind import alongside
from tutti.services.catalog.service.scanner.comparing import Walked
from tutti.services.catalog.service.scanner.placing import MAX_DEFERRED, Places
from tutti.services.catalog.service.scanner.progress import Progress

_SETTLE_FIRST_S, _SETTLE_LATEST_S = 2.0, 30.0
"""How long a scan goes on before artists and genres are named and counted: at first soon, so that they show in the
lists, then twice as long each time, since most of them come again, and all there is of them is counted each time."""
_SETTLE_AT_MOST = 4_000
"""Artists that wait for it: what the end of a scan has left to do."""
_SETTLED_AT_ONCE = 250
_MISSING_AT_ONCE = 500


class CancelRequested(Exception):
    """Another process asked the scan to stop."""


class Writer:
    """The one that writes during a scan."""

    def __init__(
        self, db: Database, hold: Hold, library_id: str, places: Places, progress: Progress, *, batch: int
    ) -> None:
        self._db = db
        self._hold = hold
        self._library_id = library_id
        self._places = places
        self._progress = progress
        self._batch = batch
        self._artists: set[str] = set()
        self._sort_keys: dict[str, str] = {}  # of names in the files since then, as the workers made them
        self._genres: set[str] = set()
        self._undecided: set[str] = set()  # folders that hold a file whose place shows later
        self._held_back: list[SeenFolder] = []
        self._settle_after_s = _SETTLE_FIRST_S
        self._settle_due = monotonic() + _SETTLE_FIRST_S
        self.wrote = False

    async def write(self, good: Sequence[ScannedFile], bad: Sequence[BadFile], done: Sequence[SeenFolder]) -> None:
        """Write files that were read, and the folders that are complete with them."""
        async with self._writing() as tx:
            placing = await self._places.place(tx, good)
            self._undecided |= {file.folder for file in placing.deferred}
            if placing.placed:
                await self._write_placed(tx, placing.placed)
            if placing.ignored:
                await tx.run(presence.take_note, placing.ignored)
            if bad:
                await self._write_bad(tx, bad)
            complete = [each for each in done if each.path not in self._undecided]
            self._held_back += [each for each in done if each.path in self._undecided]
            await tx.run(scanning.remember_listings, self._library_id, complete)
            await self._beat(tx)
        self._places.deferred.extend(placing.deferred)
        self._progress.count(bad=len(bad), seen=len(bad) + len(good) - len(placing.deferred))
        if len(self._places.deferred) > MAX_DEFERRED:
            await self.write_deferred()
        if len(self._artists) > _SETTLE_AT_MOST:
            await self._settle_artists()
        if monotonic() > self._settle_due:
            await self._settle_artists()
            await self._settle_genres()
            self._settle_after_s = min(2 * self._settle_after_s, _SETTLE_LATEST_S)
            self._settle_due = monotonic() + self._settle_after_s

    async def write_deferred(self) -> None:
        """Decide about what was held back, and write it."""
        held, self._places.deferred = self._places.deferred, []
        held.sort(key=lambda file: file.path)
        if not held:
            return
        async with self._writing() as tx:
            placed = await self._places.place_deferred(tx, held)
            await self._write_placed(tx, placed)
            await self._beat(tx)
        self._progress.count(seen=len(held))

    async def mark_missing(self, vanished: Sequence[KnownFile]) -> None:
        """Note what was not found anywhere."""
        for begin in range(0, len(vanished), _MISSING_AT_ONCE):
            some = vanished[begin : begin + _MISSING_AT_ONCE]
            async with self._writing() as tx:
                touched = await tx.run(presence.mark_missing, [file.id for file in some], now())
                await self._follow(tx, touched)
                tx.publish(*(TrackMissing(track_id=id_) for id_ in sorted(touched.track_ids)))
                await self._beat(tx)
            self._progress.count(missing=len(touched.track_ids))

    async def finish(self, late: Sequence[SeenFolder], walked: Walked) -> None:
        """Remember the folders that were waiting, forget those that are gone, and count everything that changed."""
        late = [*late, *self._held_back]
        gone = walked.gone_folders or walked.gone_bad
        if not (late or gone or walked.bad_folders or walked.ignored or self.wrote):
            return
        async with self._writing() as tx:
            await tx.run(presence.take_note, walked.ignored)
            await tx.run(scanning.remove_folders, walked.gone_folders)
            await tx.run(scanning.forget_bad, self._library_id, walked.gone_bad)
            await tx.run(scanning.write_bad, self._library_id, walked.bad_folders, now())
            await tx.run(scanning.remember_listings, self._library_id, [*late, *walked.perhaps])
            await self._beat(tx)
        self._progress.count(bad=len(walked.bad_folders))
        await self._settle_artists()
        await self._settle_genres()
        async with self._writing() as tx:
            await tx.run(scanning.refresh_statistics)

    async def _settle_artists(self) -> None:
        """Name and count the artists that were touched since the last time."""
        artists = sorted(self._artists)
        self._artists.clear()
        for begin in range(0, len(artists), _SETTLED_AT_ONCE):
            some = artists[begin : begin + _SETTLED_AT_ONCE]
            async with self._writing() as tx:
                await tx.run(deriving.derive_artists, some, self._sort_key, now())
                await tx.run(recompute, [], some, [])
                tx.publish(LibraryChanged(library_id=self._library_id))
        self._sort_keys.clear()

    def _note_sort_keys(self, placed: Sequence[Placed]) -> None:
        for each in placed:
            leading = each.file.album.artists if each.file.album else ()
            for artist in (*each.file.credits, *leading):
                self._sort_keys[artist.name] = artist.sort_key

    def _sort_key(self, name: str) -> str:
        key = self._sort_keys.get(name)
        return sort_key(name) if key is None else key

    async def _settle_genres(self) -> None:
        """Count the genres that were touched since the last time."""
        genres = sorted(self._genres)
        self._genres.clear()
        for begin in range(0, len(genres), _SETTLED_AT_ONCE):
            async with self._writing() as tx:
                await tx.run(recompute, [], [], genres[begin : begin + _SETTLED_AT_ONCE])
                tx.publish(LibraryChanged(library_id=self._library_id))

    def settle_later(self, artist_ids: Sequence[str], genre_ids: Sequence[str]) -> None:
        """Count these with the next ones, as after a scan that did not come so far."""
        self._artists.update(artist_ids)
        self._genres.update(genre_ids)
        self.wrote = True

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[Transaction, None]:
        """A transaction that counts only while this scan is the one that holds the library."""
        async with self._db.transaction() as tx:
            await tx.run(self._hold.check)
            yield tx

    async def _write_placed(self, tx: Transaction, placed: Sequence[Placed]) -> None:
        for begin in range(0, len(placed), self._batch):
            some = placed[begin : begin + self._batch]
            touched, track_ids = await tx.run(writing.write_files, self._library_id, some, now())
            async with alongside(self._follow(tx, touched)):
                self._note_sort_keys(some)
                tx.publish(*map(self._told, some, track_ids))
        moved = sum(each.known is not None and each.known.path != each.file.path for each in placed)
        returned = sum(each.known is not None and each.known.missing for each in placed)
        added = sum(each.known is None for each in placed)
        self._progress.count(
            added=added, moved=moved, returned=returned, changed=max(0, len(placed) - added - moved - returned)
        )

    def _told(self, each: Placed, track_id: str) -> Event:
        if each.known is None:
            return TrackAdded(track_id=track_id, library_id=self._library_id)
        if each.known.missing:
            return TrackReturned(track_id=track_id)
        return TrackChanged(track_id=track_id, library_id=self._library_id)

    async def _follow(self, tx: Transaction, touched: Touched) -> None:
        await tx.run(recompute, sorted(touched.album_ids), [], [])
        leaders = await tx.run(deriving.derive_albums, touched.album_ids, now())
        self._artists |= touched.artist_ids | leaders
        self._genres |= touched.genre_ids

    async def _write_bad(self, tx: Transaction, bad: Sequence[BadFile]) -> None:
        await tx.run(scanning.write_bad, self._library_id, bad, now())
        known = await tx.run(scanning.find_files_at, self._library_id, [each.path for each in bad])
        gone = [file.id for file in known.values() if not file.missing and not file.ignored]
        if gone:
            touched = await tx.run(presence.mark_missing, gone, now())
            await self._follow(tx, touched)
            tx.publish(*(TrackMissing(track_id=id_) for id_ in sorted(touched.track_ids)))

    async def _beat(self, tx: Transaction) -> None:
        self.wrote = True
        if await tx.run(scan_log.save_scan, self._progress.scan, now()):
            raise CancelRequested

"""Decides which track each file that was read belongs to, across the batches of a scan."""

from collections.abc import Sequence

import msgspec

from tutti.kit.db import Transaction
from tutti.services.catalog.repository import scanning
from tutti.services.catalog.repository.scanned import ScannedFile
from tutti.services.catalog.repository.scanning import KnownFile, LostTrack
from tutti.services.catalog.repository.writing import Placed
from tutti.services.catalog.service.identity import Described, Lost, match
from tutti.services.catalog.service.scanner.comparing import Walked

MAX_DEFERRED = 5_000
"""Files held back at most, until all have been read; beyond that they are decided with what is known."""


class Placing(msgspec.Struct, frozen=True):
    """What became of a batch."""

    placed: list[Placed]
    ignored: list[tuple[KnownFile, int, int]]
    deferred: list[ScannedFile]


class Places:
    """Knows what is lost, and holds files back whose place shows only when all have been read."""

    freed: dict[str, KnownFile]
    """Known files whose audio turned out to be another, and who were not found elsewhere so far."""

    def __init__(self, library_id: str, walked: Walked, *, is_new: bool, may_have_lost: bool) -> None:
        self._library_id = library_id
        self._vanished = walked.vanished
        self._changing = walked.changing
        self._is_new = is_new  # nothing is known of any path
        self._may_have_lost = may_have_lost
        self.freed = {}
        self.deferred: list[ScannedFile] = []

    async def place(self, tx: Transaction, found: Sequence[ScannedFile]) -> Placing:
        """Place the files that can be placed; those whose place may be another's are deferred."""
        known = await self._find_known(tx, found)
        placing = Placing([], [], [])
        unplaced: list[ScannedFile] = []
        for file in found:
            row = known.get(file.path)
            if row is not None and row.ignored:
                placing.ignored.append((row, file.size_bytes, file.mtime_ns))
            elif row is not None and row.fingerprint == file.fingerprint:
                self._changing.discard(row.id)
                self._vanished.pop(row.id, None)
                placing.placed.append(Placed(file, row))
            elif row is not None:
                self.freed[row.id] = row
                self._changing.discard(row.id)
                placing.deferred.append(file)
            else:
                unplaced.append(file)
        await self._place_new(tx, unplaced, placing)
        return placing

    async def place_deferred(self, tx: Transaction, found: Sequence[ScannedFile]) -> list[Placed]:
        """Decide about files that were held back."""
        lost = [_as_lost(each) for each in await self._find_lost(tx, found) if self._is_lost(each.known)]
        matched = match(found, lost)
        for each in matched.values():
            self._vanished.pop(each.known.id, None)
            self.freed.pop(each.known.id, None)
        return [Placed(file, matched[file.path].known if file.path in matched else None) for file in found]

    async def _place_new(self, tx: Transaction, found: Sequence[ScannedFile], placing: Placing) -> None:
        if not found:
            return
        if not (self._may_have_lost or self._vanished or self._changing or self.freed):
            placing.placed.extend(Placed(file, None) for file in found)
            return
        candidates = [each for each in await self._find_lost(tx, found) if self._may_be_lost(each.known)]
        fingerprints = {each.known.fingerprint for each in candidates}
        recordings = {each.mbid_recording for each in candidates} - {None}
        titles = {each.title for each in candidates}
        for file in found:
            columns = file.columns
            alike = columns.mbid_recording in recordings or columns.title in titles
            if alike or file.fingerprint in fingerprints:
                placing.deferred.append(file)
            else:
                placing.placed.append(Placed(file, None))

    async def _find_known(self, tx: Transaction, found: Sequence[ScannedFile]) -> dict[str, KnownFile]:
        if self._is_new:
            return {}
        return await tx.run(scanning.find_files_at, self._library_id, [file.path for file in found])

    async def _find_lost(self, tx: Transaction, found: Sequence[ScannedFile]) -> list[LostTrack]:
        fingerprints = sorted({file.fingerprint for file in found})
        recordings = sorted({mbid for file in found if (mbid := file.columns.mbid_recording)})
        titles = sorted({file.columns.sort_title for file in found})
        return await tx.run(scanning.find_lost, self._library_id, fingerprints, recordings, titles)

    def _may_be_lost(self, known: KnownFile) -> bool:
        return self._is_lost(known) or known.id in self._changing

    def _is_lost(self, known: KnownFile) -> bool:
        return not known.ignored and (known.missing or known.id in self._vanished or known.id in self.freed)


def _as_lost(each: LostTrack) -> Lost:
    mbids = (each.mbid_recording, each.mbid_release) if each.mbid_recording else None
    names = (each.title, each.artist_name, each.album_title, each.disc_number, each.track_number)
    return Lost(each.known, Described(mbids, names, each.duration_ms))

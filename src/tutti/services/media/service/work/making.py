"""Everything between the bytes of an upload and a track that can be heard, in steps that bear being repeated.

Nothing here ends a job: what fails raises, and the bytes of the upload stay where they are until it has ended.
"""

from collections.abc import Callable
from pathlib import Path

import msgspec

from tutti.kit.audio import ffmpeg
from tutti.kit.audio.child import Limits
from tutti.kit.audio.errors import AudioRefused, LimitExceeded
from tutti.kit.audio.ladder import make_ladder
from tutti.kit.audio.measuring import measure
from tutti.kit.audio.rungs import Extent
from tutti.kit.audio.settings import AudioSettings
from tutti.kit.clock import now
from tutti.kit.db import Database
from tutti.kit.storage import Storage
from tutti.services.catalog.api import (
    Catalog,
    NotAudio,
    TrackNotFound,
    UploadedAudio,
    UploadTags,
    UploadWithdrawn,
)
from tutti.services.media.repository import originals as repository
from tutti.services.media.repository.originals import OriginalRow, TrackRow
from tutti.services.media.repository.uploads import UploadRow, find_upload
from tutti.services.media.service.analysis import analyse, find_gap
from tutti.services.media.service.work.looking import Found, look_into
from tutti.services.media.service.work.places import Desk, ladder_prefix, original_key, waveform_key
from tutti.services.media.service.work.refusals import Refused, Withdrawn
from tutti.services.media.service.work.settings import WorkSettings

Advance = Callable[[float], None]
"""Hears how much of the work is done, 0 to 1."""

_LOOKED = 0.05
_CATALOGUED = 0.1
_MEASURED = 0.25
_ENCODED = 0.9
_WAVEFORM_OUTPUT_BYTES = 16_000_000


class BeingDeleted(Exception):
    """The same audio is being deleted at this moment; it can be stored again once that is done."""


class Maker:
    """Makes what belongs to a track of the bytes of an upload."""

    def __init__(
        self,
        settings: WorkSettings,
        audio: AudioSettings,
        db: Database,
        storage: Storage,
        catalog: Catalog,
        desk: Desk,
    ) -> None:
        self._settings = settings
        self._audio = audio
        self._db = db
        self._storage = storage
        self._catalog = catalog
        self._desk = desk

    async def make(self, upload: UploadRow, advance: Advance) -> OriginalRow:
        """Make and store all of it, and return what is known of the original then.

        Raises:
            Refused: nothing can be made of these bytes, for good.
            Withdrawn: the track was deleted meanwhile.
            BeingDeleted, FfmpegDied, OSError, obstore's errors: not now.
        """
        async with self._desk.corner() as corner:
            path = await self._desk.locate(upload.storage_key, corner)
            found = await look_into(ffmpeg.find_ffmpeg(), path, self._audio)
            _check_digest(upload, found)
            advance(_LOOKED)
            extent = await self._measure(found)
            found = _with_bit_rate(found, extent)
            await self.add_to_catalogue(upload, found.digest, found.format.extension, found.format.mime, path)
            advance(_CATALOGUED)
            original = await self.hold(upload, _describe(found, extent))
            await self.store_original(original, path)  # first, so that its uploader hears it while the rest is made
            if original.ladder is None:
                original = await self._produce(corner, found, extent, original, advance)
            return original

    async def add_to_catalogue(self, upload: UploadRow, digest: str, extension: str, mime: str, path: Path) -> None:
        """Let the catalogue have the track, still being processed.

        Raises:
            Refused: the catalogue cannot read it, or has the same audio.
            Withdrawn: it was deleted meanwhile.
        """
        audio = UploadedAudio(
            track_id=upload.track_id,
            user_id=upload.user_id,
            storage_key=original_key(digest, extension),
            bytes_key=upload.storage_key,
            filename=upload.filename,
            digest=digest,
            mime=mime,
            path=str(path),
            tags=_tags(upload),
            keep_duplicate=upload.keep_duplicate,
        )
        try:
            added = await self._catalog.add_uploaded(audio)
        except NotAudio as error:
            raise Refused("NOT_AUDIO", error.message) from error
        except UploadWithdrawn as error:
            raise Withdrawn from error
        if added.duplicate_of is not None:
            raise Refused(
                "DUPLICATE",
                f"The same audio is here already: “{added.title}” by {added.artist_name}.",
                duplicate_of=added.duplicate_of,
            )
        await self._tag_again(upload)

    async def _tag_again(self, upload: UploadRow) -> None:
        """Tell the catalogue of tags that its uploader changed since the job began, when it had no track to change."""
        current = await self._db.read(find_upload, upload.id)
        tags = None if current is None else _tags(current)
        if tags is not None and tags != _tags(upload):
            try:
                await self._catalog.edit_uploaded(upload.track_id, upload.user_id, tags)
            except TrackNotFound as error:
                raise Withdrawn from error

    async def hold(self, upload: UploadRow, original: OriginalRow) -> OriginalRow:
        """Let the track have the original, before any object of it is stored; return it as it is known here.

        Raises:
            BeingDeleted: not now.
        """
        track = TrackRow(
            track_id=upload.track_id, digest=original.digest, user_id=upload.user_id, created_at=original.created_at
        )
        held = await self._db.write(repository.hold, track, original)
        if held is None:
            raise BeingDeleted("The same audio is being deleted at this moment.")
        return held

    async def store_original(self, original: OriginalRow, path: Path) -> None:
        """Store the bytes that were looked into as the original.

        Not those of the upload, which its uploader may have replaced since: their digest would not be the original's.
        """
        if await self._storage.find_size(original.storage_key) != original.size_bytes:
            await self._storage.put_file(original.storage_key, path)

    async def _measure(self, found: Found) -> Extent:
        try:
            extent = await measure(found.source, self._audio)
        except AudioRefused as error:
            raise _refused(error) from error
        if not extent.total_samples:
            raise Refused("DAMAGED", "The file holds no sound.")
        if extent.duration_s > self._settings.max_duration_s:
            hours = self._settings.max_duration_s / 3600
            raise Refused("TOO_LONG", f"It lasts {extent.duration_s / 3600:.1f} h; at most {hours:g} h are taken.")
        return extent

    async def _produce(
        self, corner: Path, found: Found, extent: Extent, original: OriginalRow, advance: Advance
    ) -> OriginalRow:
        source = found.source
        limits = Limits(
            memory_bytes=self._audio.memory_bytes,
            cpu_s=self._settings.analysis_cpu_s,
            wall_s=self._settings.analysis_wall_s,
            output_bytes=_WAVEFORM_OUTPUT_BYTES,
        )
        folder = corner / "ladder"
        folder.mkdir()
        try:
            analysis = await analyse(ffmpeg.find_ffmpeg(), source, extent.total_samples, limits)
            advance(_MEASURED)
            ladder = await make_ladder(source, folder, _part(advance, _MEASURED, _ENCODED), self._audio)
        except AudioRefused as error:
            raise _refused(error) from error
        await self._desk.store_folder(folder, ladder_prefix(original.digest))
        await self._storage.put(waveform_key(original.digest), analysis.waveform)
        gap = find_gap(Path(source.path), source.container)
        return msgspec.structs.replace(
            original,
            loudness_lufs=analysis.loudness_lufs,
            true_peak_db=analysis.true_peak_db,
            gain_db=analysis.gain_db,
            peak=analysis.peak,
            encoder_delay=None if gap is None else gap.delay,
            encoder_padding=None if gap is None else gap.padding,
            silence_start_ms=analysis.silence_start_ms,
            silence_end_ms=analysis.silence_end_ms,
            ladder=[rung.name for rung in ladder.rungs],
        )


def _refused(error: AudioRefused) -> Refused:
    """Say for the uploader why ffmpeg gave up on a file that looked like sound."""
    if isinstance(error, LimitExceeded):
        return Refused("TOO_LONG", f"The file takes too much work: {error}")
    return Refused("DAMAGED", f"The file is damaged: {error}")


def _check_digest(upload: UploadRow, found: Found) -> None:
    if upload.sha256 is not None and upload.sha256 != found.digest:
        raise Refused("CHECKSUM_MISMATCH", "The file that came is not the one announced; upload it again.")


def _with_bit_rate(found: Found, extent: Extent) -> Found:
    """Fill in what ffmpeg does not say of some streams (Opus): no rung may have more than there is."""
    kbps = found.source.bit_rate_kbps or round(found.size_bytes * 8 / extent.duration_s / 1000)
    return msgspec.structs.replace(found, source=msgspec.structs.replace(found.source, bit_rate_kbps=kbps))


def _describe(found: Found, extent: Extent) -> OriginalRow:
    source = found.source
    return OriginalRow(
        digest=found.digest,
        storage_key=original_key(found.digest, found.format.extension),
        size_bytes=found.size_bytes,
        mime=found.format.mime,
        codec=source.codec,
        container=source.container,
        sample_rate_hz=extent.sample_rate_hz,
        channels=extent.channels,
        bit_rate_kbps=source.bit_rate_kbps,
        lossless=source.lossless,
        duration_ms=round(extent.duration_s * 1000),
        total_samples=extent.total_samples,
        created_at=now(),
    )


def _part(advance: Advance, start: float, end: float) -> Advance:
    """Return what hears of a part of the work that reaches from ``start`` to ``end`` of the whole."""
    return lambda share: advance(start + (end - start) * min(1.0, max(0.0, share)))


def _tags(upload: UploadRow) -> UploadTags | None:
    return None if upload.tags is None else msgspec.convert(upload.tags, UploadTags)

"""In which forms a track can be had: stored in advance, or made when asked."""

import asyncio
import hashlib
import os
from functools import cached_property

import msgspec

from tutti.kit.audio import (
    MASTER,
    PLAYLIST,
    AudioSettings,
    Extent,
    Grid,
    Source,
    lossless_codec,
    measure,
    media_playlist,
    rungs_of,
    segment_name,
)
from tutti.kit.containers import CONTAINER_OF
from tutti.kit.storage import Storage, StorageError
from tutti.kit.stores import Stores
from tutti.services.catalog.api import Original
from tutti.services.media.api import Media, StoredLadder
from tutti.services.streaming.api import FfmpegMissing, OriginalAway
from tutti.services.streaming.service.cache import group_of
from tutti.services.streaming.service.content import storage_away
from tutti.services.streaming.service.hls.findings import Findings
from tutti.services.streaming.service.hls.places import Places
from tutti.services.streaming.service.hls.refusals import check_ffmpeg, refused
from tutti.services.streaming.service.hot import Hot
from tutti.services.streaming.service.settings import StreamingSettings

_LAYOUT = "1"
"""Part of each version: one more whenever the kit makes other segments of the same file."""
_PLAYLISTS = 200
"""Stored ones that are remembered at once: those of long tracks are long."""
_LONGEST_PLAYLIST_BYTES = 8 * 1024 * 1024


class Stored(msgspec.Struct, frozen=True):
    """A ladder in storage."""

    prefix: str
    rungs: tuple[str, ...]
    master: str
    version: str


class OnDemand:
    """A file whose segments are made when asked."""

    def __init__(self, source: Source, extent: Extent, file: "FileState", version: str) -> None:
        self.source = source
        self.extent = extent
        self.file = file
        self.version = version
        """Group of the track, and what its file is."""
        self.rungs = {rung.name: rung for rung in rungs_of(source, extent)}

    def grid(self, rendition: str) -> Grid:
        """Return the segments of a rendition."""
        return self._grids[rendition]

    def playlist(self, rendition: str) -> str:
        """Return the playlist of a rendition, without signatures."""
        return media_playlist(self.grid(rendition), segment_name)

    @cached_property
    def _grids(self) -> dict[str, Grid]:
        return {name: Grid(rung, self.extent) for name, rung in self.rungs.items()}


class FileState(msgspec.Struct, frozen=True):
    """What tells a file from what it was before."""

    path: str
    size_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: str) -> "FileState":
        """Look at a file; waits for the disk.

        Raises:
            OriginalAway: it is not there.
        """
        try:
            status = os.stat(path)  # noqa: PTH116 - twice as fast, and done for each segment
        except OSError:
            raise OriginalAway("The file of this track is not there at present.") from None
        return cls(path, status.st_size, status.st_mtime_ns)


class Forms:
    """Finds out, and remembers for a moment, in which forms tracks can be had."""

    def __init__(
        self, settings: StreamingSettings, audio: AudioSettings, storage: Storage, media: Media, stores: Stores
    ) -> None:
        self._audio = audio
        self._storage = storage
        self._media = media
        self._places = Places(settings.survey_runs, settings)
        remembered, lifetime_s = settings.remembered, settings.admission_s
        self._findings = Findings(stores, playlists_s=lifetime_s, extents_s=settings.url_lifetime_s)
        self._ladders: Hot[str, StoredLadder | None] = Hot(remembered, lifetime_s)
        self._texts: Hot[tuple[str, str], str | None] = Hot(min(remembered, _PLAYLISTS), lifetime_s)
        self._files: Hot[str, OnDemand] = Hot(remembered, settings.url_lifetime_s)

    async def are_there(self, original: Original) -> bool:
        """Whether the track can be had by HLS at all, as far as can be told without looking into its file."""
        if await self._find_stored(original) is not None:
            return True
        try:
            check_ffmpeg()
        except FfmpegMissing:
            return False
        return bool(original.path) and original.mime in CONTAINER_OF

    async def find(self, original: Original) -> Stored | OnDemand:
        """Return the forms of a track.

        Raises:
            OriginalAway: neither a ladder nor the file is there at present.
            SourceUnplayable: ffmpeg finds no sound in it.
            FfmpegMissing, TranscodeFailed, TranscodesBusy, StorageAway: not now.
        """
        stored = await self._find_stored(original)
        if stored is not None:
            return stored
        if not original.path:
            raise OriginalAway("No segments of this track are stored; its original can be played.")
        file = await asyncio.to_thread(FileState.of, original.path)
        form = await self._files.get(original.track_id, lambda: self._measure(original, file))
        if form.file != file:  # it was another one when it was measured
            self._files.forget(original.track_id)
            form = await self._files.get(original.track_id, lambda: self._measure(original, file))
        return form

    async def playlist_text(self, form: Stored, rendition: str) -> str:
        """Return the stored playlist of a rendition.

        Raises:
            OriginalAway: it is gone.
            StorageAway: the storage does not answer.
        """
        text = await self._text(form.prefix, f"{rendition}/{PLAYLIST}")
        if text is None:
            raise OriginalAway("The segments of this track are not there any more.")
        return text

    def forget(self, track_id: str) -> None:
        """Ask anew for everything of a track."""
        self._ladders.forget(track_id)
        self._files.forget(track_id)

    async def _find_stored(self, original: Original) -> Stored | None:
        if original.digest is None:  # of uploads alone
            return None
        ladder = await self._ladders.get(original.track_id, lambda: self._find_ladder(original.track_id))
        if ladder is None:
            return None
        prefix = f"ladders/{ladder.digest}/"
        master = await self._text(prefix, MASTER)
        return None if master is None else Stored(prefix, ladder.rungs, master, ladder.digest[:16])

    async def _find_ladder(self, track_id: str) -> StoredLadder | None:
        return next(iter(await self._media.find_ladders([track_id])), None)

    async def _text(self, prefix: str, name: str) -> str | None:
        return await self._texts.get((prefix, name), lambda: self._read_text(prefix + name))

    async def _read_text(self, key: str) -> str | None:
        content = await self._findings.playlist(key, lambda: self._read(key))
        return None if content is None else content.decode()

    async def _read(self, key: str) -> bytes | None:
        try:
            size_bytes = await self._storage.find_size(key)
            if size_bytes is None or size_bytes > _LONGEST_PLAYLIST_BYTES:
                return None
            return await self._storage.find(key)
        except StorageError as error:
            raise storage_away() from error

    async def _measure(self, original: Original, file: FileState) -> OnDemand:
        check_ffmpeg()
        source = Source(
            path=original.path,
            codec=original.codec,
            container=CONTAINER_OF.get(original.mime, original.mime),
            sample_rate_hz=original.sample_rate_hz,
            channels=original.channels,
            bit_rate_kbps=original.bit_rate_kbps,
            lossless=lossless_codec(original.codec),
            bit_depth=original.bit_depth,
        )
        said = f"{_LAYOUT}|{original.fingerprint}|{file.size_bytes}|{file.mtime_ns}"
        content = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
        version = f"{group_of(original.track_id)}-{content}"
        with refused():
            extent = await self._findings.extent(version, lambda: self._survey(source))
        return OnDemand(source, extent, file, version)

    async def _survey(self, source: Source) -> Extent:
        async with self._places.one():
            return await measure(source, self._audio)

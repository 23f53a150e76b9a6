"""HTTP Live Streaming: playlists whose addresses are signed, and the segments that they name."""

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from tutti.kit.audio import AudioSettings, make_init
from tutti.kit.errors import NotFound
from tutti.kit.storage import Storage
from tutti.services.catalog.api import Original
from tutti.services.media.api import Media
from tutti.services.streaming.api import OriginalAway, RenditionNotFound, SegmentNotFound
from tutti.services.streaming.service.cache import RenditionCache, group_of
from tutti.services.streaming.service.conditions import Validators
from tutti.services.streaming.service.content import (
    Content,
    Growing,
    Held,
    Ready,
    open_original,
    opened_object,
)
from tutti.services.streaming.service.hls.forms import Forms, OnDemand, Stored
from tutti.services.streaming.service.hls.making import Piece, SegmentMaker
from tutti.services.streaming.service.hls.playlists import master_of, playlist_of
from tutti.services.streaming.service.hls.refusals import changed, refused
from tutti.services.streaming.service.hls.waveforms import Waveforms

__all__ = ["Hls"]

SEGMENT_MIME = "audio/mp4"
WAVEFORM_MIME = "application/octet-stream"
INIT = "init.mp4"
_SEGMENT = re.compile(r"(0|[1-9][0-9]{0,5})\.m4s", re.ASCII)


class Hls:
    """Finds what HLS asks for: stored in advance, made before, or made now."""

    def __init__(
        self,
        audio: AudioSettings,
        storage: Storage,
        media: Media,
        forms: Forms,
        cache: RenditionCache,
        maker: SegmentMaker,
        waveforms: Waveforms,
        *,
        redirect: bool,
    ) -> None:
        self._audio = audio
        self._storage = storage
        self._media = media
        self._forms = forms
        self._cache = cache
        self._maker = maker
        self._waveforms = waveforms
        self._redirect = redirect

    async def is_offered(self, original: Original) -> bool:
        """Whether the track has segments, or can get them here."""
        return await self._forms.are_there(original)

    async def master(self, original: Original, signature: str) -> str:
        """Return the master playlist, every address in it signed.

        Raises:
            OriginalAway: the file is not there at present.
            SourceUnplayable: ffmpeg finds no sound in it.
            FfmpegMissing, TranscodeFailed, TranscodesBusy, StorageAway: not now.
        """
        return master_of(await self._forms.find(original), signature)

    async def playlist(self, original: Original, signature: str, rendition: str) -> str:
        """Return the playlist of one rendition, every address in it signed and bound to what the file is now.

        Raises:
            RenditionNotFound: it is not offered of this track.
            OriginalAway, SourceUnplayable, FfmpegMissing, TranscodeFailed, TranscodesBusy, StorageAway: as `master`.
        """
        form = await self._forms.find(original)
        if isinstance(form, Stored):
            _check_offered(form, rendition)
            return playlist_of(await self._forms.playlist_text(form, rendition), form, signature)
        _check_offered(form, rendition)
        return playlist_of(form.playlist(rendition), form, signature)

    @asynccontextmanager
    async def opened(
        self, original: Original, rendition: str, name: str, version: str | None, *, start: bool
    ) -> AsyncGenerator[Content, None]:
        """Hold a segment, or the init segment, for the length of a block; with ``start`` it is made if need be.

        Raises:
            StreamChanged: the file is no longer what ``version`` names.
            RenditionNotFound, SegmentNotFound: there is no such thing.
            OriginalAway, SourceUnplayable, FfmpegMissing, TranscodeFailed, TranscodesBusy, StorageAway: as `master`.
        """
        form = await self._forms.find(original)
        if version is not None and version != form.version:
            raise changed()
        _check_offered(form, rendition)
        number = None if name == INIT else _number_of(name)
        if isinstance(form, Stored):
            async with self._stored(form, rendition, name) as found:
                yield found
        elif number is None:
            yield await self._init(form, rendition)
        else:
            async with self._made(Piece(form, form.rungs[rendition], number), start=start) as content:
                yield content

    @asynccontextmanager
    async def waveform(self, original: Original, *, start: bool) -> AsyncGenerator[Held | Growing, None]:
        """Hold the waveform of a track for the length of a block; with ``start`` it is made if need be.

        Raises:
            OriginalAway, SourceUnplayable, FfmpegMissing, TranscodeFailed, TranscodesBusy, StorageAway: as `master`.
        """
        form = await self._forms.find(original)
        if isinstance(form, Stored):
            yield Held(await self._stored_waveform(original), _waveform_tag(form), WAVEFORM_MIME)
        elif start or self._waveforms.is_made(form):
            yield Held(await self._waveforms.get(form), _waveform_tag(form), WAVEFORM_MIME)
        else:
            yield Growing(None, WAVEFORM_MIME)

    async def forget_track(self, track_id: str) -> None:
        """Forget what is known and made of a track."""
        self._forms.forget(track_id)
        await self._maker.stop(group_of(track_id))
        await self._waveforms.stop(group_of(track_id))
        self._cache.forget(group_of(track_id))

    async def _stored_waveform(self, original: Original) -> bytes:
        try:
            return await self._media.get_waveform(original.track_id)
        except NotFound:
            raise OriginalAway("The waveform of this track is not there any more.") from None

    @asynccontextmanager
    async def _stored(self, form: Stored, rendition: str, name: str) -> AsyncGenerator[Content, None]:
        key, etag = f"{form.prefix}{rendition}/{name}", f'"{form.version}-{rendition}-{name}"'
        try:
            async with opened_object(self._storage, key, SEGMENT_MIME, etag, redirect=self._redirect) as found:
                yield found
        except OriginalAway:
            if name != INIT and name not in (await self._forms.playlist_text(form, rendition)).split("\n"):
                raise _no_segment() from None
            raise

    async def _init(self, form: OnDemand, rendition: str) -> Held:
        with refused():
            content = await make_init(form.source, form.rungs[rendition], self._audio)
        return Held(content, Validators(f'"{form.version}-{rendition}-init"', None), SEGMENT_MIME)

    @asynccontextmanager
    async def _made(self, piece: Piece, *, start: bool) -> AsyncGenerator[Content, None]:
        if not 0 <= piece.number < piece.form.grid(piece.rung.name).segments:
            raise _no_segment()
        with self._cache.in_use(piece.key):  # from before it is made: a cache that is full may not throw it out again
            if self._cache.find(piece.key) is None:
                if not start:
                    yield Growing(None, SEGMENT_MIME)
                    return
                await self._maker.make(piece)
            else:
                self._maker.note(piece)
            path = str(self._cache.path(piece.key))
            with await asyncio.to_thread(open_original, path) as file:
                status = os.fstat(file.fileno())
                # Made again it may differ by bits: encoders depend on where they began.
                tag = f'"{piece.key}-{status.st_size:x}-{status.st_ino:x}"'
                yield Ready(file, status.st_size, Validators(tag, None), SEGMENT_MIME)


def _waveform_tag(form: Stored | OnDemand) -> Validators:
    return Validators(f'"{form.version}-waveform"', None)


def _check_offered(form: Stored | OnDemand, rendition: str) -> None:
    if rendition not in form.rungs:
        raise RenditionNotFound(
            "This track is not offered in this form; the master playlist names those that there are."
        )


def _number_of(name: str) -> int:
    found = _SEGMENT.fullmatch(name)
    if found is None:
        raise _no_segment()
    return int(found[1])


def _no_segment() -> SegmentNotFound:
    return SegmentNotFound("The track has no segment of this number.")

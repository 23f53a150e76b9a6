"""Puts the catalogue together."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from tutti.kit.cluster import ClusterSettings
from tutti.kit.service import Process, Schedule, Service
from tutti.services.catalog.api import (
    AddedUpload,
    AlbumsMerged,
    ArtistsMerged,
    Catalog,
    LibraryChanged,
    Original,
    Track,
    TrackAdded,
    TrackChanged,
    TrackDeleted,
    TrackMissing,
    TrackReturned,
    UploadedAudio,
    UploadTags,
    Viewer,
)
from tutti.services.catalog.handlers import Handlers
from tutti.services.catalog.routes import browse, covers, edit, libraries
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.composing import Composer
from tutti.services.catalog.service.covers.serving import CoverService
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.uploads import CoverUploads
from tutti.services.catalog.service.demo import DEMO_FOLDER, DemoPlace, DemoService
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.editing import EditingService
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.news import News
from tutti.services.catalog.service.originals import Originals
from tutti.services.catalog.service.plays import PlayCounts
from tutti.services.catalog.service.scanner.filling import Fill
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.service.uploads.adding import AddingService
from tutti.services.catalog.service.uploads.outcomes import UploadOutcomes
from tutti.services.catalog.service.uploads.reader import UploadReader
from tutti.services.catalog.service.watcher import Watcher
from tutti.services.media.api import AudioDeleted, TrackFailed, TrackReady
from tutti.services.playback.api import ListenRecorded

_HOUR_S = 3600


class _Answers:
    """The calls other services need, answered by the parts that know."""

    def __init__(self, browsing: BrowsingService, originals: Originals, adding: AddingService) -> None:
        self._browsing = browsing
        self._originals = originals
        self._adding = adding

    async def get_tracks(self, viewer: Viewer, track_ids: Sequence[str]) -> list[Track]:
        return await self._browsing.get_tracks(viewer, track_ids)

    async def get_original(self, viewer: Viewer, track_id: str) -> Original:
        return await self._originals.get_original(viewer, track_id)

    async def add_uploaded(self, audio: UploadedAudio) -> AddedUpload:
        return await self._adding.add(audio)

    async def edit_uploaded(self, track_id: str, user_id: str, tags: UploadTags) -> None:
        await self._adding.edit(track_id, user_id, tags)


def _find_demo_place(process: Process, settings: CatalogSettings) -> DemoPlace:
    shared = settings.demo_folder
    is_private = shared is None and bool(process.settings.section("cluster", ClusterSettings).secrets)
    return DemoPlace((shared or process.settings.base.data_dir / DEMO_FOLDER).resolve(), is_private)


def _fills(place: DemoPlace, settings: CatalogSettings, command: Sequence[str]) -> Mapping[str, Fill]:
    """Return who fills which folder, by its path as a library has it."""
    if place.is_private:
        return {}
    return {str(place.folder): Composer(command, place.folder, settings.demo_silence_s).compose}


def build(process: Process, *, demo_command: Sequence[str]) -> Service:
    """Build on the kit alone; ``demo_command`` writes the demo music into the folder that comes after it."""
    settings = process.settings.section("catalog", CatalogSettings)
    cover_settings = process.settings.section("covers", CoverSettings)
    db = process.db
    browsing, editing = BrowsingService(db), EditingService(db)
    covers_ = CoverService(db, process.storage, cover_settings)
    libraries_ = LibraryService(db, settings, process.settings.base.data_dir)
    demo_place = _find_demo_place(process, settings)
    fills = _fills(demo_place, settings, demo_command)
    scans = ScanService(db, process.live, settings, libraries_, CoverDescriptions(db), fills)
    watcher = Watcher(db, libraries_, scans, settings)
    adding = AddingService(db, process.storage, UploadReader(process.storage, settings))
    outcomes = UploadOutcomes(db, failed_hours=settings.failed_uploads_hours)
    handlers = Handlers(PlayCounts(db), News(process.live), outcomes)
    schedules = [
        Schedule("catalog: note used covers", cover_settings.sweep_s, covers_.note_used, per_process=True),
        Schedule("catalog: keep covers within bounds", cover_settings.sweep_s, covers_.sweep),
        Schedule("catalog: forget failed uploads", _HOUR_S, outcomes.forget_failed),
    ]
    if settings.rescan_hours:
        schedules.append(Schedule("catalog: compare libraries", settings.rescan_hours * _HOUR_S, scans.compare_all))

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(covers_.running())
            await stack.enter_async_context(scans.running())
            await stack.enter_async_context(watcher.running())
            yield

    return Service(
        name="catalog",
        routes=[*browse.routes, *covers.routes, *edit.routes, *libraries.routes],
        provides={
            "browsing": browsing,
            "demo": DemoService(db, libraries_, scans, demo_place),
            "covers": covers_,
            "cover_uploads": CoverUploads(process.storage, editing, cover_settings),
            "editing": editing,
            "libraries": libraries_,
            "scans": scans,
        },
        answers={Catalog: _Answers(browsing, Originals(db, process.storage), adding)},
        tells=(
            TrackAdded,
            TrackChanged,
            TrackMissing,
            TrackReturned,
            TrackDeleted,
            ArtistsMerged,
            AlbumsMerged,
            LibraryChanged,
        ),
        hears={
            ListenRecorded: handlers.on_listen_recorded,
            LibraryChanged: handlers.on_library_changed,
            TrackReady: handlers.on_track_ready,
            TrackFailed: handlers.on_track_failed,
            AudioDeleted: handlers.on_audio_deleted,
        },
        schedules=schedules,
        running=running,
    )

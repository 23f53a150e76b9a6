"""Puts media together."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from tutti.kit.audio.settings import AudioSettings
from tutti.kit.service import Process, Schedule, Service
from tutti.kit.storage import LocalIncoming, StorageSettings, open_incoming
from tutti.kit.web import API
from tutti.services.catalog.api import Catalog
from tutti.services.media.api import AudioDeleted, Media, TrackFailed, TrackReady, TrackUploaded
from tutti.services.media.handlers import Handlers
from tutti.services.media.routes import routes
from tutti.services.media.service.answers import MediaAnswers
from tutti.services.media.service.deleting import Deletion
from tutti.services.media.service.jobs import Jobs
from tutti.services.media.service.progress import Progress
from tutti.services.media.service.uploads import (
    Allowance,
    Beginnings,
    Completion,
    HookGate,
    Intake,
    OwnUploads,
    Sweep,
    Tagging,
    UploadsSettings,
)
from tutti.services.media.service.work import WorkSettings
from tutti.services.media.service.work.board import Board
from tutti.services.media.service.work.endings import Endings
from tutti.services.media.service.work.making import Maker
from tutti.services.media.service.work.places import Desk
from tutti.services.media.service.work.worker import Worker

_DESK = "tmp/media"


def build(process: Process) -> Service:
    """Build on accounts and the catalogue."""
    settings = process.settings.section("uploads", UploadsSettings)
    storage_settings = process.settings.section("storage", StorageSettings)
    work = process.settings.section("media", WorkSettings)
    audio = process.settings.section("audio", AudioSettings)
    db, storage, catalog = process.db, process.storage, process.get(Catalog)
    incoming = open_incoming(storage_settings, process.settings.base.data_dir, process.secrets, _url_of)
    progress = Progress(process.live, process.stores)
    sweep = Sweep(settings, db, storage, incoming)
    desk = Desk(process.settings.base.data_dir / _DESK, storage)
    deletion = Deletion(db, storage, catalog)
    endings = Endings(db, progress)
    maker = Maker(work, audio, db, storage, catalog, desk)
    board = Board(process.stores)
    worker = Worker(work, db, storage, maker, endings, deletion, progress, board)
    handlers = Handlers(work, worker, deletion)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
        await asyncio.to_thread(desk.clear)
        async with incoming.running():
            yield

    return Service(
        name="media",
        routes=routes,
        provides={
            "allowance": Allowance(settings, db),
            "beginnings": Beginnings(settings, db, incoming, timedelta(seconds=storage_settings.presigned_s)),
            "completion": Completion(db, storage, incoming, progress),
            "intake": Intake(db, incoming if isinstance(incoming, LocalIncoming) else None),
            "own_uploads": OwnUploads(db, storage, incoming, progress),
            "tagging": Tagging(db, catalog, progress),
            "hook_gate": HookGate(settings),
            "upload_sweep": sweep,
            "jobs": Jobs(db, storage, worker, maker, endings, progress, desk, board),
            "deletion": deletion,
        },
        answers={Media: MediaAnswers(db, storage)},
        tells=(TrackUploaded, TrackReady, TrackFailed, AudioDeleted),
        works=handlers.works(),
        long_work=work.long_work(handlers.given_up()),
        schedules=(
            Schedule("media: sweep uploads", settings.sweep_s, sweep.sweep),
            Schedule("media: sweep objects", work.orphans_s, handlers.sweep),
        ),
        running=running,
    )


def _url_of(key: str, number: int | None, signature: str) -> str:
    """Address at which this server takes the bytes of ``incoming/<upload id>`` itself (routes/uploads.py)."""
    upload = f"{API}/uploads/{key.rpartition('/')[2]}"
    return f"{upload}/content?sig={signature}" if number is None else f"{upload}/parts/{number}?sig={signature}"

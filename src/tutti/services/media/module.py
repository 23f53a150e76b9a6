"""Puts media together."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from tutti.kit.service import Process, Schedule, Service
from tutti.kit.storage import LocalIncoming, StorageSettings, open_incoming
from tutti.kit.web import API
from tutti.services.catalog.api import Catalog
from tutti.services.media.api import TrackFailed, TrackReady, TrackUploaded
from tutti.services.media.routes import routes
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


def build(process: Process) -> Service:
    """Build on accounts and the catalogue."""
    settings = process.settings.section("uploads", UploadsSettings)
    storage_settings = process.settings.section("storage", StorageSettings)
    db, storage = process.db, process.storage
    incoming = open_incoming(storage_settings, process.settings.base.data_dir, _url_of)
    progress = Progress(process.live)
    sweep = Sweep(settings, db, storage, incoming)

    @asynccontextmanager
    async def running() -> AsyncGenerator[None, None]:
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
            "tagging": Tagging(db, process.get(Catalog), progress),
            "hook_gate": HookGate(settings),
            "upload_sweep": sweep,
        },
        tells=(TrackUploaded, TrackReady, TrackFailed),
        schedules=(Schedule("media: sweep uploads", settings.sweep_s, sweep.sweep),),
        running=running,
    )


def _url_of(key: str, number: int | None, signature: str) -> str:
    """Address at which this server takes the bytes of ``incoming/<upload id>`` itself (routes/uploads.py)."""
    upload = f"{API}/uploads/{key.rpartition('/')[2]}"
    return f"{upload}/content?sig={signature}" if number is None else f"{upload}/parts/{number}?sig={signature}"

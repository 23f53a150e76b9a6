"""Puts playback together."""

from tutti.kit.service import Process, Service
from tutti.services.catalog.api import Catalog
from tutti.services.playback.api import ListenRecorded, PlaybackCompleted, PlaybackSkipped, PlaybackStarted
from tutti.services.playback.routes import routes
from tutti.services.playback.service import PlaybackService


def build(process: Process) -> Service:
    """Build on the catalogue."""
    return Service(
        name="playback",
        routes=routes,
        provides={"playback": PlaybackService(process.db, process.get(Catalog))},
        tells=(PlaybackStarted, PlaybackSkipped, PlaybackCompleted, ListenRecorded),
    )

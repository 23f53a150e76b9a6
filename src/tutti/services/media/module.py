"""Puts media together."""

from tutti.kit.service import Process, Service
from tutti.services.media.api import TrackFailed, TrackReady, TrackUploaded
from tutti.services.media.routes import routes
from tutti.services.media.service.progress import Progress


def build(process: Process) -> Service:
    """Build on accounts and the catalogue."""
    progress = Progress(process.live)
    return Service(
        name="media",
        routes=routes,
        provides={"progress": progress},
        tells=(TrackUploaded, TrackReady, TrackFailed),
    )

"""Events and clock ticks turned into calls."""

from collections.abc import Mapping
from datetime import timedelta

from tutti.kit.events.event import Event
from tutti.kit.events.log import Handler
from tutti.services.catalog.api import TrackDeleted
from tutti.services.media.api import AudioDeleted, TrackUploaded
from tutti.services.media.service.deleting import Deletion
from tutti.services.media.service.work import WorkSettings
from tutti.services.media.service.work.worker import Worker


class Handlers:
    """What media works on. Deletions are heard with the jobs, since they wait for the job of their track to end."""

    def __init__(self, settings: WorkSettings, worker: Worker, deletion: Deletion) -> None:
        self._settings = settings
        self._worker = worker
        self._deletion = deletion

    def works(self) -> Mapping[type[Event], Handler]:
        """Return who does which long work."""
        jobs: dict[type[Event], Handler] = {TrackUploaded: self._worker.on_track_uploaded}
        return {
            **({} if self._settings.external_workers else jobs),
            TrackDeleted: self._deletion.on_track_deleted,
            AudioDeleted: self._deletion.on_audio_deleted,
        }

    def given_up(self) -> Mapping[type[Event], Handler]:
        """Return who hears of work whose every try ended with its process."""
        return {TrackUploaded: self._worker.on_given_up}

    async def sweep(self) -> None:
        """Delete objects that no row names."""
        await self._deletion.sweep(timedelta(days=self._settings.jobs_kept_days))

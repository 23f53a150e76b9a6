"""Events turned into calls: what is remembered is asked anew once it may have changed."""

from collections.abc import Mapping

from tutti.kit.events.event import Event
from tutti.kit.events.log import Handler
from tutti.services.accounts.api import UserChanged, UserDeleted
from tutti.services.catalog.api import LibraryChanged, TrackDeleted
from tutti.services.media.api import AudioDeleted, TrackReady
from tutti.services.streaming.service.admission import Admission
from tutti.services.streaming.service.hls import Hls


class Handlers:
    """What every process of streaming hears, each for what it remembers and has made itself."""

    def __init__(self, admission: Admission, hls: Hls) -> None:
        self._admission = admission
        self._hls = hls

    def watches(self) -> Mapping[type[Event], Handler]:
        """Return who handles what."""
        return {
            TrackDeleted: self.on_track_gone,
            AudioDeleted: self.on_track_gone,
            TrackReady: self.on_track_gone,
            LibraryChanged: self.on_library_changed,
            UserChanged: self.on_user_changed,
            UserDeleted: self.on_user_changed,
        }

    async def on_track_gone(self, event: TrackDeleted | AudioDeleted | TrackReady) -> None:
        """Forget a track whose bytes are gone, or are others now, and what was made of it."""
        self._admission.forget_tracks()
        await self._hls.forget_track(event.track_id)

    async def on_library_changed(self, event: LibraryChanged) -> None:
        """Ask anew who may hear which track."""
        del event  # any track may be in any library
        self._admission.forget_tracks()

    async def on_user_changed(self, event: UserChanged | UserDeleted) -> None:
        """Ask anew who is whom."""
        del event
        self._admission.forget_users()

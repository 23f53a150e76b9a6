"""Events turned into calls."""

from tutti.services.catalog.api import LibraryChanged
from tutti.services.catalog.repository.uploads import Analysis
from tutti.services.catalog.service.news import News
from tutti.services.catalog.service.plays import PlayCounts
from tutti.services.catalog.service.uploads.outcomes import UploadOutcomes
from tutti.services.media.api import AudioDeleted, TrackFailed, TrackReady
from tutti.services.playback.api import ListenRecorded


class Handlers:
    """What the catalogue hears."""

    def __init__(self, plays: PlayCounts, news: News, outcomes: UploadOutcomes) -> None:
        self._plays = plays
        self._news = news
        self._outcomes = outcomes

    async def on_listen_recorded(self, event: ListenRecorded) -> None:
        """Count the listen."""
        await self._plays.count(event.track_id, event.listened_at)

    async def on_library_changed(self, event: LibraryChanged) -> None:
        """Tell the clients that lists are worth asking for again."""
        del event
        self._news.tell()

    async def on_track_ready(self, event: TrackReady) -> None:
        """Show the track to others than its uploader."""
        analysis = Analysis(duration_ms=event.duration_ms, gain_db=event.gain_db, peak=event.peak)
        await self._outcomes.make_ready(event.track_id, analysis)

    async def on_track_failed(self, event: TrackFailed) -> None:
        """Show the track to nobody."""
        await self._outcomes.mark_failed(event.track_id)

    async def on_audio_deleted(self, event: AudioDeleted) -> None:
        """Show the track as missing."""
        await self._outcomes.lose_audio(event.track_id)

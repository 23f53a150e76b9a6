"""Events turned into calls."""

from tutti.services.catalog.api import LibraryChanged
from tutti.services.catalog.service.news import News
from tutti.services.catalog.service.plays import PlayCounts
from tutti.services.playback.api import ListenRecorded


class Handlers:
    """What the catalogue hears."""

    def __init__(self, plays: PlayCounts, news: News) -> None:
        self._plays = plays
        self._news = news

    async def on_listen_recorded(self, event: ListenRecorded) -> None:
        """Count the listen."""
        await self._plays.count(event.track_id, event.listened_at)

    async def on_library_changed(self, event: LibraryChanged) -> None:
        """Tell the clients that lists are worth asking for again."""
        del event
        self._news.tell()

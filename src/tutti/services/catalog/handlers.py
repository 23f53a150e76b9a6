"""Events of other services turned into calls."""

from tutti.services.catalog.service.plays import PlayCounts
from tutti.services.playback.api import ListenRecorded


class Handlers:
    """What the catalogue hears."""

    def __init__(self, plays: PlayCounts) -> None:
        self._plays = plays

    async def on_listen_recorded(self, event: ListenRecorded) -> None:
        """Count the listen."""
        await self._plays.count(event.track_id, event.listened_at)

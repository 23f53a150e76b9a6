"""HTTP of playback."""

from litestar import get, post

from tutti.kit.auth import Identity
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors
from tutti.services.playback.api import Accepted, HistoryEntry, PlayEvents
from tutti.services.playback.service import PlaybackService


@post("/playback/events", status_code=200)
async def record_events(playback: PlaybackService, identity: Identity, data: PlayEvents) -> Accepted:
    """Report what a player did, in batches. Sending a batch again changes nothing."""
    return await playback.record(identity, data.events)


@get("/me/history", responses=errors(BadCursor))
async def list_history(
    playback: PlaybackService, identity: Identity, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[HistoryEntry]:
    """What you listened to, newest first."""
    return await playback.list_history(identity, cursor, limit)


routes = [record_events, list_history]

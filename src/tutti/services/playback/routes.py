"""HTTP of playback."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from tutti.kit.auth import Identity
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors
from tutti.services.playback.api import Accepted, HistoryEntry, PlayEvents
from tutti.services.playback.service import PlaybackService


@post("/playback/events", status_code=200)
async def record_events(
    playback: NamedDependency[PlaybackService], identity: NamedDependency[Identity], data: JSONBody[PlayEvents]
) -> Accepted:
    """Report what a player did, in batches. Sending a batch again changes nothing."""
    return await playback.record(identity, data.events)


@get("/me/history", responses=errors(BadCursor))
async def list_history(
    playback: NamedDependency[PlaybackService],
    identity: NamedDependency[Identity],
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[HistoryEntry]:
    """What you listened to, newest first."""
    return await playback.list_history(identity, cursor, limit)


routes = [record_events, list_history]

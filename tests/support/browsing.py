"""People who look at a seeded catalogue."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection

from support.catalogue import Seeded
from tutti.kit.auth import Identity
from tutti.kit.db import Database
from tutti.kit.events.event import Envelope, Event
from tutti.kit.paging import Page
from tutti.services.catalog.service.browsing import BrowsingService, ListRequest
from tutti.services.catalog.service.editing import EditingService

ADMIN = Identity("01900000-0000-7000-8000-0000000000aa", "ada", "admin", "s")
LISTENER = Identity("01900000-0000-7000-8000-0000000000bb", "bob", "listener", "s")


@dataclass
class Told:
    """Stands for the event log: keeps what was published."""

    events: list[Event] = field(default_factory=list[Event])

    def append(self, db: Connection, envelopes: Sequence[Envelope]) -> None:
        kinds = {kind.TYPE: kind for kind in Event.__subclasses__()}
        self.events += [msgspec.json.decode(each.payload, type=kinds[each.type]) for each in envelopes]

    def committed(self, envelopes: Sequence[Envelope]) -> None: ...


@dataclass(frozen=True)
class Catalogue:
    """Two libraries of which the second is hidden, and the service that shows them."""

    db: Database
    seeded: Seeded
    browsing: BrowsingService
    editing: EditingService
    told: list[Event]
    """The events of committed edits."""

    async def pages(
        self,
        kind: str,
        request: ListRequest,
        who: Identity = ADMIN,
        between: Callable[[int], Awaitable[None]] | None = None,
    ) -> list[Any]:
        """Every item of a list, by following the cursors; ``between`` runs after each page."""
        items: list[Any] = []
        number = 0
        cursor: str | None = None
        while number == 0 or cursor:
            page: Page[Any] = await getattr(self.browsing, f"list_{kind}")(who, _at(request, cursor))
            assert len(page.items) <= request.limit
            items += page.items
            cursor = page.next_cursor
            number += 1
            if between is not None:
                await between(number)
        return items


def _at(request: ListRequest, cursor: str | None) -> ListRequest:
    return msgspec.structs.replace(request, cursor=cursor)

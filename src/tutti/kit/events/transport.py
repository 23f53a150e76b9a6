"""What carries events from those who tell to those who hear. One today: the log in the database itself (`solo`)."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from tutti.kit.db.database import Outbox
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.letters import DeadLetter, Lag


class Transport(Outbox, Protocol):
    """Takes events inside the transaction that made them true; delivers each at least once, in order of its key.

    ``tests/contract`` says what that means, and holds for every transport.
    """

    def subscribe(self, subscription: Subscription) -> None:
        """Add a consumer, before `running`."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Deliver, for the length of a block."""
        ...

    @property
    def stalled(self) -> Sequence[str]:
        """Consumers that should be served and are not."""
        ...

    async def lag(self) -> list[Lag]:
        """How far each consumer is behind."""
        ...

    async def list_dead(self) -> list[DeadLetter]:
        """The events given up."""
        ...

    async def retry_dead(self, event_id: str | None) -> int:
        """Try one again, or all (None); return how many."""
        ...

    async def replay(self, consumer: str, since: datetime) -> int:
        """Let a consumer handle again what happened since; return how many events that are."""
        ...

"""What carries events from those who tell to those who hear: the database (`solo`), or NATS (`jetstream`)."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, Self

from tutti.kit.db.database import Outbox
from tutti.kit.errors import NotFound
from tutti.kit.events.delivery import Subscription
from tutti.kit.events.letters import DeadLetter, Lag


class ConsumerNotFound(NotFound):
    """No service of this process hears events under that name."""

    @classmethod
    def among(cls, name: str, known: Iterable[str]) -> Self:
        """Say which there are."""
        return cls(f"There is no consumer {name}. There are: {', '.join(sorted(known)) or 'none'}.")


class Transport(Outbox, Protocol):
    """Takes events inside the transaction that made them true; delivers each at least once, in order of its key.

    ``tests/contract`` says what that means, and holds for every transport.
    """

    def subscribe(self, subscription: Subscription) -> None:
        """Add a consumer, before `running`."""
        ...

    def watch(self, subscription: Subscription) -> None:
        """Add handlers that hear everything from now on in this process, before `running`.

        At most once, without receipts, retries or dead letters: for what a process remembers. The consumer's name is
        for the log alone.
        """
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """Deliver, for the length of a block."""
        ...

    @property
    def stalled(self) -> Sequence[str]:
        """Consumers that should be served and are not."""
        ...

    @property
    def trouble(self) -> str | None:
        """Why events wait at the moment, or None; everything but their effects goes on."""
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

"""What short-lived state can do."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # redis costs every process 10 MB, and most have none
    from tutti.kit.stores.link import RedisLink

Edit = Callable[[bytes | None], bytes | None]
"""Returns the value that is to follow a value, None for one that is not there. It may be called several times."""


class Stores(Protocol):
    """Values under keys, each with a lifetime; small ones, since all of them are kept in memory somewhere.

    All of it may be lost at any time, and nothing here raises because Redis is away: reads find nothing then, writes
    are dropped, and what `count` and `change` keep is kept for this process alone. Keys name their owner first
    (``accounts:failures:…``).
    """

    @property
    def link(self) -> "RedisLink | None":
        """The connection to Redis, for what else is shared there; None where this process is all there is."""
        ...

    async def get(self, key: str) -> bytes | None:
        """Return a value, None where there is none (any more)."""
        ...

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return those of the values that are there, by key."""
        ...

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for ``ttl_s`` seconds."""
        ...

    async def delete(self, *keys: str) -> None:
        """Forget values; those that are not there, too."""
        ...

    async def count(self, key: str, ttl_s: float, step: int = 1) -> int:
        """Add ``step`` to a counter and return what it is then; it begins at 0 and ends ``ttl_s`` after it began."""
        ...

    async def change(self, key: str, edit: Edit, ttl_s: float) -> None:
        """Replace a value by what ``edit`` makes of it, with nobody in between; None deletes it."""
        ...

    async def find_problem(self) -> str | None:
        """Say what is wrong; it is no reason to stop: everything goes on, slower and less well shared."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...

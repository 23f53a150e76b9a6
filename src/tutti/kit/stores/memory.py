"""Short-lived state of one process, in its memory."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence

from tutti.kit.stores.stores import Edit

MAX_ENTRIES = 50_000


class MemoryStores:
    """Keeps the values used last, ``size`` of them at the most. For the event loop only."""

    link = None

    def __init__(self, size: int = MAX_ENTRIES, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._clock = clock
        self._entries: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def __len__(self) -> int:
        """Return how many values are kept, those included that nobody has asked for since they ended."""
        return len(self._entries)

    async def get(self, key: str) -> bytes | None:
        """Return a value, None where there is none (any more)."""
        return self._find(key)

    async def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return those of the values that are there, by key."""
        return {key: value for key in keys if (value := self._find(key)) is not None}

    async def set(self, key: str, value: bytes, ttl_s: float) -> None:
        """Keep a value for ``ttl_s`` seconds."""
        self._keep(key, value, self._clock() + ttl_s)

    async def delete(self, *keys: str) -> None:
        """Forget values; those that are not there, too."""
        for key in keys:
            self._entries.pop(key, None)

    async def count(self, key: str, ttl_s: float, step: int = 1) -> int:
        """Add ``step`` to a counter and return what it is then; it begins at 0 and ends ``ttl_s`` after it began."""
        before = self._find(key)
        count = int(before or 0) + step
        self._keep(key, b"%d" % count, self._clock() + ttl_s if before is None else self._entries[key][1])
        return count

    async def change(self, key: str, edit: Edit, ttl_s: float) -> None:
        """Replace a value by what ``edit`` makes of it; None deletes it."""
        value = edit(self._find(key))
        if value is None:
            self._entries.pop(key, None)
        else:
            self._keep(key, value, self._clock() + ttl_s)

    async def find_problem(self) -> str | None:
        """Say what is wrong: nothing can be."""
        return None

    async def close(self) -> None:
        """Nothing to close."""

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def _find(self, key: str) -> bytes | None:
        found = self._entries.get(key)
        if found is None:
            return None
        if found[1] <= self._clock():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return found[0]

    def _keep(self, key: str, value: bytes, ends_at: float) -> None:
        self._entries[key] = (value, ends_at)
        self._entries.move_to_end(key)
        if len(self._entries) > self._size:
            self._entries.popitem(last=False)

"""Remembers what was found out a moment ago."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Hot(Generic[K, V]):
    """Remembers ``size`` values for ``lifetime_s`` seconds each; those who ask for one at the same time share the work.

    Failures are not remembered. For the event loop only.
    """

    def __init__(self, size: int, lifetime_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._lifetime_s = lifetime_s
        self._clock = clock
        self._known: OrderedDict[K, tuple[float, V]] = OrderedDict()
        self._asked: dict[K, asyncio.Task[V]] = {}

    async def get(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        """Return the value of ``key``, by ``ask`` if it is not known."""
        known = self._known.get(key)
        if known is not None and known[0] > self._clock():
            self._known.move_to_end(key)
            return known[1]
        task = self._asked.get(key)
        if task is None:
            task = self._asked[key] = asyncio.create_task(self._ask(key, ask))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # its askers may all have left
        return await asyncio.shield(task)

    def forget(self, key: K) -> None:
        """Forget one value; if it is being asked for now, it will not be remembered."""
        self._known.pop(key, None)
        self._asked.pop(key, None)

    def clear(self) -> None:
        """Forget all values, as `forget` does."""
        self._known.clear()
        self._asked.clear()

    async def _ask(self, key: K, ask: Callable[[], Coroutine[Any, Any, V]]) -> V:
        mine = asyncio.current_task()
        try:
            value = await ask()
            if self._asked.get(key) is mine:  # else it was forgotten meanwhile
                self._remember(key, value)
            return value
        finally:
            if self._asked.get(key) is mine:
                del self._asked[key]

    def _remember(self, key: K, value: V) -> None:
        self._known[key] = (self._clock() + self._lifetime_s, value)
        self._known.move_to_end(key)
        while len(self._known) > self._size:
            self._known.popitem(last=False)

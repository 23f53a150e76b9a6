"""Opening what counts requests: in this process alone, or for all that share a Redis."""

import importlib
from typing import Any

from tutti.kit.limits.counting import BoundedMemory, Counting, Windows
from tutti.kit.stores import Stores


def open_counting(stores: Stores) -> Counting:
    """Return what counts requests; in Redis where ``stores`` are there."""
    if stores.link is None:
        return Windows(BoundedMemory())
    shared: Any = importlib.import_module("tutti.kit.limits.shared")  # as in `open_stores`: redis is large
    return shared.SharedCounting(stores.link)

"""Opening the live channels: of this process alone, or of all that share a Redis."""

import importlib
from typing import Any

from tutti.kit.live.hub import Live
from tutti.kit.stores import Stores


def open_live(stores: Stores) -> Live:
    """Return the live channels; through Redis where ``stores`` are there."""
    if stores.link is None:
        return Live()
    shared: Any = importlib.import_module("tutti.kit.live.shared")  # as in `open_stores`: redis is large
    return shared.RedisLive(stores.link)

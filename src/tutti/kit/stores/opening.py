"""Opening what a process needs of Redis, or doing without."""

import importlib
from typing import Any

from tutti.kit.settings import BadSetting
from tutti.kit.stores.memory import MemoryStores
from tutti.kit.stores.settings import RedisSettings
from tutti.kit.stores.stores import Stores


def open_stores(redis_url: str, settings: RedisSettings | None = None) -> Stores:
    """Return short-lived state in the Redis at ``redis_url`` (redis://, rediss://, unix://), or in memory if empty.

    Nothing is asked of Redis yet; `Stores.close` closes what was opened.

    Raises:
        BadSetting: that is no address.
    """
    if not redis_url:
        return MemoryStores()
    # Not imported above: redis costs every process 10 MB that solo does not need.
    link: Any = importlib.import_module("tutti.kit.stores.link")
    shared: Any = importlib.import_module("tutti.kit.stores.shared")
    try:
        return shared.RedisStores(link.RedisLink(redis_url, settings or RedisSettings()))
    except ValueError as error:
        raise BadSetting(f"TUTTI_REDIS_URL is no address of Redis: {error}") from error

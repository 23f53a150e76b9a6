"""Short-lived state that copies of a process share: in memory in solo, in Redis (or Valkey) in split."""

from tutti.kit.stores.memory import MemoryStores
from tutti.kit.stores.opening import open_stores
from tutti.kit.stores.settings import RedisSettings
from tutti.kit.stores.stores import Edit, Stores

__all__ = ["Edit", "MemoryStores", "RedisSettings", "Stores", "open_stores"]

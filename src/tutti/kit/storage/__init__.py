"""Object storage: a local folder in solo, S3 in split; and the way of large objects into it."""

from tutti.kit.storage.errors import StorageError
from tutti.kit.storage.incoming import Address, Incoming, Part, Unfinished
from tutti.kit.storage.local import LocalIncoming
from tutti.kit.storage.objects import MAX_KEY_LENGTH, Storage, is_key, open_local_storage
from tutti.kit.storage.opening import open_incoming, open_storage
from tutti.kit.storage.settings import StorageSettings

__all__ = [
    "MAX_KEY_LENGTH",
    "Address",
    "Incoming",
    "LocalIncoming",
    "Part",
    "Storage",
    "StorageError",
    "StorageSettings",
    "Unfinished",
    "is_key",
    "open_incoming",
    "open_local_storage",
    "open_storage",
]

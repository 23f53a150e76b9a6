"""Object storage: a local folder in solo, S3 in split."""

from tutti.kit.storage.objects import MAX_KEY_LENGTH, Storage, is_key, open_local_storage

__all__ = ["MAX_KEY_LENGTH", "Storage", "is_key", "open_local_storage"]

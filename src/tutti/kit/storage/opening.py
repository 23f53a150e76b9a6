"""Storage as the settings want it."""

from importlib import import_module
from pathlib import Path

from tutti.kit.secrets import SecretStore
from tutti.kit.storage.bucket import Bucket
from tutti.kit.storage.incoming import Incoming
from tutti.kit.storage.local import LocalIncoming, UrlOf
from tutti.kit.storage.objects import Storage, open_local_storage
from tutti.kit.storage.settings import StorageSettings
from tutti.kit.storage.signing import AddressSigner

_OBJECTS = "objects"


def open_storage(settings: StorageSettings, data_dir: Path) -> Storage:
    """Return the storage of a process; nothing is asked of a server yet.

    Raises:
        BadSetting: it is S3, and something is missing.
    """
    if settings.is_local:
        return open_local_storage(data_dir / _OBJECTS)
    bucket = Bucket(settings)
    return Storage(bucket.open_store(), bucket=bucket)


def open_incoming(settings: StorageSettings, data_dir: Path, secrets: SecretStore, url_of: UrlOf) -> Incoming:
    """Return what signs addresses for uploads; in a local folder they are ours, made by ``url_of``.

    Raises:
        BadSetting: storage is S3, and something is missing.
    """
    if settings.is_local:
        return LocalIncoming(data_dir / _OBJECTS, settings, AddressSigner(secrets), url_of)
    # By name, and not by an import above: solo would hold an HTTP client in memory that it never uses.
    s3 = import_module("tutti.kit.storage.s3")
    return s3.S3Incoming(Bucket(settings))

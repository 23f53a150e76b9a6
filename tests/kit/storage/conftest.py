"""Storage of each kind."""

from pathlib import Path

import pytest

from support.s3 import S3Server
from tutti.kit.storage import Storage, StorageSettings, open_storage


@pytest.fixture(params=["local", "s3"])
def storage_settings(request: pytest.FixtureRequest) -> StorageSettings:
    if request.param == "local":
        return StorageSettings(min_free_bytes=0)
    server: S3Server = request.getfixturevalue("s3")
    return server.fresh_bucket()


@pytest.fixture
def any_storage(storage_settings: StorageSettings, tmp_path: Path) -> Storage:
    return open_storage(storage_settings, tmp_path / "data")

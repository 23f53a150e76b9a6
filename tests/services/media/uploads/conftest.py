"""A server on a socket with each kind of storage, and somebody who uploads to it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.s3 import S3Server, environment
from support.uploading import Site, open_site


@pytest.fixture(params=["local", "s3"])
def storage_variables(request: pytest.FixtureRequest) -> dict[str, str]:
    """What sets a process up to keep its objects, in each way in turn."""
    if request.param == "local":
        return {"TUTTI_STORAGE_MIN_FREE_BYTES": "0"}
    server: S3Server = request.getfixturevalue("s3")
    return environment(server.fresh_bucket())


@pytest.fixture
async def site(data_dir: Path, storage_variables: dict[str, str]) -> AsyncIterator[Site]:
    """A site that takes files from 6 MiB on in parts of 5 MiB, on every kind of storage."""
    async with open_site(data_dir, **storage_variables) as opened:
        yield opened


@pytest.fixture
async def local_site(data_dir: Path) -> AsyncIterator[Site]:
    async with open_site(data_dir, TUTTI_STORAGE_MIN_FREE_BYTES="0") as opened:
        yield opened

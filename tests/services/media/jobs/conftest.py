"""A workshop over either kind of storage."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.media.jobs.workshop import Workshop, open_workshop
from support.s3 import S3Server, environment


@pytest.fixture
async def workshop(data_dir: Path) -> AsyncIterator[Workshop]:
    async with open_workshop(data_dir) as opened:
        yield opened


@pytest.fixture(params=["local", "s3"])
async def any_workshop(request: pytest.FixtureRequest, data_dir: Path) -> AsyncIterator[Workshop]:
    variables: dict[str, str] = {}
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        variables = environment(server.fresh_bucket())
    async with open_workshop(data_dir, **variables) as opened:
        yield opened

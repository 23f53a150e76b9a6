"""An avatar is decoded in a process of its own: one that takes too much is refused, and the server lives on."""

from pathlib import Path

import httpx
import pytest

from support.images import cover
from tutti.kit.settings import Settings


@pytest.fixture
def settings(data_dir: Path) -> Settings:
    """Not even an interpreter starts within this time."""
    return Settings({"TUTTI_ACCOUNTS_AVATAR_TIMEOUT_S": "0.001"}, {"data_dir": data_dir})


async def test_what_takes_too_long_is_refused(client: httpx.AsyncClient, grace: dict[str, str]) -> None:
    for _ in range(2):
        answer = await client.put("/me/avatar", content=cover(), headers=grace)
        assert (answer.status_code, answer.json()["code"]) == (415, "NOT_AN_IMAGE"), answer.text
    assert (await client.get("/me", headers=grace)).json()["avatarId"] is None

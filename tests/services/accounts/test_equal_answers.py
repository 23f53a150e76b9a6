"""Nobody learns by logging in whether an account exists: by what is answered, or by the work that it takes.

The work is counted; a clock would make these tests a gamble.
"""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import extract_parameters

from services.accounts.front_door import FrontDoor, opened
from support.people import PASSWORD
from tutti.kit.db import Database
from tutti.services.accounts.api import Login, TooManyAttempts, WrongCredentials
from tutti.services.accounts.repository import users

NAMES = ("grace", "grace@example.org", "nobody", "nobody@example.org", "disabled")


@pytest.fixture
async def door(db: Database, tmp_path: Path) -> FrontDoor:
    door = await opened(FrontDoor(db, tmp_path))
    await door.add_user("Grace", "grace@example.org")
    disabled = await door.add_user("disabled")
    await db.write(users.update_user, disabled.id, {"disabled": True})
    return door


async def refused(door: FrontDoor, name: str, password: str = "wrong password", address: str = "") -> Exception:
    with pytest.raises((WrongCredentials, TooManyAttempts)) as error:
        await door.sessions.log_in(Login(name, password), address or "192.0.2.1", "")
    return error.value


@pytest.mark.parametrize("password", [PASSWORD, "wrong password", "x"])
async def test_every_name_costs_one_hash_of_the_same_cost(door: FrontDoor, verified: list[str], password: str) -> None:
    names = [name for name in NAMES if password != PASSWORD or "grace" not in name]
    answers = [repr(await refused(door, name, password)) for name in names]
    assert len(verified) == len(names)
    assert [extract_parameters(each) for each in verified] == [extract_parameters(verified[0])] * len(names)
    assert len(set(answers)) == 1


async def test_the_password_of_nobody_opens_nothing(door: FrontDoor, verified: list[str]) -> None:
    await refused(door, "nobody")
    [hash_of_nobody] = verified
    assert not await door.passwords.matches(None, "nobody has this password")
    assert verified == [hash_of_nobody] * 2


async def test_every_name_costs_the_same_queries(door: FrontDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    read = Database.read

    async def spy(self: Database, query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(query.__name__)
        return await read(self, query, *args, **kwargs)

    monkeypatch.setattr(Database, "read", spy)
    for name in NAMES:
        await refused(door, name)
    assert asked == asked[:2] * len(NAMES)


async def test_every_name_waits_alike(door: FrontDoor) -> None:
    async def answers(name: str, number: int) -> list[str]:
        return [type(await refused(door, name, address=f"198.51.{number}.{turn}")).__name__ for turn in range(8)]

    first, *others = await asyncio.gather(*(answers(name, number) for number, name in enumerate(NAMES)))
    assert first == ["WrongCredentials"] * 5 + ["TooManyAttempts"] * 3
    assert others == [first] * len(others)


async def test_a_hash_that_cannot_be_read_is_a_wrong_password(door: FrontDoor) -> None:
    await door.db.write(lambda db: db.execute(sa.update(users.users).values(password_hash="no hash")) and None)
    assert isinstance(await refused(door, "grace", PASSWORD), WrongCredentials)

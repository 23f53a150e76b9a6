"""``tutti user``: accounts made and mended from the terminal."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from commands.terminal import Tutti, ask
from support.people import PASSWORD

NEW_PASSWORD = "staple horse correct"


def logged_in(data_dir: Path, name: str, password: str = PASSWORD) -> dict[str, Any] | None:
    """Log in and return what the server says of the user; None where it does not let them in."""

    async def log_in(client: httpx.AsyncClient) -> dict[str, Any] | None:
        answer = await client.post("/auth/login", json={"name": name, "password": password})
        if answer.status_code == 401:
            return None
        token = answer.raise_for_status().json()["accessToken"]
        return (await client.get("/me", headers={"Authorization": f"Bearer {token}"})).raise_for_status().json()

    return ask(data_dir, log_in)


@pytest.mark.parametrize(("flags", "role"), [(["--admin"], "admin"), ([], "listener")])
def test_who_was_created_can_log_in(tutti: Tutti, data_dir: Path, flags: list[str], role: str) -> None:
    said = tutti("user", "create", "ada", *flags, "--password-stdin", stdin=f"{PASSWORD}\n").said()
    assert "ada can log in" in said
    assert PASSWORD not in said
    me = logged_in(data_dir, "ada")
    assert me is not None
    assert (me["name"], me["role"]) == ("ada", role)


def test_a_new_password_replaces_the_old_one(tutti: Tutti, data_dir: Path) -> None:
    tutti("user", "create", "ada", "--password-stdin", stdin=f"{PASSWORD}\n").said()
    tutti("user", "password", "ADA", "--password-stdin", stdin=f"{NEW_PASSWORD}\r\n").said()
    assert logged_in(data_dir, "ada") is None
    assert logged_in(data_dir, "ada", NEW_PASSWORD) is not None


def test_a_name_that_is_taken_is_refused(tutti: Tutti) -> None:
    tutti("user", "create", "ada", "--password-stdin", stdin=f"{PASSWORD}\n").said()
    assert "name" in tutti("user", "create", "Ada", "--password-stdin", stdin=f"{PASSWORD}\n").refusal()


@pytest.mark.parametrize("typed", ["", "\n", "short\n"])
def test_a_password_that_will_not_do_is_refused(tutti: Tutti, typed: str) -> None:
    assert "10 characters" in tutti("user", "create", "ada", "--password-stdin", stdin=typed).refusal()


@pytest.mark.parametrize("name", ["", "[/bold]", "x" * 33])
def test_a_name_that_will_not_do_is_refused(tutti: Tutti, name: str) -> None:
    assert "A name has" in tutti("user", "create", name, "--password-stdin", stdin=f"{PASSWORD}\n").refusal()


def test_nobody_can_be_given_a_password(tutti: Tutti) -> None:
    said = tutti("user", "password", "[/nobody]", "--password-stdin", stdin=f"{PASSWORD}\n").refusal()
    assert "[/nobody]" in said


def test_without_a_terminal_the_password_has_to_come_by_standard_input(tutti: Tutti) -> None:
    assert "--password-stdin" in tutti("user", "create", "ada", stdin=f"{PASSWORD}\n").refusal()

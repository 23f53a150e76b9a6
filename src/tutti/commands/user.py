"""``tutti user``."""

import sys
from typing import Annotated

from cyclopts import App, Parameter
from rich.prompt import Prompt

from tutti.commands.context import process, run
from tutti.commands.failures import Refused
from tutti.commands.output import console, say
from tutti.services.accounts.service import AccountsService

FromStdin = Annotated[bool, Parameter(negative="", help="Read the password from standard input.")]

app = App(name="user", help="Accounts of people.")


@app.command
def create(
    name: str,
    *,
    admin: Annotated[bool, Parameter(negative="", help="May run this server.")] = False,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account."""
    secret = _read_password(password_stdin)

    async def command() -> None:
        async with process() as opened:
            user = await opened.provided(AccountsService).create_user(name, secret, "admin" if admin else "listener")
            say(f"{user.name} can log in now.")

    run(command)


@app.command
def password(name: str, *, password_stdin: FromStdin = False) -> None:
    """Give a user a new password. Their sessions end, at the latest when the server starts again."""
    secret = _read_password(password_stdin)

    async def command() -> None:
        async with process() as opened:
            await opened.provided(AccountsService).set_password(name, secret)
            say(f"{name} has a new password.")

    run(command)


def _read_password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else _ask()


def _ask() -> str:
    if not sys.stdin.isatty():
        raise Refused("There is no terminal to ask on; give the password with --password-stdin.")
    password = Prompt.ask("Password", password=True, console=console)
    if Prompt.ask("Once more", password=True, console=console) != password:
        raise Refused("The two passwords differ.")
    return password

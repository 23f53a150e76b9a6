"""``tutti user``."""

import sys
from typing import Annotated

from cyclopts import App, Parameter
from rich.prompt import Prompt

from tutti.commands.context import Refused, process, run
from tutti.commands.output import console, say
from tutti.services.accounts.service import AccountsService

app = App(name="user", help="Accounts of people.")


@app.command
def create(
    name: str,
    *,
    admin: Annotated[bool, Parameter(negative="", help="May run this server.")] = False,
    password_stdin: Annotated[bool, Parameter(negative="", help="Read the password from standard input.")] = False,
) -> None:
    """Make an account."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else _ask()

    async def command() -> None:
        async with process() as opened:
            user = await opened.provided(AccountsService).create_user(name, password, "admin" if admin else "listener")
            say(f"{user.name} can log in now.")

    run(command)


def _ask() -> str:
    if not sys.stdin.isatty():
        raise Refused("There is no terminal to ask on; give the password with --password-stdin.")
    password = Prompt.ask("Password", password=True, console=console)
    if Prompt.ask("Once more", password=True, console=console) != password:
        raise Refused("The two passwords differ.")
    return password

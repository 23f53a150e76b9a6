"""``tutti config`` and ``tutti migrate``."""

from typing import Annotated

from cyclopts import Parameter

from tutti.commands.context import context, process, run
from tutti.commands.output import print_json, print_table, say, say_error
from tutti.main import build_process

Json = Annotated[bool, Parameter(name="--json", help="Print JSON for scripts.", negative="")]


def config(*, as_json: Json = False) -> None:
    """List every setting, its value, and where the value came from."""
    settings = context.settings()
    build_process(settings)
    known = list(settings.known())
    if as_json:
        print_json(known)
        return
    print_table(
        ["Setting", "Value", "From", "Meaning"],
        [(s.name, s.value, s.origin, s.description) for s in known],
        empty="No settings.",
    )
    for name in settings.unknown():
        say_error(f"{name} is set, and no setting has that name.")


def migrate() -> None:
    """Bring the database schema up to date. Safe to run by several at once."""

    async def command() -> None:
        async with process():
            say("The schema is up to date.")

    run(command)

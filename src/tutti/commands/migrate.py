"""``tutti migrate``."""

from typing import Annotated

from cyclopts import Parameter

from tutti.commands.context import build, context, reached, run
from tutti.commands.output import say
from tutti.kit.telemetry import set_up_logs

_DONE = "The schema is up to date."


def migrate(
    *,
    check: Annotated[bool, Parameter(negative="", help="Change nothing; exit with 1 where it is not.")] = False,
) -> None:
    """Bring the database schema up to date. Safe to run by several at once, and while older copies serve."""
    settings = context.settings()
    set_up_logs(settings.base.log_level, settings.base.log_format)

    async def command() -> None:
        async with reached(build(settings)) as process:
            await (process.db.check_schema() if check else process.db.migrate())
            say(_DONE)

    run(command)

"""``tutti migrate``."""

from typing import Annotated

from cyclopts import Parameter

from tutti.commands.context import build, context, reached, run
from tutti.commands.failures import Refused
from tutti.commands.output import say
from tutti.kit.db import Database
from tutti.kit.telemetry import set_up_logs

_DONE = "The schema is up to date."


def migrate(
    *,
    check: Annotated[bool, Parameter(negative="", help="Change nothing; exit with 1 where it is not.")] = False,
    sql: Annotated[bool, Parameter(negative="", help="Change nothing; print what would be done, for psql.")] = False,
) -> None:
    """Bring the database schema up to date. Safe to run by several at once, and while older copies serve."""
    settings = context.settings()
    set_up_logs(settings.base.log_level, settings.base.log_format)
    if check and sql:
        raise Refused("Ask for --check or for --sql; they are two questions.")

    async def command() -> None:
        async with reached(build(settings)) as process:
            if sql:
                say(await _sql(process.db))
                return
            await (process.db.check_schema() if check else process.db.migrate())
            say(_DONE)

    run(command)


async def _sql(db: Database) -> str:
    """A comment where nothing is to be done: the answer can always be run."""
    if db.dialect != "postgresql":
        raise Refused(
            "SQL is printed for PostgreSQL: name one by TUTTI_DATABASE_URL. SQLite needs `tutti migrate` itself."
        )
    return (await db.migration_sql()).rstrip() or f"-- {_DONE}"

"""The application that the commands belong to, and what all of them share."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from tutti import __version__
from tutti.commands import backup, config, events, library, media, migrate, nginx, openapi, serve, user
from tutti.commands.context import context
from tutti.commands.failures import FAILURES, explain
from tutti.commands.output import say_error

_DEMO = "Write a small library of original music, free for any use (CC0)."
_MOVE = "Copy a solo installation into PostgreSQL and S3, and compare; the server must be stopped. The source stays."

app = App(
    name="tutti",
    help="Your own music, streamed like a commercial service.",
    version=__version__,
    help_on_error=False,
)
app.command(serve.serve)
app.command(user.app)
app.command(library.app)
app.command(library.scan)
app.command("tutti.commands.demo:demo", name="demo", help=_DEMO)  # imported when called, with numpy
app.command(events.app)
app.command(media.app)
app.command(backup.backup)
app.command(backup.restore)
app.command(migrate.migrate)
app.command("tutti.commands.move:move", name="move", help=_MOVE)  # asyncpg, and nobody calls it twice
app.command(config.config)
app.command(openapi.openapi)
app.command(nginx.nginx)


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    data_dir: Annotated[Path | None, Parameter(help="Folder that holds all state; also TUTTI_DATA_DIR.")] = None,
) -> None:
    """Run a command."""
    if data_dir is not None:
        context.overrides["data_dir"] = data_dir
    app(tokens)


def main(tokens: Sequence[str] | None = None) -> None:
    """Run the command line; say what went wrong in a sentence, and leave with 1, or with 2 where it was mistyped."""
    try:
        app.meta(tokens, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        command = " ".join(("tutti", *(error.command_chain or ())))
        say_error(f"{str(error).strip()} See: {command} --help")
        sys.exit(2)
    except FAILURES as error:
        say_error(explain(error))
        sys.exit(1)

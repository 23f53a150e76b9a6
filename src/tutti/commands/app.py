"""The application that the commands belong to, and what all of them share."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from tutti import __version__
from tutti.commands import backup, config, events, library, openapi, serve, user
from tutti.commands.context import context
from tutti.commands.output import say_error
from tutti.kit.errors import AppError
from tutti.kit.settings import BadSetting

_DEMO = "Write a small library of original music, free for any use (CC0)."

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
app.command(backup.backup)
app.command(backup.restore)
app.command(config.migrate)
app.command(config.config)
app.command(openapi.openapi)


@app.meta.default
def launch(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    data_dir: Annotated[Path | None, Parameter(help="Folder that holds all state; also TUTTI_DATA_DIR.")] = None,
) -> None:
    """Run a command; say what went wrong in a sentence instead of a traceback."""
    if data_dir is not None:
        context.overrides["data_dir"] = data_dir
    try:
        app(tokens)
    except (AppError, BadSetting, context.Refused) as error:
        say_error(str(error))
        sys.exit(1)

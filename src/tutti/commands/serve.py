"""``tutti serve``."""

import asyncio
import errno
import signal
from contextlib import AsyncExitStack
from typing import Annotated

from cyclopts import Parameter

from tutti.commands.context import build, context, only_server, opened_or_refused, run
from tutti.commands.failures import Refused
from tutti.commands.output import say, say_warning
from tutti.faces.webapp import web_app_routes
from tutti.kit.service import Process
from tutti.kit.serving import serve as serve_app
from tutti.kit.settings import Base
from tutti.kit.telemetry import Observed, health_routes, open_spans, set_up_logs
from tutti.kit.web import create_app
from tutti.main import SERVICES
from tutti.services.accounts.service import AccountsService


def serve(
    *services: Annotated[str, Parameter(help="Which services to run; all of them when none is named.")],
    host: Annotated[str | None, Parameter(help="Address to listen on; also TUTTI_HOST.")] = None,
    port: Annotated[int | None, Parameter(help="Port to listen on, 0 for a free one; also TUTTI_PORT.")] = None,
) -> None:
    """Run the server until it is told to stop (Ctrl-C, SIGTERM)."""
    unknown = [name for name in services if name not in SERVICES]
    if unknown:
        raise Refused(f"There is no service {unknown[0]}. There are: {', '.join(SERVICES)}.")
    context.overrides |= {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    settings = context.settings()
    set_up_logs(settings.base.log_level, settings.base.log_format)
    with only_server(settings.base.data_dir):
        process = build(settings, services)
        for name in settings.unknown() if not services else ():  # a part does not read the settings of the rest
            say_warning(f"{name} is set, and no setting has that name. `tutti config` lists them.")
        run(lambda: _serve(process))


async def _serve(process: Process) -> None:
    stop = asyncio.Event()
    listening = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    base = process.settings.base

    def welcome(address: str) -> None:
        listening.set()
        _welcome(process, address)

    async with opened_or_refused(process), AsyncExitStack() as stack:
        await process.start(stack)
        spans = open_spans(base.otlp_endpoint)
        stack.callback(spans.close)
        checks = {"database": process.db.find_problem, "events": process.events.find_problem}
        routes = [*health_routes(checks, base.metrics_token), *web_app_routes()]
        app = Observed(create_app(process, extra=routes), spans)
        try:
            await serve_app(app, base.host, base.port, ready=welcome, stop=stop)
        except OSError as error:
            if listening.is_set():
                raise
            raise _cannot_listen(base, error) from error


def _cannot_listen(base: Base, error: OSError) -> Refused:
    if error.errno == errno.EADDRINUSE:
        return Refused(
            f"Port {base.port} of {base.host} is taken. Stop what listens there, or choose another port: "
            "tutti serve --port 4601"
        )
    said = (error.strerror or str(error)).partition(" (while")[0]
    return Refused(
        f"Tutti cannot listen on {base.host}, port {base.port}: {said}. Choose others with --host and --port."
    )


def _welcome(process: Process, address: str) -> None:
    shown = process.settings.base.public_url.rstrip("/") or address
    token = _setup_token(process)
    say(f"\n  [bold]Tutti[/] plays at [bold cyan]{shown}[/]", markup=True)
    if token is None:
        say("  Ctrl-C stops it. `tutti --help` lists what else it can do.\n")
        return
    say("\n  Nobody has an account yet. Open this address to make yours; it works once:")
    say(f"  [bold cyan]{shown}/setup?token={token}[/]\n", markup=True)


def _setup_token(process: Process) -> str | None:
    if all(service.name != "accounts" for service in process.services):
        return None
    return process.provided(AccountsService).setup_token()

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
from tutti.kit.cluster import ClusterSettings, address_of, find_missing, find_unknown_host, read_peers
from tutti.kit.heap import settle_heap
from tutti.kit.service import Process
from tutti.kit.serving import serve as serve_app
from tutti.kit.settings import Base, Settings
from tutti.kit.storage import StorageSettings
from tutti.kit.telemetry import Observed, health_routes, open_spans, set_up_logs
from tutti.kit.web import create_app
from tutti.main import SERVICES, start
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
    cluster = settings.section("cluster", ClusterSettings)
    if cluster.secrets:
        _require_engines(settings)
    with only_server(settings.base.data_dir):
        process = build(settings, services)
        for name in settings.unknown() if not services else ():  # a part does not read the settings of the rest
            say_warning(f"{name} is set, and no setting has that name. `tutti config` lists them.")
        run(lambda: _serve(process, cluster))


async def _serve(process: Process, cluster: ClusterSettings) -> None:
    base = process.settings.base
    ending = _Ending(base.drain_s)
    listening = asyncio.Event()

    def welcome(address: str) -> None:
        listening.set()
        settle_heap()
        _welcome(process, address)

    await _require_peers(process, cluster)
    async with opened_or_refused(process), AsyncExitStack() as stack:
        await _start(process, cluster, stack)
        spans = open_spans(base.otlp_endpoint)
        stack.callback(spans.close)
        checks = {"server": ending.find_problem, "database": process.db.find_problem}
        checks |= {"events": process.events.find_problem, "trust": process.auth.find_problem}
        borne = {"stores": process.stores.find_problem, "events": process.events.find_trouble}
        if process.peers is not None:
            borne["peers"] = process.peers.find_problem
        routes = [*health_routes(checks, base.metrics_token, borne), *web_app_routes()]
        app = Observed(create_app(process, extra=routes), spans)
        try:
            await serve_app(app, base.host, base.port, ready=welcome, stop=ending.stop)
        except OSError as error:
            if listening.is_set():
                raise
            raise _cannot_listen(base, error) from error


async def _start(process: Process, cluster: ClusterSettings, stack: AsyncExitStack) -> None:
    try:
        await start(process, stack)
    except OSError as error:
        if not cluster.secrets:
            raise
        raise Refused(
            f"Other processes cannot be answered on {cluster.rpc_host}, port {cluster.rpc_port}: "
            f"{error.strerror or error}. Choose others with TUTTI_CLUSTER_RPC_HOST and TUTTI_CLUSTER_RPC_PORT."
        ) from error


class _Ending:
    """The end of a server, by Ctrl-C or SIGTERM: first it is unready, then it stops; at a second signal at once."""

    def __init__(self, drain_s: float) -> None:
        self.stop = asyncio.Event()
        self._drain_s = drain_s
        self._told = False
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            self._loop.add_signal_handler(number, self._on_signal)

    async def find_problem(self) -> str | None:
        """Say that the end has begun; for the health check."""
        return "stopping" if self._told else None

    def _on_signal(self) -> None:
        if self._told or not self._drain_s:
            self.stop.set()
        else:
            self._loop.call_later(self._drain_s, self.stop.set)
        self._told = True


def _require_engines(settings: Settings) -> None:
    storage = settings.section("storage", StorageSettings)
    missing = find_missing(settings.base, storage.url)
    if missing:
        said = "; ".join(f"{name}: {purpose}" for name, purpose in missing.items())
        raise Refused(f"TUTTI_CLUSTER_SECRETS is set, so this process is one of several. It also needs {said}.")


async def _require_peers(process: Process, cluster: ClusterSettings) -> None:
    peers = read_peers(process.settings.base.peers)
    for service in sorted(process.asked):
        unknown = await find_unknown_host(address_of(peers, service), cluster.peer_wait_s)
        if unknown is not None:
            raise Refused(
                f"{service} is asked by what runs here, and no host is known for {unknown}. "
                f"Say where it is: TUTTI_PEERS={service}=HOST:PORT. Or let it run here: name it too."
            )


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

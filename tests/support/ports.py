"""Ports that nobody listens on, for servers that a test starts."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
# Below the range that the system takes ports of outgoing connections from: a server that was killed finds its own free.
# A port is free until its server listens there, so processes that test side by side each have their own.
_PORTS = range(12_000, 32_000)[_WORKER::_WORKERS]
_given: set[int] = set()  # nor is one given to two servers of the same process
_chance = SystemRandom()  # Hypothesis seeds the other one: two processes would come upon the same ports


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """Several, all different."""
    found: list[int] = []
    for port in _chance.sample(_PORTS, len(_PORTS)):
        if len(found) == count:
            return found
        if port not in _given and _is_free(port):
            found.append(port)
            _given.add(port)
    raise OSError(f"There are no {count} free ports on this machine.")


@contextmanager
def dead_port() -> Iterator[int]:
    """A port that refuses every connection for the length of a block: it is held, so that nobody else listens there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

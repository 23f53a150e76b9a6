"""A real pgbouncer in transaction mode in front of a server, as operators run it."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .ports import free_port
from .postgres_server import PostgresServer, as_other_user, give_to_other_user
from .server import wait_for

BINARY = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
_CONFIG = """
[databases]
* = host={host} port={server_port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 200
"""


@contextmanager
def running_pgbouncer(server: PostgresServer, pool: int = 5) -> Iterator[str]:
    """Yield the address of its database ``postgres``; ``pool`` connections to the server for all clients."""
    assert BINARY is not None
    folder = Path(tempfile.mkdtemp(prefix="tutti-pgb-"))
    give_to_other_user(folder)
    port = free_port()
    config = folder / "pgbouncer.ini"
    config.write_text(_CONFIG.format(host=server.folder, server_port=server.port, port=port, pool=pool))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([BINARY, config], stdout=log, stderr=log, env=dict(os.environ), **as_other_user())
    try:
        wait_for(lambda: _listens(port), (folder / "log").read_text, None)
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True

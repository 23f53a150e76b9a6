"""A cluster that tests use as they use one server."""

import atexit
import functools
import shutil
import signal
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from support.cluster.engines import postgres, s3
from support.cluster.gateway import GENEROUS
from support.cluster.installation import Installation, Plan, Shared, prepare
from support.server import Server, wait_for


@dataclass
class Cluster(Server):
    """A server whose address is that of nginx, and whose process is nginx."""

    installation: Installation = field(kw_only=True)

    @property
    def runs(self) -> bool:
        return any(child.runs for child in self.installation.children)

    def kill(self) -> None:
        """Kill every process of ours at once; what they stand on goes on, and nginx says that they are away."""
        for member in self.installation.members:
            member.child.send(signal.SIGKILL)
        for member in self.installation.members:
            member.child.wait()

    def said(self) -> str:
        """All that our processes have written."""
        return "".join(member.child.said() for member in self.installation.members)

    def pid_of(self, service: str) -> int:
        """The first copy of a service."""
        return self.installation.members_with(service)[0].child.pid

    def folder_of(self, service: str) -> Path:
        """The data folder of that copy."""
        return Path(self.installation.members_with(service)[0].child.environ["TUTTI_DATA_DIR"])

    def begin_again(self) -> None:
        """Start what was killed, and wait until all of it answers."""
        self.installation.begin_again()

    def stop(self) -> int:
        self.installation.end()
        return 0


_ORDINARY = {"TUTTI_ACCOUNTS_REGISTRATION"}


@functools.cache
def shared_engines() -> Shared:
    """Start PostgreSQL and S3 for all clusters of this test run."""
    folder = Path(tempfile.mkdtemp(prefix="tutti-split-"))
    shared = Shared(postgres(folder, durable=False), s3(folder))
    shared.begin()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # the last one registered is the first one called
    atexit.register(shared.end)
    return shared


def start_cluster(
    folder: Path, settings: Mapping[str, str], plan: Plan | None = None, shared: Shared | None = None
) -> Cluster:
    """Start an empty cluster and wait until it answers."""
    shared = shared or shared_engines()
    name = f"t{uuid4().hex}"
    shared.prepare_database(name)
    folder.mkdir(parents=True, exist_ok=True)
    installation = prepare(
        folder, shared, name, plan or Plan(copies=_copies(settings), settings={**GENEROUS, **settings})
    )
    try:
        installation.begin()
        wait_for(lambda: installation.setup_token() is not None, lambda: "no address for the first account was printed")
    except AssertionError:
        installation.end()
        raise
    return as_server(installation)


def as_server(installation: Installation) -> Cluster:
    """Let tests use an installation that runs as they use one server."""
    process = installation.nginx.process
    assert process is not None, "it was never started"
    return Cluster(
        installation.folder, process, installation.url, installation.setup_token(), installation=installation
    )


def _copies(settings: Mapping[str, str]) -> int:
    """Two of each service; one where a test is about settings of its own, which starts in half the time."""
    return 2 if settings.keys() <= _ORDINARY else 1

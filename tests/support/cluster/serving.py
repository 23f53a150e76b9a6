"""A cluster that tests use as they use one server."""

import atexit
import functools
import shutil
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
        raise NotImplementedError("Kill one of its processes instead: cluster.installation.members.")

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
    process = installation.nginx.process
    assert process is not None
    return Cluster(folder, process, installation.url, installation.setup_token(), installation=installation)


def _copies(settings: Mapping[str, str]) -> int:
    """Two of each service; one where a test is about settings of its own, which starts in half the time."""
    return 2 if settings.keys() <= _ORDINARY else 1

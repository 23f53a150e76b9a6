"""A real S3 server in a folder of its own: SeaweedFS, from its wheel."""

import json
import subprocess
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx

from support.ports import free_ports
from support.server import wait_for
from tutti.kit.storage import StorageSettings
from tutti.kit.storage.bucket import Bucket

KEY_ID, SECRET_KEY = "testkey123", "testsecret456"
_PORTS = ("master", "volume", "filer", "s3")
_OFF = ("-webdav=false", "-admin.ui=false", "-s3.port.iceberg=0", "-s3.port.lance=0")
_IDENTITY = {
    "name": "admin",
    "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET_KEY}],
    "actions": ["Admin", "Read", "Write", "List", "Tagging"],
}


@dataclass
class S3Server:
    """Where it answers; the credentials are those above. A test that has one to itself may kill it."""

    endpoint: str
    command: list[str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with what it stored before, and wait until it works."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        wait_for(lambda: _takes_objects(self), (self.folder / "log").read_text, None)

    @property
    def runs(self) -> bool:
        return self.process is not None

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def fresh_bucket(self) -> StorageSettings:
        """Make a bucket; return the settings that name it."""
        settings = StorageSettings(
            url=f"s3://tutti{uuid4().hex}", endpoint=self.endpoint, key_id=KEY_ID, secret_key=SECRET_KEY
        )
        httpx.put(Bucket(settings).presign("PUT", "", timedelta(minutes=1)), timeout=30).raise_for_status()
        return settings


def environment(settings: StorageSettings) -> dict[str, str]:
    """The variables that give Tutti these settings."""
    names = ("url", "endpoint", "region", "key_id", "secret_key")
    return {f"TUTTI_STORAGE_{name.upper()}": str(getattr(settings, name)) for name in names}


@contextmanager
def running_s3(folder: Path) -> Iterator[S3Server]:
    """A server for the length of a block."""
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [_IDENTITY]}))
    ports = free_ports(2 * len(_PORTS))
    chosen = [f"-{name}.port={port}" for name, port in zip(_PORTS, ports, strict=False)]
    chosen += [f"-{name}.port.grpc={port}" for name, port in zip(_PORTS, ports[len(_PORTS) :], strict=True)]
    weed = Path(sysconfig.get_path("scripts")) / "weed"
    own = ["-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", f"-s3.config={config}"]
    command = [str(weed), "-logtostderr=true", "mini", *own, *chosen, *_OFF]
    server = S3Server(f"http://127.0.0.1:{ports[_PORTS.index('s3')]}", command, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def _takes_objects(server: S3Server) -> bool:
    """Whether it works: it says that it does a moment before, and takes buckets before it takes what is in them."""
    try:
        bucket = Bucket(server.fresh_bucket())
        httpx.put(bucket.presign("PUT", "first", timedelta(minutes=1)), content=b"1", timeout=30).raise_for_status()
    except httpx.HTTPError:
        return False
    return True

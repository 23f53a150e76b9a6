"""nginx in front of an installation, with what `tutti nginx` prints."""

import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from getpass import getuser
from pathlib import Path

from support.cluster.children import Child, listens, own_environ

_WEB_APP = Path(__file__).parents[3] / "web" / "dist"
GENEROUS = {
    f"TUTTI_GATEWAY_{kind}_{limit}": "100000"
    for kind in ("API", "LOGIN", "AUDIO", "PICTURES")
    for limit in ("PER_S", "BURST")
}
"""Rates that no test meets: all of them come from one address."""


def find_nginx() -> str:
    """Return the path of nginx, which is often not on PATH.

    Raises:
        FileNotFoundError: there is none.
    """
    found = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if found is None:
        raise FileNotFoundError("nginx is needed in front of several processes; on Debian: apt install nginx-light")
    return found


class Gateway(Child):
    """nginx, and the command that prints its configuration."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._place = folder / "nginx"
        self._config = self._place / "nginx.conf"
        # Its workers would not be let into the folder of a test that root runs; who is not root stays who they are.
        command = [find_nginx(), "-c", self._config, "-e", "stderr", "-g", f"daemon off; user {getuser()};"]
        super().__init__("nginx", command, folder / "logs/nginx.log", lambda: listens(port), orphaned="TERM")

    def configure(self, upstreams: Mapping[str, Sequence[int]], settings: Mapping[str, str]) -> None:
        """Print the configuration for services on these ports."""
        self._place.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tutti", "nginx", "--listen", f"127.0.0.1:{self.port}"]
        for service, ports in upstreams.items():
            command += ["--upstream", f"{service}={'|'.join(f'127.0.0.1:{port}' for port in ports)}"]
        if (_WEB_APP / "index.html").exists():
            command += ["--web-root", str(_WEB_APP)]
        document = self._place / "openapi.json"
        command += ["--openapi", str(document), "--run-dir", str(self._place), "--output", str(self._config)]
        environ = {**own_environ(), **settings, "TUTTI_DATA_DIR": str(self._place)}
        document.write_text(_said([sys.executable, "-m", "tutti", "openapi"], environ))
        _said(command, environ)


def _said(command: Sequence[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    if done.returncode:
        raise OSError(f"{' '.join(command[2:4])}: {done.stderr or done.stdout}")
    return done.stdout

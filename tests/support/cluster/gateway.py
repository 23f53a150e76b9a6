"""nginx in front of an installation."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from support.cluster.children import Child, listens
from support.cluster.engines import find_nginx

_PATHS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


class Copy(Protocol):
    """A process that answers HTTP."""

    kind: str
    port: int


def gateway(folder: Path, port: int, kinds: Mapping[str, Sequence[str]], members: Sequence[Copy]) -> Child:
    """Prepare nginx. It passes every request to any of the copies of the first kind."""
    program = find_nginx()
    if program is None:
        raise FileNotFoundError("nginx is needed in front of several processes; on Debian: apt install nginx-light")
    place = folder / "nginx"
    place.mkdir(parents=True, exist_ok=True)
    first = next(iter(kinds))
    servers = "".join(f"server 127.0.0.1:{member.port};" for member in members if member.kind == first)
    temporary = " ".join(f"{kind}_temp_path {place}/{kind};" for kind in _PATHS)
    config = place / "nginx.conf"
    config.write_text(
        f"daemon off; pid {place}/pid;\nevents {{ worker_connections 1024; }}\n"
        f"http {{ access_log off; {temporary}\nupstream tutti {{ {servers} keepalive 16; }}\n"
        f"map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}\n"
        f"server {{ listen 127.0.0.1:{port}; client_max_body_size 0; location / {{\n"
        "proxy_pass http://tutti; proxy_http_version 1.1; proxy_set_header Host $http_host;\n"
        "proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;\n"
        "proxy_request_buffering off; proxy_buffering off; }} }} }}\n".replace("}}", "}")
    )
    log = folder / "logs/nginx.log"
    return Child("nginx", [program, "-c", config, "-e", "stderr"], log, lambda: listens(port), orphaned="TERM")

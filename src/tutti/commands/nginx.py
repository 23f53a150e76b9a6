"""``tutti nginx``."""

import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from tutti.commands.context import context
from tutti.commands.failures import Refused
from tutti.kit.gateway import (
    BadValue,
    Endpoint,
    GatewaySettings,
    Listening,
    Objects,
    Site,
    Traffic,
    WebApp,
    Word,
    endpoints_of,
    render,
    split_words,
)
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.kit.storage import StorageSettings
from tutti.kit.storage.bucket import Bucket
from tutti.kit.web import API
from tutti.kit.web.outer import security_headers
from tutti.main import SERVICES, build_process

_HTTP_PORT = 4600
_ADDRESS = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._*-]+):[0-9]{1,5}")
_RESOLV_CONF = Path("/etc/resolv.conf")
_NAMESERVER = re.compile(r"^\s*nameserver\s+(\S+)", re.MULTILINE)
_FROM_SYSTEM = "system"
_SEGMENT = re.escape(API) + r"/stream/[^/]+/[^/]+/[^/]+\.(?:m4s|mp4)$"
TRAFFIC = Traffic(
    login=("auth", "setup"), audio=("stream",), pictures=("covers", "avatars"), segments=(f"^{_SEGMENT}",)
)


def nginx(
    *,
    listen: Annotated[str, Parameter(help="Address for clients, HOST:PORT; HTTPS where there is a certificate.")] = (
        "0.0.0.0:8080"
    ),
    listen_plain: Annotated[str | None, Parameter(help="Address at which HTTP is sent on to HTTPS.")] = None,
    server_name: Annotated[str, Parameter(help="Host name of the site.")] = "",
    tls_certificate: Annotated[Path | None, Parameter(help="Certificate with its chain (PEM).")] = None,
    tls_key: Annotated[Path | None, Parameter(help="Key of the certificate (PEM).")] = None,
    trusted_proxy: Annotated[
        tuple[str, ...], Parameter(help="Network of a load balancer in front, whose X-Forwarded-For is believed.")
    ] = (),
    upstream: Annotated[
        tuple[str, ...],
        Parameter(
            help="Where a service answers: SERVICE=HOST:PORT, with | between its copies; without SERVICE=, all of "
            f"them. By default the name of a service is its host, and the port {_HTTP_PORT}."
        ),
    ] = (),
    live: Annotated[str, Parameter(help="Service whose processes hold the live connections; any can.")] = "accounts",
    web_root: Annotated[Path | None, Parameter(help="Folder of the built web app; none: a service serves it.")] = None,
    openapi: Annotated[Path | None, Parameter(help="File that `tutti openapi` was printed to.")] = None,
    storage: Annotated[
        str | None,
        Parameter(
            help="Where the S3 server answers, HOST:PORT with | between its copies, for browsers to reach the bucket "
            "of TUTTI_STORAGE_URL through here; TUTTI_STORAGE_PUBLIC_ENDPOINT is then the address of the site."
        ),
    ] = None,
    media_root: Annotated[
        tuple[Path, ...],
        Parameter(help="Folder of music that nginx may send itself; needs TUTTI_STREAMING_ACCEL=/_media."),
    ] = (),
    run_dir: Annotated[
        Path, Parameter(help="Folder for nginx's pid, temporary files and caches; has to be there.")
    ] = Path("/var/cache/nginx"),
    resolver: Annotated[
        tuple[str, ...],
        Parameter(
            help="Name server to ask again while running, so that copies may come and go (nginx 1.27.3 or newer); "
            f"'{_FROM_SYSTEM}': those of {_RESOLV_CONF}."
        ),
    ] = (),
    brotli: Annotated[Path | None, Parameter(help="Folder with nginx's modules for brotli.")] = None,
    output: Annotated[Path | None, Parameter(help="File to write to, rather than standard output.")] = None,
) -> None:
    """Print the configuration of nginx in front of the services."""
    services = _read_upstreams(upstream)
    if live not in services:
        raise Refused(f"There is no service {live}. There are: {', '.join(services)}.")
    settings = context.settings()
    listening = Listening(
        address=_address(listen),
        plain_address=None if listen_plain is None else _address(listen_plain),
        server_name=server_name,
        certificate=_absolute(tls_certificate),
        key=_absolute(tls_key),
        trusted_proxies=[_network(network) for network in trusted_proxy],
    )
    site = Site(
        listening=listening,
        services=services,
        words=find_words(),
        traffic=TRAFFIC,
        api=API,
        live_service=live,
        security_headers=[(name.decode(), value.decode()) for name, value in security_headers(_origin(settings))],
        web=WebApp(folder=_absolute(web_root), document=_absolute(openapi)),
        objects=_objects(settings, storage),
        media_roots=[path for root in media_root if (path := _absolute(root)) is not None],
        run_dir=run_dir.expanduser().absolute(),
        resolver=_read_resolvers(resolver),
        brotli_modules=_absolute(brotli),
    )
    try:
        text = render(site, _gateway_settings(settings))
    except BadValue as error:
        raise Refused(str(error)) from error
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text)


def service_endpoints(process: Process) -> list[Endpoint]:
    """Return what the services of a process answer, path by path."""
    limit = process.settings.base.max_body_bytes
    found: list[Endpoint] = []
    for service in process.services:
        found += endpoints_of(service.name, API, service.routes, limit)
        found += endpoints_of(service.name, "/", service.root_routes, limit)
    return found


def find_words() -> list[Word]:
    """Return who answers where, of all services."""
    # Put together over a folder that goes again: looking must not make anything.
    with tempfile.TemporaryDirectory() as folder:
        endpoints = service_endpoints(build_process(Settings({"TUTTI_DATA_DIR": folder})))
    order = list(SERVICES)
    return [
        *split_words([each for each in endpoints if each.path.startswith(f"{API}/")], API, order),
        *split_words([each for each in endpoints if not each.path.startswith(f"{API}/")], "/", order),
    ]


def _gateway_settings(settings: Settings) -> GatewaySettings:
    found = settings.section("gateway", GatewaySettings)
    if found.answer_s <= settings.base.answer_s:
        raise Refused(
            f"The gateway gives up after {found.answer_s} s (TUTTI_GATEWAY_ANSWER_S), and services answer within "
            f"{settings.base.answer_s:g} s (TUTTI_ANSWER_S): it has to wait longer than they do."
        )
    return found


def _origin(settings: Settings) -> str | None:
    """Return where browsers reach the objects, which needs no credentials to be known."""
    storage = settings.section("storage", StorageSettings)
    if storage.is_local:
        return None
    nobody = {"key_id": "-", "secret_key": "-", "secret_key_file": ""}
    return Bucket(msgspec.structs.replace(storage, **nobody)).public_origin


def _objects(settings: Settings, addresses: str | None) -> Objects | None:
    if addresses is None:
        return None
    return Objects(
        bucket=settings.section("storage", StorageSettings).bucket,
        addresses=[_address(address.strip()) for address in addresses.split("|")],
    )


def _read_upstreams(given: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {name: [f"{name}:{_HTTP_PORT}"] for name in SERVICES}
    for each in given:
        name, separator, addresses = each.rpartition("=")
        if separator and name not in found:
            raise Refused(f"There is no service {name}. There are: {', '.join(found)}.")
        copies = [_address(address.strip()) for address in addresses.split("|")]
        for service in [name] if separator else list(found):
            found[service] = copies
    return found


def _address(given: str) -> str:
    if not _ADDRESS.fullmatch(given):
        raise Refused(f"{given!r} is no address: give HOST:PORT, or [IPv6]:PORT.")
    return given


def _network(given: str) -> str:
    try:
        return str(ip_network(given, strict=False))
    except ValueError as error:
        raise Refused(f"{given!r} is no network: give one such as 10.0.0.0/8.") from error


def _read_resolvers(given: Sequence[str]) -> list[str]:
    if list(given) != [_FROM_SYSTEM]:
        return list(given)
    found = _NAMESERVER.findall(_RESOLV_CONF.read_text())
    if not found:
        raise Refused(f"{_RESOLV_CONF} names no name server. Give its address: --resolver 10.96.0.10")
    return found


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.expanduser().absolute()

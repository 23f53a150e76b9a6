"""What a gateway is to be: where it listens, where the services are, and what kind of traffic goes to which paths."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from tutti.kit.gateway.routing import Word


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """Where clients come in."""

    address: str
    """``host:port``; HTTPS where there is a certificate."""
    plain_address: str | None = None
    """Where HTTP is sent on to HTTPS."""
    server_name: str = ""
    """The host name of the site; empty: whatever the client says."""
    certificate: Path | None = None
    key: Path | None = None
    trusted_proxies: Sequence[str] = ()
    """Networks of load balancers in front, whose X-Forwarded-For and X-Forwarded-Proto are believed."""


class WebApp(msgspec.Struct, frozen=True, kw_only=True):
    """Files that nginx serves itself."""

    folder: Path | None = None
    """The built web app; None: a service serves it."""
    document: Path | None = None
    """What `tutti openapi` printed; None: a service says what it knows."""


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Words (paths below ``/api/v1``) whose traffic is not the usual one."""

    login: Sequence[str] = ()
    audio: Sequence[str] = ()
    pictures: Sequence[str] = ()
    """Public, the same for everybody, and for good: may be kept here."""
    segments: Sequence[str] = ()
    """Patterns (PCRE) of what the ``audio`` service signs for a user, and is the same for all who may have it."""


class Objects(msgspec.Struct, frozen=True, kw_only=True):
    """An S3 server behind the gateway, for browsers that send and fetch objects at signed addresses."""

    bucket: str
    addresses: Sequence[str]


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the configuration is made of, settings aside."""

    listening: Listening
    services: Mapping[str, Sequence[str]]
    """Addresses (``host:port``) of the copies of each service; the first one also answers what nobody owns."""
    words: Sequence[Word]
    traffic: Traffic
    api: str
    """What the paths of the API begin with."""
    live_service: str
    """Which service's processes hold the live connections; any can."""
    security_headers: Sequence[tuple[str, str]]
    """What every answer carries, unless a service has sent its own."""
    web: WebApp = WebApp()
    objects: Objects | None = None
    media_roots: Sequence[Path] = ()
    """Folders that nginx may send files from, where streaming tells it to."""
    media_prefix: str = "/_media"
    run_dir: Path
    """For nginx's pid, temporary files and caches."""
    resolver: Sequence[str] = ()
    """Name servers to ask again while running, for copies that come and go; needs nginx 1.27.3 or newer."""
    brotli_modules: Path | None = None
    """Folder of the two modules for brotli; None: gzip alone."""

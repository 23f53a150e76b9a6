"""Passing requests on: the copies of each service, and when another one is asked."""

from collections.abc import Sequence

from tutti.kit.gateway.conf import Line, block, quoted
from tutti.kit.gateway.headers import INSTRUCTIONS, request_headers
from tutti.kit.gateway.settings import GatewaySettings
from tutti.kit.gateway.site import Site

CACHES = {"pictures": "tutti_picture_cache", "segments": "tutti_segment_cache"}
"""Caches by name, and the zones of their keys."""
OBJECTS = "objects"
"""The name of the S3 server among the upstreams; no service has it."""
_ONCE = "_once"
_FAILURES = 3
_ZONE = "256k"


def upstreams(site: Site, settings: GatewaySettings) -> list[Line]:
    """Return the copies of each service, twice: with connections that are kept, and without.

    A request that may not be repeated goes over a new connection. One that was kept may be closed by the service in
    the very moment that the request is sent: then nobody knows whether it arrived, and the client gets an error.
    """
    lines: list[Line] = [
        # POST and PATCH are what nginx does not repeat, either.
        block("map $request_method $tutti_connection", f"POST {_ONCE}", f"PATCH {_ONCE}", 'default ""'),
    ]
    if site.resolver:
        lines.append(f"resolver {' '.join(quoted(_bracketed(server)) for server in site.resolver)} valid=5s")
    if site.objects is not None:
        kept = [f"keepalive {settings.keep_alive}", "keepalive_timeout 60s"]
        lines.append(_upstream(OBJECTS, "", site.objects.addresses, kept, site, settings))
    for service, addresses in site.services.items():
        kept = [f"keepalive {settings.keep_alive}", "keepalive_timeout 60s"]
        lines.append(_upstream(service, "", addresses, kept, site, settings))
        lines.append(_upstream(service, _ONCE, addresses, [], site, settings))
    return lines


def proxy_to(service: str) -> str:
    """Return the directive that passes a request on to a service."""
    return f"proxy_pass http://{_name(service)}$tutti_connection"


def proxy_once_to(service: str) -> str:
    """Return the directive that passes on what can be sent once only, over a new connection."""
    return f"proxy_pass http://{_name(service)}{_ONCE}"


def proxy_kept_to(service: str) -> str:
    """Return the directive that passes on what is no plain request, over a kept connection."""
    return f"proxy_pass http://{_name(service)}"


def proxy_defaults(settings: GatewaySettings) -> list[Line]:
    """Return what holds for every request that is passed on."""
    return [
        "proxy_http_version 1.1",
        *request_headers(),
        "proxy_redirect off",
        f"proxy_connect_timeout {settings.connect_s}s",
        f"proxy_send_timeout {settings.answer_s}s",
        f"proxy_read_timeout {settings.answer_s}s",
        # Another copy is asked where none has answered, and for POST and PATCH only where nothing was sent yet.
        "proxy_next_upstream error timeout invalid_header",
        f"proxy_next_upstream_tries {settings.tries}",
        "proxy_next_upstream_timeout 30s",
        ignored_instructions(),
    ]


def ignored_instructions(*, redirect: bool = False) -> str:
    """Return the directive by which nginx takes no orders from a service, or only where to find a file."""
    ignored = [f"X-Accel-{name}" for name in INSTRUCTIONS if not (redirect and name == "Redirect")]
    return f"proxy_ignore_headers {' '.join(ignored)}"


def _upstream(
    service: str, suffix: str, addresses: Sequence[str], more: Sequence[Line], site: Site, settings: GatewaySettings
) -> Line:
    resolve = " resolve" if site.resolver else ""
    return block(
        f"upstream {_name(service)}{suffix}",
        f"zone {_name(service)}{suffix} {_ZONE}",
        "least_conn",
        [
            f"server {quoted(address)} max_fails={_FAILURES} fail_timeout={settings.fail_s}s{resolve}"
            for address in addresses
        ],
        more,
    )


def _name(service: str) -> str:
    return f"tutti_{service}"


def _bracketed(address: str) -> str:
    return f"[{address}]" if address.count(":") > 1 and not address.startswith("[") else address

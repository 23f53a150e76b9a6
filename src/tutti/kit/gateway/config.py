"""The whole configuration: one file that includes no other, for nginx 1.22 and newer."""

from collections.abc import Iterable, Sequence

from tutti.kit.gateway.conf import Line, block, quoted, write
from tutti.kit.gateway.headers import header_maps, trace_maps
from tutti.kit.gateway.proxying import CACHES, proxy_defaults, upstreams
from tutti.kit.gateway.rates import rate_zones
from tutti.kit.gateway.server import servers
from tutti.kit.gateway.settings import GatewaySettings
from tutti.kit.gateway.site import Site

_TYPES = {
    "text/html": "html",
    "text/css": "css",
    "text/plain": "txt",
    "text/javascript": "js mjs",
    "application/json": "json map",
    "application/manifest+json": "webmanifest",
    "application/wasm": "wasm",
    "image/svg+xml": "svg",
    "image/png": "png",
    "image/jpeg": "jpg jpeg",
    "image/webp": "webp",
    "image/x-icon": "ico",
    "font/woff2": "woff2",
}
_PACKED = "text/css text/plain text/javascript application/json application/manifest+json image/svg+xml"
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
# $uri and not $request: an address may hold a signature, which is as good as a password while it lasts.
_LOG = (
    '\'{"timestamp":"$time_iso8601","logger":"nginx","trace_id":"$tutti_trace","method":"$request_method",\''
    ' \'"path":"$uri","status":$status,"sent_bytes":$bytes_sent,"took_s":$request_time,"client":"$remote_addr",\''
    ' \'"upstream":"$upstream_addr","upstream_status":"$upstream_status","upstream_s":"$upstream_response_time",\''
    ' \'"cache":"$upstream_cache_status","protocol":"$server_protocol"}\''
)

_VERSIONED = ("v=(?<version>[A-Za-z0-9._-]+)&sig=[A-Za-z0-9._-]+", "sig=[A-Za-z0-9._-]+&v=(?<version>[A-Za-z0-9._-]+)")


def render(site: Site, settings: GatewaySettings) -> str:
    """Return what `nginx -c` is to read.

    Raises:
        BadValue: something of the site cannot be written in nginx's configuration.
    """
    return write(
        [
            "# Printed by `tutti nginx`. Do not edit: print it again, with other options or TUTTI_GATEWAY_… settings.",
            *_modules(site),
            "worker_processes auto",
            f"pid {quoted(str(site.run_dir / 'nginx.pid'))}",
            # Refused and slow requests are in the access log; the error log names whole addresses, signatures included.
            "error_log stderr error",
            block("events", f"worker_connections {settings.connections}"),
            "",
            block("http", _http(site, settings)),
        ]
    )


def _modules(site: Site) -> Sequence[Line]:
    if site.brotli_modules is None:
        return []
    names = ("filter", "static")
    return [f"load_module {quoted(str(site.brotli_modules / f'ngx_http_brotli_{name}_module.so'))}" for name in names]


def _http(site: Site, settings: GatewaySettings) -> Iterable[Line]:
    return [
        *_basics(site),
        "",
        *_packing(site),
        "",
        *_client_address(site),
        *trace_maps(),
        *header_maps(site.security_headers),
        "",
        *rate_zones(settings),
        *_caches(site, settings),
        "",
        *proxy_defaults(settings),
        "",
        *upstreams(site, settings),
        "",
        *servers(site, settings),
    ]


def _basics(site: Site) -> list[Line]:
    return [
        "server_tokens off",
        block("types", [f"{kind} {endings}" for kind, endings in _TYPES.items()]),
        "default_type application/octet-stream",
        f"log_format tutti escape=json {_LOG}",
        "access_log /dev/stdout tutti",
        *[f"{name}_temp_path {quoted(str(site.run_dir / name))}" for name in _TEMPORARY],
        "sendfile on",
        "tcp_nopush on",
        "reset_timedout_connection on",
        "keepalive_timeout 75s",
        "client_header_timeout 15s",
        "client_body_timeout 30s",
        "send_timeout 60s",
        "large_client_header_buffers 4 16k",
    ]


def _packing(site: Site) -> Sequence[Line]:
    packing = ["gzip on", "gzip_static on", "gzip_vary on", "gzip_proxied any", "gzip_comp_level 5"]
    packing += ["gzip_min_length 1024", f"gzip_types {_PACKED}"]
    if site.brotli_modules is not None:
        packing += ["brotli on", "brotli_static on", "brotli_comp_level 5", "brotli_min_length 1024"]
        packing += [f"brotli_types {_PACKED}"]
    return packing


def _client_address(site: Site) -> list[Line]:
    """Who the client is, where a load balancer is in front: what that says, and nobody else."""
    trusted = site.listening.trusted_proxies
    lines: list[Line] = []
    if trusted:
        lines += [f"set_real_ip_from {quoted(network)}" for network in trusted]
        lines += ["real_ip_header X-Forwarded-For", "real_ip_recursive on"]
    lines += [
        block("geo $realip_remote_addr $tutti_trusted", "default 0", [f"{quoted(network)} 1" for network in trusted]),
        block(
            "map $tutti_trusted:$http_x_forwarded_proto $tutti_scheme",
            "default $scheme",
            "1:https https",
            "1:http http",
        ),
    ]
    return lines


def _caches(site: Site, settings: GatewaySettings) -> list[Line]:
    sizes = {"pictures": settings.cache_bytes, "segments": settings.segment_cache_bytes}
    lines: list[Line] = [
        f"proxy_cache_path {quoted(str(site.run_dir / name))} levels=1:2 keys_zone={zone}:16m inactive=30d"
        f" max_size={sizes[name]} use_temp_path=off"
        for name, zone in CACHES.items()
        if sizes[name]
    ]
    if settings.segment_cache_bytes:
        lines += [
            # As playlists write it, and in no other way: were nginx and the service to read a query differently (a
            # parameter twice, in capitals, percent-encoded), something might be kept under the name of something else.
            block("map $args $tutti_version", *[f'"~^{form}$" $version' for form in _VERSIONED], 'default ""'),
            # A segment whose address does not name its content may be another one tomorrow: it is not kept.
            block("map $tutti_version $tutti_unversioned", '"" 1', 'default ""'),
        ]
    return lines

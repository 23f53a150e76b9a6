"""The servers: HTTPS or HTTP for clients, and the one that sends them from HTTP to HTTPS."""

from tutti.kit.gateway.conf import BadValue, Line, block, quoted
from tutti.kit.gateway.errors import error_locations, error_pages
from tutti.kit.gateway.headers import added
from tutti.kit.gateway.locations import locations
from tutti.kit.gateway.settings import GatewaySettings
from tutti.kit.gateway.site import Listening, Site

# Mozilla's "intermediate" recommendation, version 5.7 (https://wiki.mozilla.org/Security/Server_Side_TLS).
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
    ":ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
_HTTPS_PORT = "443"


def servers(site: Site, settings: GatewaySettings) -> list[Line]:
    """Return all servers of the site."""
    listening = site.listening
    secure = listening.certificate is not None
    hsts_s = settings.hsts_s if secure else 0
    main = block(
        "server",
        _listen(listening),
        f"server_name {quoted(listening.server_name or '_')}",
        _tls(listening) if secure else [],
        "",
        added(site.security_headers, hsts_s),
        error_pages(),
        "",
        error_locations(site.security_headers, settings, hsts_s),
        "",
        locations(site, settings, hsts_s),
    )
    if listening.plain_address is None:
        return [main]
    return [_redirecting(listening), main]


def _listen(listening: Listening) -> list[Line]:
    # `listen … http2` and not `http2 on`, which only nginx 1.25.1 and newer know.
    kind = " ssl http2" if listening.certificate is not None else ""
    return [f"listen {quoted(listening.address)} default_server{kind}"]


def _tls(listening: Listening) -> list[Line]:
    if listening.key is None:
        raise BadValue("A certificate needs its key: --tls-key FILE.")
    return [
        f"ssl_certificate {quoted(str(listening.certificate))}",
        f"ssl_certificate_key {quoted(str(listening.key))}",
        "ssl_protocols TLSv1.2 TLSv1.3",
        f"ssl_ciphers {_CIPHERS}",
        "ssl_prefer_server_ciphers off",
        "ssl_session_cache shared:tutti_tls:10m",
        "ssl_session_timeout 1d",
        # Tickets would be encrypted by a key that lives as long as nginx does: no forward secrecy.
        "ssl_session_tickets off",
        # HTTP on this port: to HTTPS.
        "error_page 497 =308 https://$http_host$request_uri",
    ]


def _redirecting(listening: Listening) -> Line:
    # By the name that we know, if we know one: a redirect to wherever the client says may be cached for others.
    host = quoted(listening.server_name) if listening.server_name else "$host"
    port = listening.address.rpartition(":")[2]
    target = f"https://{host}{'' if port == _HTTPS_PORT else f':{port}'}$request_uri"
    return block(
        "server",
        f"listen {quoted(listening.plain_address or '')} default_server",
        f"server_name {quoted(listening.server_name or '_')}",
        f"return 308 {target}",
    )

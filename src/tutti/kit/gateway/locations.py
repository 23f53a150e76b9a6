"""Which path goes where."""

from collections.abc import Sequence
from pathlib import Path

from tutti.kit.gateway.conf import Line, block, quoted
from tutti.kit.gateway.errors import error_pages
from tutti.kit.gateway.headers import added, request_headers
from tutti.kit.gateway.proxying import CACHES, OBJECTS, ignored_instructions, proxy_kept_to, proxy_once_to, proxy_to
from tutti.kit.gateway.rates import limited, live_limited
from tutti.kit.gateway.routing import Endpoint, Word
from tutti.kit.gateway.settings import GatewaySettings
from tutti.kit.gateway.site import Site

_FOREVER = '"public, max-age=31536000, immutable"'
_ADMIT = "/_tutti/admit"
_UNKEPT = "@segment_from_service"
_LARGE_BUFFERS = ("proxy_buffer_size 64k", "proxy_buffers 4 64k")
_HEALTHY = '{"status":"ok","problems":{}}'


def locations(site: Site, settings: GatewaySettings, hsts_s: int) -> list[Line]:
    """Return every location of the site."""
    return [
        *_own(site, settings),
        "",
        *[_word(word, site, settings) for word in site.words],
        # What no service answers is known here; nothing is asked.
        block(f"location {quoted(site.api + '/')}", "return 404"),
        *_segment_doors(site, settings),
        *_objects(site, settings),
        *_media(site, hsts_s),
        "",
        *_web(site, settings, hsts_s),
    ]


def _own(site: Site, settings: GatewaySettings) -> list[Line]:
    first = next(iter(site.services))
    document = f"location = {quoted(f'{site.api}/openapi.json')}"
    if site.web.document is None:
        answered = block(document, limited("api", settings), proxy_to(first))
    else:
        answered = block(
            document, "default_type application/json", "gzip_static off", f"alias {quoted(str(site.web.document))}"
        )
    return [
        block("location = /health", "access_log off", "default_type application/json", f"return 200 '{_HEALTHY}'"),
        # What processes say of themselves is for the network behind this gateway.
        block("location ^~ /health/", "return 404"),
        block("location = /metrics", "return 404"),
        block("location ^~ /metrics/", "return 404"),
        answered,
        block(
            f"location = {quoted(f'{site.api}/live')}",
            live_limited(settings),
            limited("api", settings),
            request_headers("upgrade"),
            "proxy_set_header Upgrade $http_upgrade",
            f"proxy_read_timeout {settings.live_s}s",
            f"proxy_send_timeout {settings.live_s}s",
            "proxy_buffering off",
            proxy_kept_to(site.live_service),
        ),
    ]


def _word(word: Word, site: Site, settings: GatewaySettings) -> Line:
    nested: list[Line] = [_exception(each, settings) for each in word.exceptions]
    name = word.prefix[-1]
    if name in site.traffic.audio:
        nested += _segments(word, site, settings)
    return block(
        f"location {'' if nested else '^~ '}{quoted(word.path)}",
        _traffic(name, site, settings),
        f"client_max_body_size {word.max_body_bytes}",
        proxy_to(word.service),
        nested,
    )


def _traffic(name: str, site: Site, settings: GatewaySettings) -> list[Line]:
    """Return what the traffic of a word needs."""
    if name in site.traffic.login:
        return [limited("login", settings)]
    if name in site.traffic.audio:
        # Sent on as it comes, and no faster than the listener takes it: a transcode is heard while it is made.
        return [limited("audio", settings), "proxy_buffering off", *_LARGE_BUFFERS, *_accelerated(site)]
    if name in site.traffic.pictures:
        return [limited("pictures", settings), *_picture_cache(settings)]
    return [limited("api", settings)]


def _exception(endpoint: Endpoint, settings: GatewaySettings) -> Line:
    lines: list[Line] = [limited("api", settings)]
    if endpoint.max_body_bytes is None:
        # The service looks at the length before it takes a byte, and writes as the bytes come: nothing lies here, and
        # nothing can be repeated.
        lines += [
            "client_max_body_size 0",
            f"client_body_timeout {settings.upload_s}s",
            "proxy_request_buffering off",
            f"proxy_send_timeout {settings.upload_s}s",
            f"proxy_read_timeout {settings.upload_s}s",
            proxy_once_to(endpoint.service),
        ]
    else:
        lines += [f"client_max_body_size {endpoint.max_body_bytes}", proxy_to(endpoint.service)]
    return block(f'location ~ "{endpoint.pattern}"', lines)


def _accelerated(site: Site) -> list[Line]:
    return [ignored_instructions(redirect=True)] if site.media_roots else []


def _picture_cache(settings: GatewaySettings) -> list[Line]:
    """Pictures are public, by an address that nobody can guess (docs/decisions/0008-cover-urls.md).

    Only what the service calls public is kept, for as long as it says, and by ``Accept`` where it says that (Vary).
    """
    if not settings.cache_bytes:
        return []
    return [
        f"proxy_cache {CACHES['pictures']}",
        "proxy_cache_key $request_uri",
        "proxy_cache_lock on",
        "proxy_cache_use_stale error timeout updating",
        # It would be that of the request that was first.
        "proxy_hide_header X-Trace-Id",
    ]


def _segments(word: Word, site: Site, settings: GatewaySettings) -> list[Line]:
    """The cache of HLS segments: the same for all who may hear a track, so that the signature is no part of the key.

    Whether somebody may hear it changes (signatures expire, sessions end, tracks are hidden), so each request is first
    asked of the service, as HEAD, with its own signature: what is kept here is sent after a yes alone. A no, and
    whatever else the service says to that (404, 410, 429), it says to the client itself, for the request goes on to it.
    """
    if not settings.segment_cache_bytes:
        return []
    return [
        block(
            f'location ~ "{pattern}"',
            limited("audio", settings),
            f"auth_request {_ADMIT}",
            error_pages(instead=_UNKEPT, statuses=(401, 403, 500)),
            "proxy_buffering on",
            f"proxy_cache {CACHES['segments']}",
            'proxy_cache_key "$uri $tutti_version"',
            "proxy_cache_valid 200 30d",
            "proxy_cache_bypass $tutti_unversioned",
            "proxy_no_cache $tutti_unversioned",
            # It says private, which is about other caches: this one asks each time.
            f"{ignored_instructions()} Cache-Control Expires Vary Set-Cookie",
            "proxy_cache_lock on",
            "proxy_hide_header X-Trace-Id",
            proxy_to(word.service),
        )
        for pattern in site.traffic.segments
    ]


def _segment_doors(site: Site, settings: GatewaySettings) -> list[Line]:
    services = [word.service for word in site.words if word.prefix[-1] in site.traffic.audio]
    if not settings.segment_cache_bytes or not services:
        return []
    return [
        block(
            f"location = {_ADMIT}",
            "internal",
            "proxy_method HEAD",
            "proxy_pass_request_body off",
            f"{proxy_kept_to(services[0])}$request_uri",
        ),
        block(
            f"location {_UNKEPT}",
            "recursive_error_pages on",
            "proxy_buffering off",
            *_LARGE_BUFFERS,
            proxy_to(services[0]),
        ),
    ]


def _objects(site: Site, settings: GatewaySettings) -> list[Line]:
    """The bucket, for those who hold a signed address: whoever holds none is refused by the S3 server itself.

    Lists, deletions and administration are asked for by services alone, and not through here.
    """
    if site.objects is None:
        return []
    return [
        block(
            f"location ^~ {quoted(f'/{site.objects.bucket}/')}",
            limited("audio", settings),
            # GET takes in HEAD. A browser of the same origin asks for no permission (OPTIONS) beforehand.
            block("limit_except GET PUT", "deny all"),
            "client_max_body_size 0",
            f"client_body_timeout {settings.upload_s}s",
            "proxy_request_buffering off",
            "proxy_buffering off",
            *_LARGE_BUFFERS,
            f"proxy_send_timeout {settings.upload_s}s",
            f"proxy_read_timeout {settings.upload_s}s",
            proxy_kept_to(OBJECTS),
        )
    ]


def _media(site: Site, hsts_s: int) -> list[Line]:
    """Files that streaming has opened the door to (X-Accel-Redirect): by the kernel, with ranges, from these folders.

    Links are followed, as streaming and the scanner do: who may put them into a library may put any file there.
    """
    prefix = site.media_prefix
    return [
        *[_media_root(prefix, root, site, hsts_s) for root in site.media_roots],
        # Nobody reaches anything else beneath it, from outside or by a word of a service.
        block(f"location ^~ {quoted(prefix + '/')}", "return 404"),
    ]


def _media_root(prefix: str, root: Path, site: Site, hsts_s: int) -> Line:
    folder = f"{str(root).rstrip('/')}/"
    return block(
        f"location ^~ {quoted(prefix + folder)}",
        "internal",
        f"alias {quoted(folder)}",
        "aio threads",
        "gzip_static off",
        added(site.security_headers, hsts_s, literally=True),
        "add_header X-Trace-Id $tutti_trace always",
    )


def _web(site: Site, settings: GatewaySettings, hsts_s: int) -> Sequence[Line]:
    folder = site.web.folder
    if folder is None:
        first = next(iter(site.services))
        return [block("location /", limited("pictures", settings), proxy_to(first))]
    security = added(site.security_headers, hsts_s)
    return [
        f"root {quoted(str(folder))}",
        # Vite puts a hash of the content into these names. A page from before an upgrade asks for those of then: 404,
        # since HTML in the place of a script would break without a word.
        block("location ^~ /assets/", "try_files $uri =404", f"add_header Cache-Control {_FOREVER}", security),
        # Every other address is a page of the app.
        block(
            "location /", "charset utf-8", "try_files $uri /index.html", "add_header Cache-Control no-cache", security
        ),
    ]

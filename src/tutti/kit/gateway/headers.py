"""Headers: what every answer carries exactly once, what a client may not say, and the trace of a request."""

from collections.abc import Sequence

from tutti.kit.gateway.conf import Line, block, quoted

FORGED = ("Forwarded", "X-Real-IP", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Server", "X-Original-URL")
"""What some program behind a gateway might believe, and only a gateway may say; ours says none of these."""
INSTRUCTIONS = ("Redirect", "Expires", "Limit-Rate", "Buffering", "Charset")
"""X-Accel-…: what a service may tell nginx in an answer, and nobody may tell a service in a request."""
_HEX = "[0-9a-f]"


def header_maps(headers: Sequence[tuple[str, str]]) -> list[Line]:
    """Return variables that hold a header where the service has not sent it, and are empty (not sent) where it has."""
    return [
        block(f"map $upstream_http_{_slug(name)} $tutti_{_slug(name)}", f'"" {quoted(value)}', 'default ""')
        for name, value in headers
    ]


def added(headers: Sequence[tuple[str, str]], hsts_s: int, *, literally: bool = False) -> list[Line]:
    """Return the directives that add them; to be repeated in each location that adds a header of its own.

    ``literally``: where the answer of a service was only an instruction to nginx, whose headers are not sent on.
    """
    lines = [
        f"add_header {name} {quoted(value) if literally else f'$tutti_{_slug(name)}'} always" for name, value in headers
    ]
    if hsts_s:
        lines.append(f'add_header Strict-Transport-Security "max-age={hsts_s}" always')
    return list(lines)


def trace_maps() -> list[Line]:
    """Return the trace of a request (https://www.w3.org/TR/trace-context/): the client's, else one that begins here."""
    given = f"~^00-(?<given_trace>{_HEX}{{32}})-{_HEX}{{16}}-{_HEX}{{2}}$"
    return [
        block("map $http_traceparent $tutti_trace", f'"{given}" $given_trace', "default $request_id"),
        block("map $request_id $tutti_span", f'"~^(?<first_half>{_HEX}{{16}})" $first_half'),
        block(
            "map $http_traceparent $tutti_traceparent",
            f'"~^00-{_HEX}{{32}}-{_HEX}{{16}}-{_HEX}{{2}}$" $http_traceparent',
            "default 00-$request_id-$tutti_span-01",
        ),
    ]


def request_headers(connection: str = '""') -> list[Line]:
    """Return the headers that services get; to be repeated whole where one of them differs."""
    return [
        "proxy_set_header Host $http_host",
        f"proxy_set_header Connection {connection}",
        # The address that the client has for us, and nothing of what it says of itself.
        "proxy_set_header X-Forwarded-For $remote_addr",
        "proxy_set_header X-Forwarded-Proto $tutti_scheme",
        "proxy_set_header Traceparent $tutti_traceparent",
        *[f'proxy_set_header {name} ""' for name in FORGED],
        *[f'proxy_set_header X-Accel-{name} ""' for name in INSTRUCTIONS],
    ]


def _slug(name: str) -> str:
    return name.lower().replace("-", "_")

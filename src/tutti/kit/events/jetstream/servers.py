"""The servers that ``TUTTI_NATS_URL`` names, and what it says to be let in."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from tutti.kit.settings import BadSetting

_SCHEMES = ("nats", "tls", "ws", "wss")


@dataclass(frozen=True)
class Servers:
    """Addresses without anything secret; ``user`` and ``password``, or ``token``, where the first of them had any."""

    addresses: Sequence[str]
    user: str | None = None
    password: str | None = None
    token: str | None = None


def read_servers(url: str) -> Servers:
    """Read ``nats://user:password@host:4222``, ``tls://token@host``, or several with commas between them.

    nats-py takes a name and a password as they stand in a URL; there, special characters are percent-encoded.

    Raises:
        BadSetting: one of them is no such address.
    """
    parts = [urlsplit(each.strip() if "://" in each else f"nats://{each.strip()}") for each in url.split(",")]
    if any(part.scheme not in _SCHEMES or not part.hostname for part in parts):
        raise BadSetting(
            "TUTTI_NATS_URL has to be nats://host:4222 or tls://host:4222, or several with commas between."
        )
    addresses = [part._replace(netloc=part.netloc.rpartition("@")[2]).geturl() for part in parts]
    first = parts[0]
    if first.username is None:
        return Servers(addresses)
    name = unquote(first.username)
    if first.password is None:
        return Servers(addresses, token=name)
    return Servers(addresses, user=name, password=unquote(first.password))

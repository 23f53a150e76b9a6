"""The address a request comes from, through proxies that are trusted to say so."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_UNKNOWN = "unknown"


class Addresses:
    """Reads client addresses; ``X-Forwarded-For`` counts only where a trusted proxy has written it."""

    def __init__(self, trusted: Iterable[str]) -> None:
        self._trusted = [ip_network(network, strict=False) for network in trusted]

    def of(self, peer: str | None, forwarded_for: str) -> str:
        """Return the address nearest to us that is not a trusted proxy's."""
        hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()] + [peer or _UNKNOWN]
        for hop in reversed(hops):
            if not self._is_trusted(hop):
                return hop[:64]
        return hops[0][:64]

    def _is_trusted(self, hop: str) -> bool:
        try:
            address = ip_address(hop)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def network_of(address: str) -> str:
    """Return what one household has of the address space: a /64 of version 6, or a single address of version 4."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv4Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))

"""How much one address may ask for."""

from tutti.kit.gateway.conf import Line, block
from tutti.kit.gateway.settings import GatewaySettings

CLASSES = ("api", "login", "audio", "pictures")
_LIVE = "tutti_live"


def rate_zones(settings: GatewaySettings) -> list[Line]:
    """Return the counters of all classes."""
    return [
        # One household has a network of 64 bits: its first four groups. Where they are written shortened (::), it
        # is the whole address that counts.
        block(
            "map $remote_addr $tutti_client",
            '"~^(?<network>(?:[0-9a-f]+:){4})[0-9a-f:]+$" $network',
            "default $remote_addr",
        ),
        *[
            f"limit_req_zone $tutti_client zone={_zone(name)}:{settings.rate_memory_bytes}"
            f" rate={getattr(settings, f'{name}_per_s')}r/s"
            for name in CLASSES
        ],
        f"limit_conn_zone $tutti_client zone={_LIVE}:{settings.rate_memory_bytes}",
        "limit_req_status 429",
        "limit_conn_status 429",
    ]


def limited(name: str, settings: GatewaySettings) -> str:
    """Return the directive that counts requests as of a class."""
    return f"limit_req zone={_zone(name)} burst={getattr(settings, f'{name}_burst')} nodelay"


def live_limited(settings: GatewaySettings) -> str:
    """Return the directive that counts live connections."""
    return f"limit_conn {_LIVE} {settings.live_per_address}"


def _zone(name: str) -> str:
    return f"tutti_{name}"

"""Where other processes are, and what one that is not alone needs."""

import pytest

from tutti.kit.cluster import (
    ClusterSettings,
    address_of,
    find_missing,
    find_unknown_host,
    read_peers,
    read_secrets,
)
from tutti.kit.settings import BadSetting, Base


def test_peers_have_one_address_or_several() -> None:
    peers = read_peers(("catalog=catalog:4700", " media = 10.0.0.3:4700 | [fd00::2]:4700 "))
    assert peers == {"catalog": ("catalog:4700",), "media": ("10.0.0.3:4700", "[fd00::2]:4700")}
    assert address_of(peers, "media") == ("10.0.0.3:4700", "[fd00::2]:4700")


def test_a_service_is_found_by_its_name() -> None:
    assert address_of({}, "accounts") == ("accounts:4700",)


@pytest.mark.parametrize("peer", ["catalog", "catalog=", "=catalog:4700", "catalog=catalog", "catalog=a:1|b"])
def test_a_peer_without_name_or_port_is_refused(peer: str) -> None:
    with pytest.raises(BadSetting, match="NAME=HOST:PORT"):
        read_peers((peer,))


def test_short_secrets_are_refused() -> None:
    with pytest.raises(BadSetting, match="32 characters"):
        read_secrets(ClusterSettings(secrets=("x" * 32, "short")))
    assert read_secrets(ClusterSettings(secrets=("a" * 32, "b" * 40))) == (b"a" * 32, b"b" * 40)


def test_what_a_process_of_several_lacks_is_named() -> None:
    assert list(find_missing(Base(database_url="postgresql://db/t", redis_url="redis://r"), "")) == [
        "TUTTI_NATS_URL",
        "TUTTI_STORAGE_URL",
    ]


async def test_a_host_that_stays_unknown_is_named() -> None:
    assert await find_unknown_host(["127.0.0.1:4700", "localhost:1", "[::1]:4700"], 0) is None
    assert await find_unknown_host(["localhost:1", "no-such-host.invalid:4700"], 0) == "no-such-host.invalid:4700"

"""What TUTTI_NATS_URL may say."""

import pytest

from tutti.kit.events.jetstream.servers import Servers, read_servers
from tutti.kit.settings import BadSetting


@pytest.mark.parametrize(
    ("url", "servers"),
    [
        ("nats://host:4222", Servers(["nats://host:4222"])),
        ("host:4222", Servers(["nats://host:4222"])),
        ("tls://a:1, tls://b:2", Servers(["tls://a:1", "tls://b:2"])),
        ("nats://me:p%40ss@host", Servers(["nats://host"], user="me", password="p@ss")),
        ("nats://me:p@ss@host", Servers(["nats://host"], user="me", password="p@ss")),
        ("nats://s3cret@host,nats://other", Servers(["nats://host", "nats://other"], token="s3cret")),
        ("nats://[::1]:4222", Servers(["nats://[::1]:4222"])),
    ],
)
def test_addresses_and_secrets_are_told_apart(url: str, servers: Servers) -> None:
    assert read_servers(url) == servers


@pytest.mark.parametrize("url", ["http://host", "nats://", "nats://a,,nats://b"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadSetting, match="TUTTI_NATS_URL"):
        read_servers(url)

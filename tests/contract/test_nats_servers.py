"""NATS as it is run where more depends on it: encrypted, and three servers that keep each stream."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from contract.transports import HASTY, Counted, Wiring, eventually, wiring
from support.certificates import Authority
from support.nats import Nats, running_cluster, running_nats
from tutti.kit.settings import Base

pytestmark = pytest.mark.parametrize("engines", ["jetstream"], indirect=True)
NATS_IS_KILLED = True
THREEFOLD = msgspec.structs.replace(HASTY, nats_replicas=3, nats_partitions=2)


def encrypted(folder: Path, authority: Authority, host: str) -> list[str]:
    """Options of a server that is certified for ``host``."""
    certificate, key, _ = authority.make(host)
    (folder / "server.crt").write_bytes(certificate)
    (folder / "server.key").write_bytes(key)
    return ["--tls", "--tlscert", str(folder / "server.crt"), "--tlskey", str(folder / "server.key")]


def secured(base: Base, server: Nats) -> Base:
    return msgspec.structs.replace(base, nats_url=server.url.replace("nats://", "tls://"))


async def test_events_go_over_an_encrypted_connection(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path, "ours")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with running_nats(tmp_path / "nats", *encrypted(tmp_path, authority, "127.0.0.1")) as server:
        async with wiring(secured(base, server)) as wires:
            wires.hear()
            async with wires.transport.running():
                await wires.tell(*(Counted(subject="s", number=n) for n in range(5)))
                await wires.settled()
            assert await wires.effects() == {"s": [0, 1, 2, 3, 4]}


@pytest.mark.parametrize(("trusted", "host"), [("theirs", "127.0.0.1"), ("ours", "nats.example")])
async def test_a_server_that_is_not_ours_gets_nothing(
    base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: str, host: str
) -> None:
    """By another authority, or for another host."""
    authorities = {name: Authority(tmp_path, name) for name in ("ours", "theirs")}
    monkeypatch.setenv("SSL_CERT_FILE", str(authorities[trusted].file))
    monkeypatch.setattr("tutti.kit.events.jetstream.link._START_LIMIT_S", 0.5)
    with running_nats(tmp_path / "nats", *encrypted(tmp_path, authorities["ours"], host)) as server:
        async with wiring(secured(base, server)) as wires, wires.transport.running():

            async def is_told() -> bool:
                return "CERTIFICATE_VERIFY_FAILED" in (wires.transport.trouble or "")

            await eventually(is_told)


async def test_any_of_three_servers_may_die_while_events_are_told(base: Base, tmp_path: Path) -> None:
    with running_cluster(tmp_path / "nats", 3) as servers:
        urls = ",".join(server.url for server in servers)
        async with wiring(msgspec.structs.replace(base, nats_url=urls), THREEFOLD) as wires:
            wires.hear()
            async with wires.transport.running():
                for turn, dying in enumerate(servers):
                    telling = asyncio.create_task(tell(wires, range(20 * turn, 20 * turn + 20)))
                    await eventually(lambda seen=20 * turn + 5: has_handled(wires, seen))
                    dying.kill()
                    await telling
                    await wires.settled()
                    dying.start()
                await wires.settled()
            assert await wires.effects() == {s: list(range(20 * len(servers))) for s in "abc"}


async def tell(wires: Wiring, numbers: range) -> None:
    for number in numbers:
        await wires.tell(*(Counted(subject=s, number=number) for s in "abc"))


async def has_handled(wires: Wiring, number: int) -> bool:
    return number in (await wires.effects()).get("a", [])

"""Copies that are added are found by the name of their service; what targets may look like."""

import asyncio
from contextlib import ExitStack

import msgspec
import pytest

from kit.rpc.copies import PATIENT, running_copy
from kit.rpc.names import naming
from kit.rpc.running import CLUSTER, QUICK
from kit.rpc.sample import Shelves
from tutti.kit.rpc.bare import target_of
from tutti.kit.rpc.peers import Peers
from tutti.kit.settings import BadSetting

LIMIT_S = 120.0
OLD_SOON = msgspec.structs.replace(PATIENT, connection_age_s=1.0)


async def test_a_copy_that_is_added_gets_its_share() -> None:
    """Its name is looked up again when connections grow old; nobody is told."""
    async with naming("127.0.0.1") as names:
        with running_copy(settings=OLD_SOON) as first:
            peers = Peers(
                CLUSTER,
                lambda _: (f"dns://127.0.0.1:{names.port}/shelves.test:{first.port}",),
                "test",
                msgspec.structs.replace(QUICK, resolve_min_s=0.2),
            )
            proxy = peers.proxy(Shelves, "shelves")
            assert (await proxy.get_shelves(["x"]))[0].id == first.id
            with ExitStack() as stack:
                added = running_copy(first.port, host="127.0.0.2", settings=OLD_SOON)
                second = await asyncio.to_thread(stack.enter_context, added)
                names.addresses.append("127.0.0.2")
                async with asyncio.timeout(LIMIT_S):
                    answered = {(await proxy.get_shelves(["x"]))[0].id for _ in range(10)}
                    while answered != {first.id, second.id}:
                        answered = {(await proxy.get_shelves(["x"]))[0].id for _ in range(10)}
            await peers.close()


@pytest.mark.parametrize(
    ("addresses", "target"),
    [
        (("catalog:4700",), "dns:///catalog:4700"),
        (("10.0.0.1:4700",), "dns:///10.0.0.1:4700"),
        (("dns://10.0.0.53/catalog:4700",), "dns://10.0.0.53/catalog:4700"),
        (("10.0.0.1:4700", "10.0.0.2:4701"), "ipv4:10.0.0.1:4700,10.0.0.2:4701"),
        (("[::1]:4700", "[fd00::1]:4700"), "ipv6:[::1]:4700,[fd00::1]:4700"),
    ],
)
def test_targets(addresses: tuple[str, ...], target: str) -> None:
    assert target_of(addresses) == target


def test_several_names_cannot_stand_for_one_service() -> None:
    peers = Peers(CLUSTER, lambda _: ("one:4700", "other:4700"), "test")
    with pytest.raises(BadSetting, match=r"TUTTI_PEERS, shelves: .* one name for all copies"):
        peers.proxy(Shelves, "shelves")

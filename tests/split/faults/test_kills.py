"""kill -9 of copies of our own processes, at random moments of all sorts of traffic."""

import os
import random
from collections.abc import Callable
from typing import Any

from split.faults.expectations import expect_all_that_was_acknowledged, expect_every_effect_once
from split.faults.traffic import Traffic
from support.cluster.installation import Installation, Member
from support.cluster.serving import Cluster

KILLS = int(os.environ.get("TUTTI_TEST_SPLIT_KILLS", "20"))
SEED = int(os.environ.get("TUTTI_TEST_SPLIT_SEED", "4"))


def victims(installation: Installation, chance: random.Random) -> list[Member]:
    """Every copy, in any order, as often as it takes."""
    chosen: list[Member] = []
    while len(chosen) < KILLS:
        chosen += chance.sample(installation.members, len(installation.members))
    return chosen[:KILLS]


def test_copies_are_killed_under_load(
    cluster: Cluster,
    installation: Installation,
    traffic: Traffic,
    record_property: Callable[[str, Any], None],
) -> None:
    chance = random.Random(SEED)
    with traffic.flowing():
        traffic.wait_until_all_flow()
        for member in victims(installation, chance):
            member.child.kill()
            if chance.random() < 0.5:
                traffic.wait_until_all_flow()  # the other copy is enough
            member.child.begin()
            traffic.wait_until_all_flow()
    assert traffic.record.wrong == []
    expect_all_that_was_acknowledged(cluster, traffic)
    effects = expect_every_effect_once(installation)
    record_property("figures", f"{KILLS} kills, {effects} effects of events, {traffic.record.summary()}")

"""kill -9 of copies of our own processes, at random moments of all sorts of traffic."""

import os
import random
from collections.abc import Callable
from typing import Any

import httpx

from split.faults.effects import is_quiet, listens, observe
from split.faults.traffic import Traffic
from support.cluster.installation import Installation, Member
from support.cluster.serving import Cluster
from support.server import wait_for

KILLS = int(os.environ.get("TUTTI_TEST_SPLIT_KILLS", "20"))
SEED = int(os.environ.get("TUTTI_TEST_SPLIT_SEED", "4"))
ENDED = ("ready", "failed")


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
    wait_for(lambda: is_quiet(installation), lambda: str(observe(installation)))
    expect_all_that_was_acknowledged(cluster, traffic)
    seen = observe(installation)
    assert (seen.doubled, seen.disordered) == ([], [])
    recorded, counted = listens(installation)
    assert recorded == counted
    record_property("figures", f"{KILLS} kills, {sum(seen.effects.values())} effects, {traffic.record.summary()}")


def expect_all_that_was_acknowledged(cluster: Cluster, traffic: Traffic) -> None:
    """Plays, uploads and accounts are there, each once."""
    with cluster.client(cluster.log_in("ada")) as client:
        history = [play["playId"] for play in all_items(client, "/me/history")]
        assert len(history) == len(set(history))
        assert set(traffic.written.plays) <= set(history)
        people = {person["name"] for person in all_items(client, "/users")}
        assert set(traffic.written.people) <= people
        uploads: dict[str, Any] = {}

        def all_ended() -> bool:
            uploads.update({upload["id"]: upload for upload in all_items(client, "/uploads")})
            return all(uploads[each]["state"] in ENDED for each in traffic.written.uploads)

        wait_for(all_ended, lambda: str([uploads.get(each) for each in traffic.written.uploads]))
        assert {uploads[each]["state"] for each in traffic.written.uploads} == {"ready"}
        made = [uploads[each]["trackId"] for each in traffic.written.uploads]
        assert len(made) == len(set(made))


def all_items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Every page of a list."""
    items: list[dict[str, Any]] = []
    cursor = None
    while True:
        params = {"limit": 100} | ({"cursor": cursor} if cursor else {})
        page = client.get(path, params=params).raise_for_status().json()
        if isinstance(page, list):
            return page
        items += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return items

"""What has to hold after every fault: nothing acknowledged is lost, and every event took effect once, in order."""

from typing import Any

import httpx

from split.faults.effects import is_quiet, listened, listens, observe
from split.faults.traffic import ENDED, Traffic
from support.cluster.installation import Installation
from support.cluster.serving import Cluster
from support.server import wait_for

PATIENCE_S = 300
"""Uploads take seconds of both cores each, and other things go on here."""


def expect_every_effect_once(installation: Installation) -> int:
    """Wait until every listen has taken effect; return how many events of all sorts have so far."""
    wait_for(lambda: is_quiet(installation), lambda: str(observe(installation)), limit_s=PATIENCE_S)
    seen = observe(installation)
    assert (seen.doubled, seen.disordered) == ([], [])
    recorded, counted = listens(installation)
    assert recorded == counted
    return sum(seen.effects.values())


def expect_all_that_was_acknowledged(cluster: Cluster, traffic: Traffic) -> None:
    """Plays, uploads and accounts are there, each once."""
    with cluster.client(cluster.log_in("ada")) as client:
        assert set(traffic.written.plays) <= listened(cluster.installation)
        people = {person["name"] for person in all_items(client, "/users")}
        assert set(traffic.written.people) <= people
        uploads: dict[str, Any] = {}

        def all_ended() -> bool:
            uploads.update({upload["id"]: upload for upload in all_items(client, "/uploads")})
            return all(uploads[each]["state"] in ENDED for each in traffic.written.uploads)

        wait_for(all_ended, lambda: unfinished(uploads, traffic), limit_s=PATIENCE_S)
        assert {uploads[each]["state"] for each in traffic.written.uploads} == {"ready"}
        made = [uploads[each]["trackId"] for each in traffic.written.uploads]
        assert len(made) == len(set(made))


def unfinished(uploads: dict[str, Any], traffic: Traffic) -> str:
    """The uploads that have not ended, as they were last seen."""
    return str(
        [upload for each in traffic.written.uploads if (upload := uploads.get(each, {})).get("state") not in ENDED]
    )


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

"""Processes that hang: they hold their connections and answer nothing (SIGSTOP)."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import httpx

from split.faults.traffic import Song, Traffic
from support.cluster.installation import Installation, Member
from support.cluster.serving import Cluster
from support.server import wait_for

Note = Callable[[str, Any], None]
CLOSED, OPEN = 0.0, 2.0


def breakers(members: Sequence[Member], peer: str) -> list[float]:
    """The state of each process's breaker for a peer; none where it has never asked it."""
    pattern = re.compile(rf'^tutti_rpc_breaker_state{{peer="{peer}"}} (\S+)$', re.MULTILINE)
    pages = (httpx.get(f"{member.url}/metrics", timeout=10).text for member in members)
    return [float(found[1]) for page in pages if (found := pattern.search(page))]


def test_one_copy_hangs(installation: Installation, traffic: Traffic, record_property: Note) -> None:
    with traffic.flowing():
        traffic.wait_until_all_flow()
        for service in ("catalog", "accounts", "media"):
            hanging = installation.members_with(service)[0]
            hanging.child.pause()
            traffic.wait_until_all_flow()
            hanging.child.resume()
            traffic.wait_until_all_flow()
    assert traffic.record.wrong == []
    record_property("figures", traffic.record.summary())


def test_a_peer_that_hangs_is_left_alone_until_it_is_back(
    cluster: Cluster, installation: Installation, songs: list[Song]
) -> None:
    streaming = installation.members_with("streaming")
    with cluster.client(cluster.log_in("ada")) as client:
        for member in installation.members_with("catalog"):
            member.child.pause()

        def left_alone() -> bool:
            answer = client.post(f"/stream/{songs[0].track_id}")
            assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE, answer.text
            assert "retry-after" in answer.headers
            return set(breakers(streaming, "catalog")) == {OPEN}

        wait_for(left_alone, lambda: str(breakers(streaming, "catalog")))
        for member in installation.members_with("catalog"):
            member.child.resume()

        def back() -> bool:
            answer = client.post(f"/stream/{songs[0].track_id}")
            return answer.is_success and set(breakers(streaming, "catalog")) == {CLOSED}

        wait_for(back, lambda: str(breakers(streaming, "catalog")))

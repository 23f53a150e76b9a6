"""NATS, Valkey, PostgreSQL and S3 killed, restarted and away for long, while people use Tutti."""

import json
import os
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from split.faults.effects import observe
from split.faults.expectations import expect_all_that_was_acknowledged, expect_every_effect_once
from split.faults.traffic import Traffic, noise, put
from support.cluster.installation import Installation
from support.cluster.serving import Cluster
from support.server import wait_for

AWAY_S = float(os.environ.get("TUTTI_TEST_SPLIT_AWAY_S", "60"))
OF_THE_DATABASE = ("listing", "direct", "hls", "plays", "logins", "newcomers")
"""Kinds of traffic that store no object."""

Note = Callable[[str, Any], None]


def pids(installation: Installation) -> list[int]:
    return [member.child.pid for member in installation.members if member.child.runs]


def test_nats_is_killed_and_restarted(
    cluster: Cluster, installation: Installation, traffic: Traffic, record_property: Note
) -> None:
    before = pids(installation)
    with traffic.flowing():
        traffic.wait_until_all_flow()
        installation.nats.child.kill()
        traffic.wait_until_all_flow()
        installation.nats.child.begin()
        traffic.wait_until_all_flow()
    assert (traffic.record.wrong, dict(traffic.record.refused)) == ([], {})
    expect_all_that_was_acknowledged(cluster, traffic)
    expect_every_effect_once(installation)
    assert pids(installation) == before
    record_property("figures", traffic.record.summary())


def test_nats_is_away_for_long(
    cluster: Cluster, installation: Installation, traffic: Traffic, record_property: Note
) -> None:
    before = observe(installation)
    with traffic.flowing():
        traffic.wait_until_all_flow()
        installation.nats.child.kill()
        time.sleep(AWAY_S)  # the fault itself: longer than whatever waits for it
        traffic.wait_until_all_flow()
        behind = sum(observe(installation).causes.values()) - sum(before.causes.values())
        installation.nats.child.begin()
        traffic.wait_until_all_flow()
    assert (traffic.record.wrong, dict(traffic.record.refused)) == ([], {})
    back = time.monotonic()
    expect_every_effect_once(installation)
    caught_up_s = time.monotonic() - back
    expect_all_that_was_acknowledged(cluster, traffic)
    record_property(
        "figures",
        f"{AWAY_S:.0f} s away, {behind} events waited, {caught_up_s:.0f} s later all had their effect; "
        f"{traffic.record.summary()}",
    )


def hear(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """Return the next message of a type."""
    while (message := json.loads(socket.recv(60)))["type"] != kind:
        pass
    return message


def test_valkey_is_killed_and_restarted(
    cluster: Cluster, installation: Installation, traffic: Traffic, record_property: Note
) -> None:
    token = cluster.log_in("ada")
    with connect(f"{cluster.url.replace('http', 'ws')}/api/v1/live", open_timeout=60) as socket:
        socket.send(json.dumps({"type": "auth", "token": token}))
        hear(socket, "ready")
        socket.send(json.dumps({"type": "subscribe", "channels": ["library"]}))
        hear(socket, "subscribed")
        with traffic.flowing():
            traffic.wait_until_all_flow()
            installation.valkey.child.kill()
            hear(socket, "paused")
            traffic.wait_until_all_flow()
            installation.valkey.child.begin()
            hear(socket, "reset")
            traffic.wait_until_all_flow()
    assert (traffic.record.wrong, dict(traffic.record.refused)) == ([], {})
    expect_all_that_was_acknowledged(cluster, traffic)
    record_property("figures", traffic.record.summary())


@pytest.mark.parametrize("orderly", [True, False], ids=["in order", "kill -9"])
def test_postgresql_is_restarted(
    cluster: Cluster, installation: Installation, traffic: Traffic, record_property: Note, orderly: bool
) -> None:
    before = pids(installation)
    server = installation.shared.postgres.child
    with traffic.flowing():
        traffic.wait_until_all_flow()
        if orderly:
            server.stop()
        else:
            server.kill_family()
        server.begin()
        traffic.wait_until_all_flow()
    assert traffic.record.wrong == []
    expect_all_that_was_acknowledged(cluster, traffic)
    expect_every_effect_once(installation)
    assert pids(installation) == before
    record_property("figures", traffic.record.summary())


def test_s3_is_away(cluster: Cluster, installation: Installation, traffic: Traffic, record_property: Note) -> None:
    content = noise("while S3 is away")
    with cluster.client(cluster.log_in("ada")) as client, traffic.flowing(*OF_THE_DATABASE):
        wish = {"filename": "Away.wav", "sizeBytes": len(content), "contentType": "audio/wav"}
        begun = client.post("/uploads", json=wish).raise_for_status().json()
        put(urljoin(cluster.url, begun["url"]), content, begun["headers"])
        installation.shared.s3.child.kill()
        complete = f"/uploads/{begun['uploadId']}/complete"
        refused = client.post(complete)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True), refused.text
        traffic.wait_until_all_flow(*OF_THE_DATABASE)
        installation.shared.s3.child.begin()
        wait_for(lambda: client.post(complete).status_code == httpx.codes.OK, lambda: client.post(complete).text)
        wait_for(
            lambda: client.get(f"/uploads/{begun['uploadId']}").json()["state"] == "ready",
            lambda: client.get(f"/uploads/{begun['uploadId']}").text,
        )
    assert (traffic.record.wrong, dict(traffic.record.refused)) == ([], {})
    record_property("figures", traffic.record.summary())

"""Clocks that disagree: the second copy of each service is half a minute ahead of the first."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from split.faults.expectations import expect_all_that_was_acknowledged, expect_every_effect_once
from split.faults.traffic import Traffic
from support.cluster.installation import Installation
from support.cluster.serving import Cluster

SKEW_S = 30
LIBRARY = next(iter(Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)


@pytest.fixture
def skewed(installation: Installation) -> Installation:
    """The cluster, its second copies started anew with another clock."""
    if LIBRARY is None:
        if os.environ.get("CI"):
            pytest.fail("libfaketime is required when CI is set; on Debian: apt install libfaketime")
        pytest.skip("no libfaketime here")
    ahead = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": f"+{SKEW_S}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    children = [member.child for member in installation.members if member.child.name.endswith("-2")]
    for child in children:
        child.stop()
        child.environ = {**child.environ, **ahead}
        child.start()
    for child in children:
        child.wait_until_ready()
        child.environ = {name: value for name, value in child.environ.items() if name not in ahead}
    return installation


def test_clocks_that_disagree_harm_nobody(
    cluster: Cluster, skewed: Installation, traffic: Traffic, record_property: Callable[[str, Any], None]
) -> None:
    with traffic.flowing():
        for _ in range(5):
            traffic.wait_until_all_flow()
    assert (traffic.record.wrong, dict(traffic.record.refused)) == ([], {})
    expect_all_that_was_acknowledged(cluster, traffic)
    expect_every_effect_once(skewed)
    record_property("figures", traffic.record.summary())
    for member in skewed.members:
        if member.child.name.endswith("-2"):
            member.child.stop()  # and is started with the right clock for the next test

"""What an upgrade does: every process is stopped in order and started again, one after the other, under load."""

import time
from collections.abc import Callable
from typing import Any

from split.faults.expectations import expect_all_that_was_acknowledged
from split.faults.traffic import Traffic
from support.cluster.installation import Installation
from support.cluster.serving import Cluster

GATEWAY_FAIL_S = 1


def test_a_rolling_restart_fails_no_request(
    cluster: Cluster, installation: Installation, traffic: Traffic, record_property: Callable[[str, Any], None]
) -> None:
    with traffic.flowing():
        traffic.wait_until_all_flow()
        for member in installation.members:
            assert member.child.stop() == 0, member.child.said()[-2000:]
            member.child.begin()
            # As the manual says: nginx gives a copy that was away no request until this is over.
            time.sleep(2 * GATEWAY_FAIL_S)
            traffic.wait_until_all_flow()
    assert (traffic.record.wrong, dict(traffic.record.refused), dict(traffic.record.cut)) == ([], {}, {})
    expect_all_that_was_acknowledged(cluster, traffic)
    record_property("figures", f"{len(installation.members)} restarts, {traffic.record.summary()}")

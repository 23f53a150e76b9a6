"""What Prometheus is shown of a consumer that is behind, above all when it takes nothing."""

import asyncio
import math
from datetime import timedelta

import msgspec
import pytest
from prometheus_client import REGISTRY

from contract.transports import QUICK, WORK, Counted, Wiring, eventually, wiring
from tutti.kit.clock import now
from tutti.kit.events import metrics
from tutti.kit.events.event import seal
from tutti.kit.events.jetstream.transport import JetStreamTransport
from tutti.kit.settings import Base

AN_HOUR = timedelta(hours=1)
LONG_S = 0.9 * AN_HOUR.total_seconds()


@pytest.fixture(autouse=True)
def looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutti.kit.events.measuring.EVERY_S", 0.05)


async def tell_an_hour_ago(wires: Wiring, *subjects: str) -> None:
    events = [seal(Counted(subject=subject, number=number)) for number, subject in enumerate(subjects)]
    aged = [msgspec.structs.replace(event, occurred_at=now() - AN_HOUR) for event in events]
    await wires.db.write(wires.transport.append, aged)


def shown(metric: str, consumer: str) -> float:
    return REGISTRY.get_sample_value(metric, {"consumer": consumer}) or 0.0


async def comes_to(metric: str, consumer: str, least: float, most: float = float("inf")) -> None:
    async def is_there() -> bool:
        return least <= shown(metric, consumer) <= most

    await eventually(is_there)


async def takes_nothing(wires: Wiring, consumer: str) -> bool:
    """Whether lanes of JetStream have seen that it is full, and have settled what they had in hand."""
    if not isinstance(wires.transport, JetStreamTransport):
        return True  # who reads the log looks each time
    gate = wires.transport._desks[consumer]._gate
    return not gate.opened.is_set() and not gate.in_hand


async def test_a_job_that_nobody_begins_grows_old(base: Base) -> None:
    gate = asyncio.Event()

    async def work(_: Counted) -> None:
        await gate.wait()

    async with wiring(base) as wires:
        wires.employ(work, msgspec.structs.replace(WORK, concurrency=1), "queueing.work")
        async with wires.transport.running():
            await wires.tell(Counted(subject="first", number=0))
            await comes_to("tutti_events_working", "queueing.work", 1)
            await asyncio.sleep(0.2)
            assert shown("tutti_events_queued_age_seconds", "queueing.work") < LONG_S, "one under way waits no more"
            await tell_an_hour_ago(wires, "second", "third")
            await comes_to("tutti_events_queued_age_seconds", "queueing.work", LONG_S)
            gate.set()
            await wires.settled()
            await comes_to("tutti_events_queued_age_seconds", "queueing.work", 0, 0)


async def test_what_may_be_forgotten_unhandled_is_said(base: Base) -> None:
    """NATS forgets by age alone; the database keeps what anyone has yet to handle."""
    async with wiring(base) as wires:
        metrics.RETENTION.set(math.inf)
        async with wires.transport.running():
            kept_s = REGISTRY.get_sample_value("tutti_events_retention_seconds")
            assert kept_s == (QUICK.retention_days * 86_400.0 if base.nats_url else math.inf)


async def test_a_handler_that_hangs_makes_its_consumer_late(base: Base) -> None:
    gate = asyncio.Event()

    async def wait(_: Counted) -> None:
        await gate.wait()

    async with wiring(base) as wires:
        wires.subscribe(wait, "hanging")
        async with wires.transport.running():
            await tell_an_hour_ago(wires, *(f"s{n}" for n in range(40)))
            await comes_to("tutti_events_lag", "hanging", 40)
            await comes_to("tutti_events_age_seconds", "hanging", LONG_S)
            gate.set()
            await wires.settled()
            await comes_to("tutti_events_age_seconds", "hanging", 0, 0)
            await comes_to("tutti_events_lag", "hanging", 0, 0)


async def test_a_consumer_that_takes_nothing_is_late(base: Base) -> None:
    """So many of its events wait for another try that it takes no new ones."""
    slow = msgspec.structs.replace(QUICK, parked_limit=2, max_attempts=50, backoff_s=600.0, backoff_max_s=600.0)
    async with wiring(base, slow) as wires:
        wires.hear("full")
        wires.failing = lambda _consumer, _event: ValueError("no")
        async with wires.transport.running():
            await wires.tell(*(Counted(subject=f"bad{n}", number=n) for n in range(8)))

            async def is_full() -> bool:
                (lag,) = await wires.transport.lag()
                return lag.parked >= 2

            await eventually(is_full)
            await eventually(lambda: takes_nothing(wires, "full"))
            await tell_an_hour_ago(wires, *(f"s{n}" for n in range(40)))
            await comes_to("tutti_events_age_seconds", "full", LONG_S)
            await comes_to("tutti_events_lag", "full", 30)

"""Retries, back-off, dead letters: one poisoned event stops its own key for as long as it is tried, and no other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from contract.transports import QUICK, Counted, Wiring, eventually, wiring
from tutti.kit.clock import now
from tutti.kit.settings import Base
from tutti.kit.trace import enter_trace, trace_id


@pytest.fixture
async def wires(base: Base) -> AsyncIterator[Wiring]:
    async with wiring(base) as opened:
        opened.hear()
        yield opened


def poisoned(_: str, event: Counted) -> Exception | None:
    return ValueError("cannot stand it") if event.subject == "bad" and event.number == 1 else None


async def test_a_failed_event_is_tried_again_and_its_key_waits(wires: Wiring) -> None:
    failures = iter([OSError("away"), OSError("still away")])
    wires.failing = lambda _, event: next(failures, None) if event == Counted(subject="s", number=1) else None
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(5)), Counted(subject="t", number=0))
        await wires.settled()
    assert await wires.effects() == {"s": [0, 1, 2, 3, 4], "t": [0]}
    assert wires.tries.count(("listener", "s", 1)) == 3


async def test_what_ends_as_something_else_that_was_cancelled_has_failed_too(wires: Wiring) -> None:
    """A handler may wait for what others share and end; nobody has cancelled the handler."""
    failures = iter([asyncio.CancelledError()])
    wires.failing = lambda _, event: next(failures, None) if event == Counted(subject="s", number=1) else None
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(3)))
        await wires.settled()
    assert await wires.effects() == {"s": [0, 1, 2]}
    assert wires.tries.count(("listener", "s", 1)) == 2


async def test_a_poisoned_event_stops_only_its_own_key(wires: Wiring) -> None:
    wires.failing = poisoned
    async with wires.transport.running():
        await wires.tell(*(Counted(subject=s, number=n) for n in range(30) for s in ("bad", "good")))
        await wires.settled(dead=1)
        await wires.tell(Counted(subject="bad", number=30))
        await wires.settled(dead=1)
    assert await wires.effects() == {"good": list(range(30)), "bad": [0, *range(2, 31)]}
    assert wires.tries.count(("listener", "bad", 1)) == QUICK.max_attempts


async def test_others_flow_while_one_waits(base: Base) -> None:
    patient = msgspec.structs.replace(QUICK, backoff_s=3600.0, backoff_max_s=3600.0)
    async with wiring(base, patient) as wires:
        wires.hear()
        wires.failing = poisoned
        async with wires.transport.running():
            await wires.tell(*(Counted(subject=s, number=n) for n in range(30) for s in ("bad", "good")))

            async def others_are_done() -> bool:
                return len((await wires.effects()).get("good", [])) == 30

            await eventually(others_are_done)

            async def all_are_parked() -> bool:
                (lag,) = await wires.transport.lag()
                return lag.behind == 0 and lag.parked == 29

            await eventually(all_are_parked)
        assert await wires.effects() == {"good": list(range(30)), "bad": [0]}


async def test_a_dead_letter_says_why_and_can_be_tried_again(wires: Wiring) -> None:
    wires.failing = poisoned
    enter_trace()
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="bad", number=n) for n in range(3)))
        await wires.settled(dead=1)
        (letter,) = await wires.transport.list_dead()
        assert (letter.type, letter.key, letter.attempts) == ("test.Counted", "bad", 3)
        assert letter.error == "ValueError: cannot stand it"
        assert letter.trace_id == trace_id()
        assert await wires.transport.retry_dead("01890000-0000-7000-8000-000000000000") == 0
        wires.failing = lambda _consumer, _event: None
        assert await wires.transport.retry_dead(letter.id) == 1
        await wires.settled()
    assert await wires.effects() == {"bad": [0, 2, 1]}
    assert await wires.transport.list_dead() == []


async def test_all_dead_letters_can_be_tried_again_and_die_again(wires: Wiring) -> None:
    wires.failing = lambda _consumer, _event: RuntimeError("no")
    async with wires.transport.running():
        await wires.tell(*(Counted(subject=s, number=n) for s in "ab" for n in range(3)))
        await wires.settled(dead=6)
        assert await wires.transport.retry_dead(None) == 6
        await wires.settled(dead=6)
    assert await wires.effects() == {}
    assert len(wires.tries) == 2 * 6 * QUICK.max_attempts


async def test_a_handler_that_hangs_has_failed(base: Base) -> None:
    async with wiring(base, msgspec.structs.replace(QUICK, handler_timeout_s=0.05)) as wires:

        async def hang(_: Counted) -> None:
            await asyncio.Event().wait()

        wires.subscribe(hang)
        async with wires.transport.running():
            await wires.tell(Counted(subject="s", number=1))
            await wires.settled(dead=1)
            (letter,) = await wires.transport.list_dead()
            assert letter.error.startswith("TimeoutError")


async def test_a_second_transaction_in_a_handler_is_refused(wires: Wiring) -> None:
    async def greedy(event: Counted) -> None:
        async with wires.db.transaction():
            pass
        async with wires.db.transaction() as tx:
            await tx.run(lambda _: None)

    wires.subscribe(greedy, "greedy")
    async with wires.transport.running():
        await wires.tell(Counted(subject="s", number=1))

        async def is_dead() -> bool:
            return any("second transaction" in letter.error for letter in await wires.transport.list_dead())

        await eventually(is_dead)


async def test_a_replay_lets_effects_happen_again_from_then_on(wires: Wiring) -> None:
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(3)))
        await wires.settled()
        since = now()
        await wires.tell(*(Counted(subject="s", number=n) for n in range(3, 6)))
        await wires.settled()
        assert await wires.transport.replay("listener", since) == 3
        await wires.settled()
        assert await wires.effects() == {"s": [0, 1, 2, 3, 4, 5, 3, 4, 5]}
        assert await wires.transport.replay("listener", now() + timedelta(days=1)) == 0


async def test_more_than_the_limit_of_parked_events_holds_the_consumer_back(base: Base) -> None:
    async with wiring(base, msgspec.structs.replace(QUICK, parked_limit=20)) as wires:
        wires.hear()
        wires.failing = lambda _, event: OSError("away") if wires.tries.count(("listener", "s", 0)) < 3 else None
        async with wires.transport.running():
            await wires.tell(*(Counted(subject="s", number=n) for n in range(200)))
            await wires.settled()
        assert await wires.effects() == {"s": list(range(200))}

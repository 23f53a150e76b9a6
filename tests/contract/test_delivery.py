"""What a transport promises: at least once, in order of the key, once in effect."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context

import pytest

from contract.transports import QUICK, Counted, Ignored, Wiring, wiring
from tutti.kit.events.event import seal
from tutti.kit.settings import Base


@pytest.fixture
async def wires(base: Base) -> AsyncIterator[Wiring]:
    async with wiring(base) as opened:
        yield opened


async def test_every_event_takes_effect_once_in_the_order_of_its_key(wires: Wiring) -> None:
    wires.hear()
    async with wires.transport.running():
        for number in range(60):
            await wires.tell(Counted(subject=f"s{number % 7}", number=number), Counted(subject="all", number=number))
        await wires.settled()
    found = await wires.effects()
    assert found.pop("all") == list(range(60))
    assert found == {f"s{n}": list(range(n, 60, 7)) for n in range(7)}


async def test_what_was_told_before_the_start_is_heard(wires: Wiring) -> None:
    wires.hear()
    await wires.tell(*(Counted(subject="s", number=n) for n in range(40)))
    async with wires.transport.running():
        await wires.settled()
    assert await wires.effects() == {"s": list(range(40))}


async def test_every_consumer_hears_what_it_asked_for(wires: Wiring) -> None:
    wires.hear("one")
    wires.hear("two")
    async with wires.transport.running():
        await wires.tell(Ignored(subject="s"), Counted(subject="s", number=1), Ignored(subject="s"))
        await wires.settled()
    assert await wires.effects("one") == await wires.effects("two") == {"s": [1]}


async def test_nothing_is_told_of_a_transaction_that_failed(wires: Wiring) -> None:
    wires.hear()
    async with wires.transport.running():
        with pytest.raises(LookupError):
            async with wires.db.transaction() as tx:
                tx.publish(Counted(subject="s", number=1))
                raise LookupError
        await wires.tell(Counted(subject="s", number=2))
        await wires.settled()
    assert await wires.effects() == {"s": [2]}


async def test_a_start_goes_on_where_the_last_one_stopped(wires: Wiring, base: Base) -> None:
    wires.hear()
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(25)))
    async with wiring(base) as again:
        again.hear()
        async with again.transport.running():
            await again.tell(Counted(subject="s", number=25))
            await again.settled()
        assert await again.effects() == {"s": list(range(26))}
        assert len(wires.tries) + len(again.tries) == 26


async def test_two_who_publish_at_once_lose_nothing(wires: Wiring, base: Base) -> None:
    """A reader that saw number n must never miss a smaller one that commits later."""
    wires.hear()

    async def publish(told: Wiring, subject: str) -> None:
        for number in range(50):
            await told.tell(Counted(subject=subject, number=number))

    async with wiring(base) as other, wires.transport.running():
        await asyncio.gather(
            *(publish(told, f"{place}-{n}") for n in range(3) for place, told in (("a", wires), ("b", other)))
        )
        await wires.settled()
    found = await wires.effects()
    assert found == {f"{place}-{n}": list(range(50)) for n in range(3) for place in "ab"}


async def test_an_event_that_commits_late_is_not_passed_over(wires: Wiring, base: Base) -> None:
    """Its place in the log is drawn before another's, whose commit would come first if it could."""
    wires.hear()
    async with wiring(base) as other, wires.transport.running():
        async with wires.db.transaction() as slow:
            await slow.run(wires.transport.append, [seal(Counted(subject="slow", number=1))])
            told = other.tell(Counted(subject="quick", number=1))
            quick = asyncio.create_task(told, context=Context())  # a task of its own, not a part of this transaction
            await asyncio.sleep(5 * QUICK.poll_s)  # were it let through, a reader would pass on by now
        await quick
        await wires.settled()
    assert await wires.effects() == {"slow": [1], "quick": [1]}


async def test_events_of_one_transaction_keep_their_order(wires: Wiring) -> None:
    wires.hear()
    async with wires.transport.running():
        await wires.tell(*(Counted(subject="s", number=n) for n in range(100)))
        await wires.settled()
    assert await wires.effects() == {"s": list(range(100))}


async def test_a_handler_without_a_transaction_is_called_once(wires: Wiring, base: Base) -> None:
    from_start: list[int] = []

    async def on_counted(event: Counted) -> None:
        from_start.append(event.number)

    await wires.tell(*(Counted(subject="s", number=n) for n in range(20)))
    wires.subscribe(on_counted)
    for _ in range(2):
        async with wires.transport.running():
            await wires.settled()
    assert from_start == list(range(20))

"""An event that ends the process it is handled in is given up in the end, and all others are handled."""

from pathlib import Path

import pytest

from contract.test_crashes import start
from contract.transports import QUICK, WORK, Counted, wiring
from tutti.kit.events.works import ENDLESS
from tutti.kit.settings import Base

DYING_WORKER = Path(__file__).with_name("dying_worker.py")
DIED = 7


async def deaths(base: Base, kind: str, limit: int) -> int:
    """Start the process again and again until it comes to an end; return how often it died."""
    for died in range(limit + 1):
        process = await start(DYING_WORKER, base, kind)
        code = await process.wait()
        if code == 0:
            return died
        assert code == DIED
    raise AssertionError("it would die for ever")


async def tell(base: Base) -> None:
    async with wiring(base) as wires:
        await wires.tell(*(Counted(subject=s, number=n) for n in range(3) for s in ("deadly", "good")))


async def find_what_became(base: Base) -> tuple[dict[str, list[int]], str, int]:
    async with wiring(base) as wires:
        (letter,) = await wires.transport.list_dead()
        return await wires.effects("worker"), letter.error, letter.attempts


async def test_a_job_that_ends_its_process_uses_up_its_tries(base: Base) -> None:
    await tell(base)
    assert await deaths(base, "long", WORK.max_attempts) == WORK.max_attempts
    effects, error, attempts = await find_what_became(base)
    assert {subject: sorted(set(numbers)) for subject, numbers in effects.items()} == {
        "deadly": [1, 2],
        "good": [0, 1, 2],
    }
    assert (error, attempts) == (ENDLESS, WORK.max_attempts)
    async with wiring(base) as wires:
        given_up = await wires.effects("given up")
    assert set(given_up) == {"deadly"}
    assert set(given_up["deadly"]) == {0}


@pytest.mark.parametrize("engines", ["jetstream"], indirect=True)
async def test_so_does_any_event_where_copies_deliver(base: Base) -> None:
    """JetStream counts how often it was delivered; after that it is parked, where its tries are counted."""
    await tell(base)
    assert await deaths(base, "quick", 2 * QUICK.max_attempts) == 2 * QUICK.max_attempts
    effects, error, attempts = await find_what_became(base)
    assert effects == {"deadly": [1, 2], "good": [0, 1, 2]}
    assert ("never came to an end" in error, attempts) == (True, QUICK.max_attempts)

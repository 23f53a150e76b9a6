"""A copy that is stopped in the middle of relaying: another one goes on, and the first does no harm when it goes on."""

import asyncio
import random
import signal
from asyncio.subprocess import Process

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from contract.test_copies import read_told, start_copy
from contract.transports import HASTY, Counted, Wiring, eventually, wiring
from tutti.kit.db import Database
from tutti.kit.events.jetstream.shelf import RELAY_LOCK
from tutti.kit.settings import Base

pytestmark = pytest.mark.parametrize("engines", ["jetstream"], indirect=True)

LIMIT_S = 50
"""Less than the minute for which nothing but the server's patience used to count."""
LOOK_S = 0.2
FROZEN_S = 240
"""Until it was stopped at the right moment, on a machine that is busy."""
_HOLDERS = sa.text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND (classid::bigint << 32) + objid::bigint = :lock"
)


def is_relaying(db: Connection) -> bool:
    return bool(db.scalar(_HOLDERS, {"lock": RELAY_LOCK}))


async def freeze_relaying(copy: Process, db: Database) -> None:
    """Stop the only copy while it has the turn; again and again, until it is that moment."""
    chance = random.Random(1)
    async with asyncio.timeout(FROZEN_S):
        while True:
            copy.send_signal(signal.SIGSTOP)
            await asyncio.sleep(LOOK_S)  # what was under way in the server ends
            if await db.read(is_relaying):
                return
            copy.send_signal(signal.SIGCONT)
            await asyncio.sleep(chance.uniform(0.05, 0.15))


async def wait_for_effect(wires: Wiring, event: Counted) -> None:
    async def is_there() -> bool:
        return event.number in (await wires.effects("one")).get(event.subject, [])

    async with asyncio.timeout(LIMIT_S):
        await eventually(is_there)


async def test_another_copy_relays_when_one_hangs_that_has_the_turn(base: Base) -> None:
    copy = await start_copy(base, 0)
    try:
        told = await read_told(copy, 20)
        async with wiring(base, HASTY) as wires:
            await freeze_relaying(copy, wires.db)
            wires.hear("one")
            wires.hear("two")
            async with wires.transport.running():
                new = Counted(subject="new", number=1)
                await wires.tell(new)
                await wait_for_effect(wires, new)
                copy.send_signal(signal.SIGCONT)
                told += await read_told(copy, 50)
                copy.terminate()
                told += await read_told(copy, None)
                assert await copy.wait() == 0
                await wires.settled()
            for consumer in ("one", "two"):
                found = await wires.effects(consumer)
                assert found.pop("new") == [1]
                assert all(numbers == sorted(set(numbers)) for numbers in found.values()), "doubled, or out of order"
                every = {number for numbers in found.values() for number in numbers}
                assert set(told) <= every, "an acknowledged event is lost"
                assert len(every) <= len(told) + 1, "what the copy was telling when it was stopped may have been told"
    finally:
        if copy.returncode is None:
            copy.kill()
        await copy.wait()

"""Forgetting what is old, and nothing that anyone still needs."""

from datetime import timedelta

import msgspec
import sqlalchemy as sa

from contract.transports import QUICK, Counted, Wiring, wiring
from tutti.kit.clock import now
from tutti.kit.events.event import seal
from tutti.kit.events.solo import SoloTransport
from tutti.kit.events.tables import inbox, outbox
from tutti.kit.settings import Base

OLD = timedelta(days=QUICK.retention_days + 1)


async def tell_long_ago(wires: Wiring, numbers: range) -> None:
    events = [seal(Counted(subject="s", number=number)) for number in numbers]
    aged = [
        msgspec.structs.replace(event, occurred_at=event.occurred_at - OLD, id=aged_id(event.id)) for event in events
    ]
    await wires.db.write(wires.transport.append, aged)


def aged_id(id_: str) -> str:
    """The same UUIDv7 as if made long ago."""
    milliseconds = int(id_.replace("-", "")[:12], 16) - int(OLD.total_seconds() * 1000)
    digits = f"{milliseconds:012x}"
    return f"{digits[:8]}-{digits[8:]}{id_[13:]}"


async def count(wires: Wiring, table: sa.Table) -> int:
    return await wires.db.read(lambda db: db.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


async def test_old_events_are_forgotten_once_everyone_has_handled_them(base: Base) -> None:
    async with wiring(base) as wires:
        transport = wires.transport
        assert isinstance(transport, SoloTransport)
        wires.hear("quick")
        wires.hear("slow")
        await tell_long_ago(wires, range(10))
        await transport.purge()
        assert await count(wires, outbox) == 10, "nobody has handled them yet"
        async with transport.running():
            await wires.tell(*(Counted(subject="s", number=n) for n in range(10, 14)))
            await wires.settled()
        await transport.purge()
        assert await count(wires, outbox) == 4
        assert await count(wires, inbox) == 2 * 4
        assert await wires.effects("slow") == {"s": list(range(14))}
        async with transport.running():  # and nothing comes again, not even from the beginning of what is left
            await transport.replay("quick", now() - 2 * OLD)
            await wires.settled()
        assert await wires.effects("slow") == {"s": list(range(14))}
        assert await wires.effects("quick") == {"s": [*range(14), *range(10, 14)]}


async def test_an_empty_log_is_no_trouble(base: Base) -> None:
    async with wiring(base) as wires:
        transport = wires.transport
        assert isinstance(transport, SoloTransport)
        wires.hear()
        await transport.purge()
        async with transport.running():
            await tell_long_ago(wires, range(3))
            await wires.settled()
        await transport.purge()
        assert await count(wires, outbox) == 0
        async with transport.running():
            await wires.tell(Counted(subject="s", number=3))  # its place is not one that was purged
            await wires.settled()
        assert await wires.effects() == {"s": [0, 1, 2, 3]}

"""A process to be killed: tells events, says so once each is committed, and handles them.

``worker.py DATA_DIR DATABASE_URL NATS_URL FIRST COUNT``
"""

import asyncio
import sys
from pathlib import Path

import structlog

from contract.transports import HASTY, Counted, Wiring, wiring
from tutti.kit.settings import Base

SUBJECTS = 5


async def tell_all(wires: Wiring, first: int, count: int) -> None:
    for number in range(first, first + count):
        await wires.tell(Counted(subject=f"s{number % SUBJECTS}", number=number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


async def main(data_dir: str, database_url: str, nats_url: str, first: str, count: str) -> None:
    base = Base(data_dir=Path(data_dir), database_url=database_url, nats_url=nats_url)
    async with wiring(base, HASTY) as wires:
        wires.hear("one")
        wires.hear("two")
        async with wires.transport.running():
            await tell_all(wires, int(first), int(count))
            await wires.settled()


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for what is acknowledged
asyncio.run(main(*sys.argv[1:]))

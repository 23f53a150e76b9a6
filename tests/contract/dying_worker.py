"""A process that one event ends, each time it is handled.

``dying_worker.py DATA_DIR DATABASE_URL NATS_URL long|quick``
"""

import asyncio
import os
import sys
from pathlib import Path

import msgspec
import structlog

from contract.transports import HASTY, WORK, Counted, add_effect, wiring
from tutti.kit.settings import Base

DIED = 7


async def main(data_dir: str, database_url: str, nats_url: str, kind: str) -> None:
    base = Base(data_dir=Path(data_dir), database_url=database_url, nats_url=nats_url)
    async with wiring(base, HASTY) as wires:

        async def work(event: Counted) -> None:
            if event.subject == "deadly" and event.number == 0:
                os._exit(DIED)
            async with wires.db.transaction() as tx:
                await tx.run(add_effect, "worker", event)

        async def hear_of_given_up(event: Counted) -> None:
            async with wires.db.transaction() as tx:
                await tx.run(add_effect, "given up", event)

        if kind == "long":
            wires.employ(work, msgspec.structs.replace(WORK, given_up={Counted: hear_of_given_up}))
        else:
            wires.subscribe(work, "worker")
        async with wires.transport.running():
            await wires.settled(dead=1)


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
asyncio.run(main(*sys.argv[1:]))

"""A process to be killed: works on what is queued, and says so after each effect.

``long_worker.py DATA_DIR DATABASE_URL NATS_URL``
"""

import asyncio
import sys
from pathlib import Path

import structlog

from contract.transports import HASTY, Counted, add_effect, wiring
from tutti.kit.settings import Base


async def main(data_dir: str, database_url: str, nats_url: str) -> None:
    base = Base(data_dir=Path(data_dir), database_url=database_url, nats_url=nats_url)
    async with wiring(base, HASTY) as wires:

        async def work(event: Counted) -> None:
            await wires.db.write(add_effect, "worker", event)
            sys.stdout.write(f"{event.number}\n")
            sys.stdout.flush()

        wires.employ(work)
        async with wires.transport.running():
            await wires.settled()


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for what is acknowledged
asyncio.run(main(*sys.argv[1:]))

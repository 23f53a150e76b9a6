"""A copy to be killed: tells events and handles whatever comes, by a clock that may be wrong, until it is ended.

``copy_worker.py DATABASE_URL NATS_URL FIRST SKEW_S``: numbers of the events told go up from FIRST.
"""

import asyncio
import importlib
import signal
import sys
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from tutti.kit import clock
from tutti.kit.errors import Unavailable

SUBJECTS = 5
_right = clock.now
_skew = timedelta(seconds=int(sys.argv[4]))


def wrong_now() -> datetime:
    return _right() + _skew


clock.now = wrong_now  # before anything else takes it from there
contract = importlib.import_module("contract.transports")
settings = importlib.import_module("tutti.kit.settings")


async def main(database_url: str, nats_url: str, first: int) -> None:
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    base = settings.Base(database_url=database_url, nats_url=nats_url)
    async with contract.wiring(base, contract.HASTY) as wires:
        wires.hear("one")
        wires.hear("two")
        async with wires.transport.running():
            number = first
            while not ended.is_set():
                with suppress(Unavailable):  # its connection was ended while it was stopped: the next one is a new one
                    await wires.tell(contract.Counted(subject=f"s{number % SUBJECTS}", number=number))
                    sys.stdout.write(f"{number}\n")
                    sys.stdout.flush()
                number += 1


structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for what is acknowledged
asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))

"""A process to be stopped in the middle of what others wait for: ``frozen_worker.py DATABASE_URL WHAT``.

It says ``there`` when it is in the middle, where it stays until it is let go on, and then how that ended.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import ClassVar

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection

from tutti.kit.db import Database, HoldLost, open_database
from tutti.kit.errors import Unavailable
from tutti.kit.events import outbox
from tutti.kit.events.event import Event, seal
from tutti.kit.settings import Base

_MUCH = sa.text("SELECT repeat('x', 1000000), pg_sleep(0.05) FROM generate_series(1, 300)")
_ANSWERING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
)


class Told(Event):
    TYPE: ClassVar[str] = "test.Told"
    KEY: ClassVar[str] = "by"

    by: str


def append(db: Connection) -> None:
    outbox.append(db, [seal(Told(by="frozen"))])


async def hold(db: Database) -> None:
    """Hold a name for good."""
    async with db.exclusive("work"):
        say("there")
        await asyncio.Event().wait()


async def tell(db: Database) -> None:
    """Tell an event, and be stopped before the commit: by itself, as nobody else could be sure to come in time."""
    async with db.transaction() as tx:
        await tx.run(append)
        say("there")
        os.kill(os.getpid(), signal.SIGSTOP)


async def read(db: Database) -> None:
    """Be sent so much, with an event told before, that it does not fit in between; stopped by itself meanwhile."""
    async with db.transaction() as tx:
        await tx.run(append)
        say("there")
        stopping = asyncio.create_task(stop_in_the_answer(db))
        await tx.run(lambda connection: len(connection.execute(_MUCH).all()))
        await stopping


async def stop_in_the_answer(db: Database) -> None:
    """Stop this process once the server has begun to answer: sooner, it would have nothing to send."""
    while not await db.read(lambda connection: connection.scalar(_ANSWERING)):
        await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGSTOP)


def say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


WAYS: dict[str, Callable[[Database], Awaitable[None]]] = {"hold": hold, "tell": tell, "read": read}


async def main(database_url: str, what: str) -> None:
    db = open_database(Base(database_url=database_url))
    await db.start()
    try:
        await WAYS[what](db)
        say("done")
    except (HoldLost, Unavailable) as error:
        say(error.code)
    await db.stop()


if __name__ == "__main__":
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for what is said
    asyncio.run(main(sys.argv[1], sys.argv[2]))

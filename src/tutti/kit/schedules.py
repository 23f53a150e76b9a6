"""The clock ticks of the services: work that recurs.

A tick comes once per interval in the whole installation, however many copies of a service there are. Whose turn it is
is written in the database, by the database's clock: whoever moves the time of the next tick on has this one. Nobody is
elected, and whoever is killed in the middle of a tick leaves the next one to the others. What concerns a process alone
(its caches) ticks in each of them.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from tutti.kit.db import Busy, Database, HoldLost, UtcTime, database_time, metadata
from tutti.kit.tasks import end_tasks
from tutti.kit.trace import enter_trace

Tick = Callable[[], Awaitable[None]]
_ASK_AGAIN_S = 30.0
"""After the database did not say whose turn it is; intervals that are shorter are kept."""

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.schedules")

turns = sa.Table(
    "schedules_turns",
    metadata,
    sa.Column("name", sa.String(100), primary_key=True),
    sa.Column("next_at", UtcTime, nullable=False),
)


@dataclass(frozen=True)
class Schedule:
    """Work that recurs every ``interval_s`` seconds, the first time after ``interval_s``.

    Ticks of one schedule never overlap. One that was due while nobody was there comes at the next start.
    """

    name: str
    interval_s: float
    tick: Tick
    per_process: bool = False
    """Whether it ticks in each process, and not once for all of them."""


@asynccontextmanager
async def ticking(schedules: Iterable[Schedule], db: Database) -> AsyncGenerator[None, None]:
    """Run ``schedules`` for the length of a block; a tick under way at its end is cancelled."""
    tasks = [asyncio.create_task(_recur(schedule, db), name=schedule.name) for schedule in schedules]
    try:
        yield
    finally:
        await end_tasks(*tasks)


async def _recur(schedule: Schedule, db: Database) -> None:
    while True:
        enter_trace()
        try:
            if schedule.per_process:
                await asyncio.sleep(schedule.interval_s)
                await schedule.tick()
            else:
                await _tick_in_turn(schedule, db)
        except Exception:
            log.exception("a scheduled tick failed", schedule=schedule.name)
        except asyncio.CancelledError:
            if _is_told_to_end():
                raise
            log.exception("a scheduled tick failed", schedule=schedule.name)


async def _tick_in_turn(schedule: Schedule, db: Database) -> None:
    await _wait_for_turn(schedule, db)
    try:
        async with db.exclusive(f"tick {schedule.name}"):
            await schedule.tick()
    except Busy:
        log.info("the tick before takes longer than its interval", schedule=schedule.name)
    except HoldLost:
        log.warning("a scheduled tick was broken off, and comes again", schedule=schedule.name)


async def _wait_for_turn(schedule: Schedule, db: Database) -> None:
    interval = timedelta(seconds=schedule.interval_s)
    while True:
        try:
            wait = await db.write(take_turn, schedule.name, interval)
        except Exception:
            # Whatever the database has, it passes; the schedule must outlive it.
            log.exception("nobody can say whose turn a schedule is", schedule=schedule.name)
            wait = min(interval, timedelta(seconds=_ASK_AGAIN_S))
        if wait <= timedelta(0):
            return
        await asyncio.sleep(wait.total_seconds())


def take_turn(db: Connection, name: str, interval: timedelta) -> timedelta:
    """Take the next tick of a schedule if it is due, moving the one after it on; return how long to wait otherwise.

    Zero means that the tick is the caller's. A schedule that is new here, or whose interval has become shorter than
    the time that is left, is due after one interval.
    """
    present = database_time(db)
    following = {"name": name, "next_at": present + interval}
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    if db.execute(dialect.insert(turns).on_conflict_do_nothing(), following).rowcount:
        return interval
    mine, due = turns.c.name == name, turns.c.next_at
    if db.execute(sa.update(turns).where(mine, due <= present).values(following)).rowcount:
        return timedelta(0)
    db.execute(sa.update(turns).where(mine, due > present + interval).values(following))
    return max(db.execute(sa.select(due).where(mine)).scalar_one() - present, timedelta(milliseconds=1))


def _is_told_to_end() -> bool:
    """Whether this task was cancelled itself, and not only what it waited for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0

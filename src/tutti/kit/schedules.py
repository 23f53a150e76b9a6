"""The clock ticks of the services: work that recurs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from tutti.kit.trace import enter_trace

Tick = Callable[[], Awaitable[None]]

log: structlog.stdlib.BoundLogger = structlog.get_logger("tutti.schedules")


@dataclass(frozen=True)
class Schedule:
    """Work that recurs every ``interval_s`` seconds, the first time after ``interval_s``."""

    name: str
    interval_s: float
    tick: Tick


@asynccontextmanager
async def ticking(schedules: Iterable[Schedule]) -> AsyncGenerator[None, None]:
    """Run ``schedules`` for the length of a block; a tick under way at its end is cancelled."""
    tasks = [asyncio.create_task(_recur(schedule), name=schedule.name) for schedule in schedules]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _recur(schedule: Schedule) -> None:
    while True:
        await asyncio.sleep(schedule.interval_s)
        enter_trace()
        try:
            await schedule.tick()
        except Exception:
            log.exception("a scheduled tick failed", schedule=schedule.name)
        except asyncio.CancelledError:
            if _is_told_to_end():
                raise
            log.exception("a scheduled tick failed", schedule=schedule.name)


def _is_told_to_end() -> bool:
    """Whether this task was cancelled itself, and not only what it waited for."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0

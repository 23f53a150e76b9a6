"""``tutti media``: the work on uploads, and doing again what was given up."""

from collections.abc import AsyncIterator
from typing import Annotated, Literal
from uuid import UUID

from cyclopts import App, Parameter

from tutti.commands.config import Json
from tutti.commands.context import process, run
from tutti.commands.failures import Refused
from tutti.commands.output import print_json, print_table, say
from tutti.services.media.api import Job, JobNotDead
from tutti.services.media.service.jobs import Jobs

app = App(name="media", help="The work on uploads.")
_PAGE = 100


@app.command
def jobs(
    *,
    state: Annotated[
        Literal["queued", "done", "dead"] | None,
        Parameter(help="Only those in this state; what the server runs at the moment is queued, too."),
    ] = None,
    limit: Annotated[int, Parameter(help="How many at most.")] = _PAGE,
    as_json: Json = False,
) -> None:
    """List jobs, newest first."""
    if limit < 1:
        raise Refused("The limit is at least 1.")

    async def command() -> None:
        async with process() as opened:
            found = [job async for job in _some(opened.provided(Jobs), state, limit)]
        if as_json:
            print_json(found)
            return
        rows = [(job.id, job.state, job.attempts, job.filename, job.error) for job in found]
        print_table(["Job", "State", "Tries", "File", "Error"], rows, empty="No jobs.")

    run(command)


@app.command
def retry(
    job_id: str | None = None,
    *,
    everything: Annotated[bool, Parameter(name="--all", negative="", help="All dead ones.")] = False,
) -> None:
    """Let dead jobs begin anew: one by its id, or all of them."""
    if (job_id is None) == (not everything):
        raise Refused("Name one job, or give --all.")

    async def command() -> None:
        async with process() as opened:
            service = opened.provided(Jobs)
            ids = [_checked(job_id)] if job_id else [job.id async for job in _some(service, "dead", None)]
            again = 0
            for each in ids:
                try:
                    await service.retry(each)
                    again += 1
                except JobNotDead:  # its upload was discarded, or forgotten
                    if job_id:
                        raise
        gone = len(ids) - again
        left_out = f" {gone} left out, whose uploads are gone." if gone else ""
        say(f"{again} to be tried again.{left_out}" if ids else "No dead jobs.")

    run(command)


async def _some(
    service: Jobs, state: Literal["queued", "done", "dead"] | None, limit: int | None
) -> AsyncIterator[Job]:
    """Yield up to ``limit`` jobs, page by page."""
    cursor: str | None = None
    left = limit
    while left is None or left > 0:
        page = await service.list_(state, cursor, _PAGE if left is None else min(left, _PAGE))
        for job in page.items:
            yield job
        left = None if left is None else left - len(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return


def _checked(job_id: str) -> str:
    try:
        return str(UUID(job_id))
    except ValueError:
        raise Refused(f"{job_id} is no id of a job. See: tutti media jobs") from None

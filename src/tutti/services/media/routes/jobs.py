"""HTTP of the work on uploads."""

from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from tutti.kit.auth import Identity, requires
from tutti.kit.errors import Invalid
from tutti.kit.paging import DEFAULT_LIMIT, BadCursor, Cursor, Limit, Page
from tutti.kit.web import errors, public, unlimited
from tutti.services.catalog.api import TrackNotFound
from tutti.services.media.api import HookRefused, HooksOff, Job, JobNotDead, JobNotFound, JobReport, JobState
from tutti.services.media.routes.bodies import read_body
from tutti.services.media.routes.hooks import HookSignature, Timestamp
from tutti.services.media.service.deleting import Deletion
from tutti.services.media.service.jobs import Jobs
from tutti.services.media.service.uploads import HookGate
from tutti.services.media.service.uploads.hooks import MAX_BODY_BYTES

_ADMIN = [requires("admin")]
State = Annotated[JobState | None, QueryParameter(name="state", description="Only those in this state")]


@get("/media/jobs", guards=_ADMIN, responses=errors(BadCursor))
async def list_jobs(
    jobs: NamedDependency[Jobs], in_state: State = None, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[Job]:
    """The work on uploads, newest first. What is `running` has its progress."""
    return await jobs.list_(in_state, cursor, limit)


@post("/media/jobs/{job_id:uuid}/retry", status_code=200, guards=_ADMIN, responses=errors(JobNotFound, JobNotDead))
async def retry_job(jobs: NamedDependency[Jobs], job_id: FromPath[UUID]) -> Job:
    """Let a dead job begin anew, with all its tries."""
    return await jobs.retry(str(job_id))


@delete("/tracks/{track_id:uuid}/audio", status_code=202, responses=errors(TrackNotFound))
async def delete_audio(
    deletion: NamedDependency[Deletion], identity: NamedDependency[Identity], track_id: FromPath[UUID]
) -> None:
    """Delete the sound of a track that you uploaded, or of any as an admin; the track stays. It is gone soon."""
    await deletion.delete_audio(identity, str(track_id))


@post(
    "/hooks/media",
    status_code=204,
    responses=errors(HooksOff, HookRefused, Invalid, JobNotFound),
    **unlimited,
    **public,
)
async def hear_of_job(
    hook_gate: NamedDependency[HookGate],
    jobs: NamedDependency[Jobs],
    request: Request[Any, Any, Any],
    timestamp: Timestamp,
    hook_signature: HookSignature,
) -> None:
    """A program elsewhere that does the work on uploads reports how a job ended (`JobReport`), signed like any hook.

    What it made has to be stored before. A job that has ended already stays as it is.
    """
    body = await read_body(request, MAX_BODY_BYTES)
    hook_gate.check(timestamp, hook_signature, body)
    await jobs.report(_read_report(body))


def _read_report(body: bytes) -> JobReport:
    try:
        return msgspec.json.decode(body, type=JobReport)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid(f"The report is not of its form: {error}") from error


routes = [list_jobs, retry_job, delete_audio, hear_of_job]

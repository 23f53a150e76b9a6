"""``tutti media``: the jobs, and another try."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from commands.terminal import Tutti
from tutti.kit.ids import new_id
from tutti.kit.settings import Settings
from tutti.main import build_process, opened
from tutti.services.media.repository.jobs import find_job
from tutti.services.media.repository.uploads import (
    JobRow,
    StoredState,
    UploadRow,
    change_upload,
    find_upload,
    insert_job,
    insert_upload,
)

AT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
USER = new_id()
SAID = "FfmpegDied: ffmpeg was killed by signal 9. [/no] markup"


def add_job(db: Connection, state: StoredState, error: str | None) -> JobRow:
    failed = state == "dead"
    upload = UploadRow(
        id=new_id(),
        user_id=USER,
        filename=f"{state} [b]ä[/b].flac",
        size_bytes=10,
        content_type="audio/flac",
        sha256=None,
        state="failed" if failed else "ready",
        reason_code="FAILED" if failed else None,
        track_id=new_id(),
        storage_key="incoming/x",
        created_at=AT,
        expires_at=AT + timedelta(days=1),
    )
    job = JobRow(
        id=new_id(),
        track_id=upload.track_id,
        upload_id=upload.id,
        user_id=USER,
        created_at=AT,
        state=state,
        error=error,
        attempts=6 if failed else 1,
        finished_at=AT,
    )
    insert_upload(db, upload)
    insert_job(db, job)
    return job


@pytest.fixture
def jobs(data_dir: Path) -> list[JobRow]:
    """One that went well, and two that were given up."""
    wanted: list[tuple[StoredState, str | None]] = [("done", None), ("dead", SAID), ("dead", SAID)]

    async def write() -> list[JobRow]:
        async with opened(build_process(Settings({}, {"data_dir": data_dir}))) as process:
            return await process.db.write(lambda db: [add_job(db, *each) for each in wanted])

    return asyncio.run(write())


def states(data_dir: Path, jobs: list[JobRow]) -> list[tuple[str, str]]:
    """Of each job, and of its upload."""

    def look(db: Connection, job: JobRow) -> tuple[str, str]:
        job_now, upload = find_job(db, job.id), find_upload(db, job.upload_id)
        assert job_now is not None
        assert upload is not None
        return job_now.state, upload.state

    async def read() -> list[tuple[str, str]]:
        async with opened(build_process(Settings({}, {"data_dir": data_dir}))) as process:
            return [await process.db.read(look, job) for job in jobs]

    return asyncio.run(read())


def test_jobs_are_listed_newest_first(tutti: Tutti, jobs: list[JobRow]) -> None:
    found = tutti("media", "jobs", "--json").json()
    assert [job["id"] for job in found] == [job.id for job in reversed(jobs)]
    assert (found[0]["state"], found[0]["attempts"], found[0]["error"]) == ("dead", 6, SAID)
    title, *lines = tutti("media", "jobs").said().splitlines()
    assert title.split() == ["Job", "State", "Tries", "File", "Error"]
    assert len(lines) == len(jobs)
    assert all(part in lines[0] for part in (jobs[-1].id, "dead", "6", "dead [b]ä[/b].flac", SAID))


def test_jobs_of_one_state_are_listed(tutti: Tutti, jobs: list[JobRow]) -> None:
    (done,) = tutti("media", "jobs", "--state", "done", "--json").json()
    assert done["id"] == jobs[0].id
    assert tutti("media", "jobs", "--state", "queued").said() == "No jobs.\n"
    assert len(tutti("media", "jobs", "--limit", "2", "--json").json()) == 2
    assert "at least 1" in tutti("media", "jobs", "--limit", "0").refusal()


def test_a_dead_job_is_tried_again(tutti: Tutti, jobs: list[JobRow], data_dir: Path) -> None:
    assert tutti("media", "retry", jobs[1].id).said() == "1 to be tried again.\n"
    assert states(data_dir, jobs) == [("done", "ready"), ("queued", "uploaded"), ("dead", "failed")]
    lags = {each["consumer"]: each["behind"] for each in tutti("events", "lag", "--json").json()}
    assert lags["media.work"] == 1


def test_all_dead_jobs_are_tried_again(tutti: Tutti, jobs: list[JobRow], data_dir: Path) -> None:
    assert tutti("media", "retry", "--all").said() == "2 to be tried again.\n"
    assert states(data_dir, jobs) == [("done", "ready"), ("queued", "uploaded"), ("queued", "uploaded")]
    assert tutti("media", "retry", "--all").said() == "No dead jobs.\n"


def test_only_dead_jobs_are_tried_again(tutti: Tutti, jobs: list[JobRow]) -> None:
    assert "given up" in tutti("media", "retry", jobs[0].id).refusal()
    assert "no such job" in tutti("media", "retry", new_id()).refusal()
    assert "tutti media jobs" in tutti("media", "retry", "[/x]").refusal()


def test_which_job_has_to_be_said(tutti: Tutti) -> None:
    assert "--all" in tutti("media", "retry").refusal()
    assert "--all" in tutti("media", "retry", new_id(), "--all").refusal()


def test_all_are_tried_again_but_those_whose_upload_is_gone(tutti: Tutti, jobs: list[JobRow], data_dir: Path) -> None:
    async def discard() -> None:
        async with opened(build_process(Settings({}, {"data_dir": data_dir}))) as process:
            changes = {"state": "discarded"}
            await process.db.write(change_upload, jobs[2].upload_id, ["failed"], changes)

    asyncio.run(discard())
    assert tutti("media", "retry", "--all").said() == "1 to be tried again. 1 left out, whose uploads are gone.\n"
    assert states(data_dir, jobs) == [("done", "ready"), ("queued", "uploaded"), ("dead", "discarded")]
    assert "discarded meanwhile" in tutti("media", "retry", jobs[2].id).refusal()

"""Jobs that fail, are tried again, are given up and begun anew; and who may look at them."""

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from services.media.jobs.workshop import QUICK, Workshop, eventually, open_workshop
from support.audio import audio_bytes
from support.uploading import HOOK_SECRET, open_site, take_shown
from tutti.kit.audio.errors import FfmpegDied, LimitExceeded
from tutti.kit.events.tables import parked
from tutti.kit.ids import new_id
from tutti.kit.live.hub import Listener
from tutti.services.media.api import Media
from tutti.services.media.service.jobs import Jobs
from tutti.services.media.service.uploads.hooks import sign_hook
from tutti.services.media.service.work import making

SOUND = audio_bytes("flac", seconds=2.0)
SAID = "ffmpeg was killed by signal 9"
Encode = Callable[..., Awaitable[Any]]


@pytest.fixture
def encode(monkeypatch: pytest.MonkeyPatch) -> Callable[[Encode], None]:
    """Let something else than ffmpeg make ladders."""
    return lambda replacement: monkeypatch.setattr(making, "make_ladder", replacement)


async def die(*_: object) -> Any:
    raise FfmpegDied(SAID)


async def test_what_passes_is_tried_again(workshop: Workshop, encode: Callable[[Encode], None]) -> None:
    real, tries = making.make_ladder, 0

    async def die_twice(*arguments: Any) -> Any:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise FfmpegDied(SAID)
        return await real(*arguments)

    encode(die_twice)
    assert (await workshop.made(SOUND))["state"] == "ready"
    (job,) = await workshop.jobs()
    assert (job["state"], job["attempts"], job["error"]) == ("done", 3, None)


async def test_what_takes_too_much_work_fails_at_once(workshop: Workshop, encode: Callable[[Encode], None]) -> None:
    said = "Reading it takes more than 7200 s of processor time, which is the limit."

    async def take_too_long(*_: object) -> Any:
        raise LimitExceeded(said)

    encode(take_too_long)
    upload = await workshop.made(SOUND)
    assert (upload["state"], upload["reasonCode"]) == ("failed", "TOO_LONG")
    assert said in upload["reason"]
    (job,) = await workshop.jobs()
    assert (job["state"], job["attempts"]) == ("done", 1)


async def test_after_its_last_try_a_job_is_dead_and_can_be_begun_anew(
    workshop: Workshop, encode: Callable[[Encode], None]
) -> None:
    real = making.make_ladder
    encode(die)
    begun = await workshop.send(SOUND)
    upload = await workshop.ended(begun)
    assert (upload["state"], upload["reasonCode"]) == ("failed", "FAILED")
    assert SAID in upload["reason"]
    assert await workshop.keys() == [f"incoming/{upload['id']}"]
    (job,) = await workshop.jobs(state="dead")
    assert (job["attempts"], job["error"]) == (3, f"FfmpegDied: {SAID}")
    assert await workshop.site.process.events.list_dead() == []
    encode(real)
    retry = f"/media/jobs/{job['id']}/retry"
    assert (await workshop.site.ask("POST", retry, who="uma")).status_code == 403
    answer = (await workshop.site.ask("POST", retry, who="ada")).raise_for_status().json()
    assert (answer["attempts"], answer["error"]) == (0, None)
    assert (await workshop.ended(begun))["state"] == "ready"
    assert (await workshop.site.ask("POST", retry, who="ada")).json()["code"] == "JOB_NOT_DEAD"
    assert await workshop.site.process.get(Media).find_ladders([begun["trackId"]])
    assert (await workshop.site.ask("POST", f"/media/jobs/{new_id()}/retry", who="ada")).status_code == 404


async def test_a_running_job_is_shown_with_its_progress(workshop: Workshop, encode: Callable[[Encode], None]) -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()
    real = making.make_ladder

    async def wait_half_way(source: Any, folder: Any, on_progress: Any, settings: Any) -> Any:
        on_progress(0.5)
        reached.set()
        await go_on.wait()
        return await real(source, folder, on_progress, settings)

    encode(wait_half_way)
    uma = (await workshop.site.get("/me"))["id"]
    listener = Listener()
    await workshop.site.process.live.subscribe(listener, f"user:{uma}")
    begun = await workshop.send(SOUND)
    await reached.wait()
    (job,) = await workshop.jobs(state="running")
    assert (job["state"], job["uploadId"], job["filename"]) == ("running", begun["uploadId"], "Song.flac")
    assert 0.4 < job["progress"] < 0.8
    assert job["startedAt"] is not None
    upload = await workshop.site.get(f"/uploads/{begun['uploadId']}")
    assert (upload["state"], upload["progress"]) == ("processing", job["progress"])
    assert (await workshop.site.get(f"/tracks/{begun['trackId']}"))["id"] == begun["trackId"]
    assert (await workshop.site.ask("GET", f"/tracks/{begun['trackId']}", who="lee")).status_code == 404
    go_on.set()
    await workshop.ended(begun)
    shown = await take_shown(listener)
    progress = [each.progress for each in shown if each.state == "processing"]
    assert progress == sorted(progress)
    assert shown[-1].state == "ready"
    assert await workshop.jobs(state="running") == []
    assert (await workshop.site.ask("GET", f"/tracks/{begun['trackId']}", who="lee")).status_code == 200


async def test_jobs_are_for_admins_and_come_in_pages(workshop: Workshop) -> None:
    for _ in range(3):
        await workshop.made(b"nothing")
    assert (await workshop.site.ask("GET", "/media/jobs", who="uma")).status_code == 403
    found: list[str] = []
    cursor = ""
    while True:
        page = await workshop.site.get(f"/media/jobs?limit=2{cursor}", "ada")
        found += [job["id"] for job in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = f"&cursor={page['nextCursor']}"
    assert len(found) == 3
    assert found == sorted(found, reverse=True)


async def test_the_same_audio_is_offered_and_kept_when_asked(workshop: Workshop) -> None:
    first = await workshop.made(SOUND)
    begun = await workshop.send(SOUND, "Again.flac")
    again = await workshop.ended(begun)
    assert (again["state"], again["reasonCode"], again["duplicateOf"]) == ("failed", "DUPLICATE", first["trackId"])
    (await workshop.site.ask("POST", f"/uploads/{again['id']}/keep")).raise_for_status()
    kept = await workshop.ended(begun)
    assert kept["state"] == "ready"
    ladders = await workshop.site.process.get(Media).find_ladders([first["trackId"], kept["trackId"]])
    assert len({ladder.digest for ladder in ladders}) == 1
    assert len(ladders) == 2
    for upload, left in ((first, True), (kept, False)):
        assert (await workshop.site.ask("DELETE", f"/tracks/{upload['trackId']}", who="uma")).is_success
        await workshop.settled()
        assert bool(await workshop.keys("originals/")) is left
    assert await workshop.keys() == []


async def test_the_sound_alone_can_be_deleted(workshop: Workshop) -> None:
    upload = await workshop.made(SOUND)
    path = f"/tracks/{upload['trackId']}/audio"
    assert (await workshop.site.ask("DELETE", path, who="ugo")).status_code == 404
    assert (await workshop.site.ask("DELETE", path, who="uma")).status_code == 202
    await workshop.settled()
    assert await workshop.keys() == []


async def report(workshop: Workshop, secret: str = HOOK_SECRET, **body: Any) -> httpx.Response:
    content = json.dumps(body).encode()
    timestamp = str(int(time.time()))
    headers = {"X-Tutti-Timestamp": timestamp, "X-Tutti-Signature": sign_hook(secret, timestamp, content)}
    return await workshop.site.http.post(f"{workshop.site.url}/api/v1/hooks/media", content=content, headers=headers)


async def test_a_program_elsewhere_ends_jobs(data_dir: Any) -> None:
    async with open_workshop(data_dir, TUTTI_MEDIA_EXTERNAL_WORKERS="true") as workshop:
        begun = await workshop.send(SOUND)
        bad = await workshop.send(b"nothing")
        jobs = {job["uploadId"]: job["id"] for job in await workshop.jobs(state="queued")}
        good_job, bad_job = jobs[begun["uploadId"]], jobs[bad["uploadId"]]
        assert (await report(workshop, "other", jobId=bad_job, ok=False, reason="x")).status_code == 403
        assert (await report(workshop, jobId=new_id(), ok=False, reason="x")).status_code == 404
        assert (await report(workshop, jobId=bad_job, ok=False)).status_code == 400
        assert (await report(workshop, jobId=bad_job, ok="yes")).status_code == 400
        told = {"jobId": bad_job, "ok": False, "code": "NOT_AUDIO", "reason": "It is no music."}
        for _ in range(2):
            assert (await report(workshop, **told)).status_code == 204
        assert (await workshop.ended(bad))["reason"] == "It is no music."
        original = made_elsewhere()
        assert (await report(workshop, jobId=good_job, ok=True, original=original)).json()["details"]["missing"]
        for name in ("waveform", "aac64/init.mp4"):
            await workshop.site.process.storage.put(f"ladders/{original['digest']}/{name}", b"made elsewhere")
        for _ in range(2):
            assert (await report(workshop, jobId=good_job, ok=True, original=original)).status_code == 204
        assert (await workshop.ended(begun))["state"] == "ready"
        (ladder,) = await workshop.site.process.get(Media).find_ladders([begun["trackId"]])
        assert ladder.rungs == ("aac64",)
        assert not await workshop.keys("incoming/" + begun["uploadId"])


def made_elsewhere() -> dict[str, Any]:
    return {
        "digest": hashlib.sha256(SOUND).hexdigest(),
        "mime": "audio/flac",
        "extension": "flac",
        "codec": "flac",
        "container": "flac",
        "sampleRateHz": 44_100,
        "channels": 2,
        "lossless": True,
        "totalSamples": 88_200,
        "rungs": ["aac64"],
    }


async def test_the_end_of_the_process_breaks_a_job_off_and_the_next_start_does_it(
    data_dir: Any, encode: Callable[[Encode], None]
) -> None:
    real, reached = making.make_ladder, asyncio.Event()

    async def hang(*_: object) -> Any:
        reached.set()
        await asyncio.Event().wait()

    encode(hang)
    async with open_workshop(data_dir) as workshop:
        begun = await workshop.send(SOUND)
        await reached.wait()
    encode(real)
    async with open_workshop(data_dir) as workshop:
        jobs = workshop.site.process.provided(Jobs)

        async def is_done() -> bool:
            return [job.state for job in (await jobs.list_(None, None, 10)).items] == ["done"]

        await eventually(is_done, "the job does not come again")
        assert await workshop.site.process.get(Media).find_ladders([begun["trackId"]])
        (job,) = (await jobs.list_(None, None, 10)).items
        assert job.attempts == 1


async def test_a_job_whose_every_try_ended_with_its_process_is_dead(
    data_dir: Path, encode: Callable[[Encode], None]
) -> None:
    real, begun = making.make_ladder, asyncio.Event()

    async def hang(*_: object) -> Any:
        begun.set()
        await asyncio.Event().wait()

    encode(hang)
    async with open_site(data_dir, **QUICK) as site:
        workshop = Workshop(site)
        async with site.process.events.running():
            sent = await workshop.send(SOUND)
            await begun.wait()
        used_up = sa.update(parked).where(parked.c.consumer == "media.work").values(attempts=3)
        await site.process.db.write(lambda db: db.execute(used_up))
        encode(real)
        async with site.process.events.running():
            upload = await workshop.ended(sent)
            assert (upload["state"], upload["reasonCode"]) == ("failed", "FAILED")
            (job,) = await workshop.jobs(state="dead")
            assert "process ended" in job["error"]
            (await site.ask("POST", f"/media/jobs/{job['id']}/retry", who="ada")).raise_for_status()
            assert (await workshop.ended(sent))["state"] == "ready"

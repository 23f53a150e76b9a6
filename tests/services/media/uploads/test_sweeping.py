"""What nobody needs is cleared away, and nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from support.uploading import MIB, PART_BYTES, Site
from tutti.kit.clock import now
from tutti.kit.ids import new_id
from tutti.services.media.service.uploads import Sweep

CONTENT = b"fLaC" + bytes(500)


async def sweep(site: Site) -> None:
    await site.process.provided(Sweep).sweep()


async def age(site: Site, begun: Any, hours: float) -> None:
    """Let an upload have begun some time ago, and be completed (or not) within a day."""
    then = now() - timedelta(hours=hours)
    await site.change(begun["uploadId"], created_at=then, expires_at=then + timedelta(days=1))


async def finish(site: Site, state: str, days: float) -> str:
    begun = await site.uploaded(CONTENT)
    await site.change(begun["uploadId"], state=state, finished_at=now() - timedelta(days=days))
    return begun["uploadId"]


async def test_what_was_never_completed_is_gone_after_a_day(site: Site) -> None:
    late = [await site.uploaded(CONTENT), await site.begin(5), await site.begin(PART_BYTES + MIB)]
    (first,) = await site.sign_parts(late[2]["uploadId"], [1])
    (await site.put(first, bytes(PART_BYTES))).raise_for_status()
    in_time = [await site.uploaded(CONTENT), await site.begin(PART_BYTES + MIB)]
    (other,) = await site.sign_parts(in_time[1]["uploadId"], [1])
    (await site.put(other, bytes(PART_BYTES))).raise_for_status()
    for begun in late:
        await age(site, begun, 24.1)
    for begun in in_time:
        await age(site, begun, 23.9)

    for path in ("address", "parts"):
        refused = await site.ask("POST", f"/uploads/{late[2]['uploadId']}/{path}", {"numbers": [1]})
        assert (refused.status_code, refused.json()["code"]) == (409, "UPLOAD_CLOSED")
    await sweep(site)
    assert await site.rows() == {begun["uploadId"] for begun in in_time}
    assert await site.stored(in_time[0]["uploadId"]) == CONTENT
    assert await site.objects() == [f"incoming/{in_time[0]['uploadId']}"]
    assert await site.unfinished() == [f"incoming/{in_time[1]['uploadId']}"]
    assert len((await site.get(f"/uploads/{in_time[1]['uploadId']}/parts"))["parts"]) == 1


async def test_objects_that_belong_to_nothing_are_gone(site: Site) -> None:
    """Such as one that was sent to an address that outlived its upload."""
    needed = await site.uploaded(CONTENT)
    stray = new_id()
    for key in (f"incoming/{stray}", "incoming/no-id", "covers/ab/cd", "originals/ab/cd"):
        await site.process.storage.put(key, b"x")
    ended = [await finish(site, state, 0.1) for state in ("ready", "discarded")]
    at_work = await finish(site, "processing", 0)
    failed = await finish(site, "failed", 1)
    await sweep(site)
    assert set(await site.objects()) == {f"incoming/{each}" for each in (needed["uploadId"], at_work, failed)}
    assert await site.rows() == {needed["uploadId"], at_work, failed, *ended}
    assert await site.process.storage.find("covers/ab/cd") == b"x"
    assert await site.process.storage.find("originals/ab/cd") == b"x"


async def test_parts_that_belong_to_nothing_are_gone(site: Site) -> None:
    begun = await site.begin(PART_BYTES + MIB)
    (first,) = await site.sign_parts(begun["uploadId"], [1])
    (await site.put(first, bytes(PART_BYTES))).raise_for_status()
    await site.change(begun["uploadId"], state="discarded")  # and then a crash
    await sweep(site)
    assert await site.unfinished() == []


@pytest.mark.parametrize(("state", "days"), [("failed", 7), ("ready", 30), ("discarded", 1)])
async def test_past_uploads_are_forgotten_after_their_time(local_site: Site, state: str, days: int) -> None:
    before, after = await finish(local_site, state, days - 0.1), await finish(local_site, state, days + 0.1)
    await sweep(local_site)
    assert await local_site.rows() == {before}
    assert await local_site.stored(after) is None


async def test_many_are_swept_and_once_more_is_no_error(local_site: Site) -> None:
    for n in range(450):
        await local_site.process.storage.put(f"incoming/stray{n}", b"x")
    for _ in range(2):
        await sweep(local_site)
        assert await local_site.objects() == []


async def test_the_process_sweeps_by_itself(local_site: Site) -> None:
    (media,) = [service for service in local_site.process.services if service.name == "media"]
    assert 3600 in [schedule.interval_s for schedule in media.schedules if "sweep" in schedule.name]

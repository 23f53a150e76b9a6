"""One's own uploads: listed, given up, kept."""

import json
from typing import Any

import pytest

from support.uploading import MIB, PART_BYTES, Site, take_shown
from tutti.kit.clock import now
from tutti.kit.live.hub import Listener

CONTENT = b"fLaC" + bytes(500)
UPLOADED = "media.TrackUploaded"


async def failed(site: Site, code: str, **more: object) -> Any:
    """An upload that was worked on and failed."""
    begun = await site.uploaded(CONTENT)
    (await site.complete(begun["uploadId"])).raise_for_status()
    values = {"state": "failed", "reason_code": code, "reason": "It is so.", "finished_at": now()}
    await site.change(begun["uploadId"], **values | more)
    return begun


async def listed(site: Site, query: str = "") -> list[str]:
    """Names on all pages, in their order."""
    names: list[str] = []
    cursor = ""
    while True:
        page = await site.get(f"/uploads?limit=2{query}{cursor}")
        names += [item["filename"] for item in page["items"]]
        if page["nextCursor"] is None:
            return names
        cursor = f"&cursor={page['nextCursor']}"


async def test_they_are_listed_newest_first(local_site: Site) -> None:
    ids = [(await local_site.begin(5, f"{n}.flac"))["uploadId"] for n in range(5)]
    assert await listed(local_site) == ["4.flac", "3.flac", "2.flac", "1.flac", "0.flac"]
    await local_site.change(ids[1], state="ready")
    (await local_site.ask("DELETE", f"/uploads/{ids[2]}")).raise_for_status()
    assert await listed(local_site) == ["4.flac", "3.flac", "1.flac", "0.flac"]
    assert await listed(local_site, "&state=ready") == ["1.flac"]
    assert await listed(local_site, "&state=discarded") == ["2.flac"]
    assert (await local_site.get("/uploads", who="ugo"))["items"] == []
    cursor = (await local_site.get("/uploads?limit=2"))["nextCursor"]
    for query in (f"state=ready&cursor={cursor}", "cursor=x", "state=lost", "limit=0"):
        assert (await local_site.ask("GET", f"/uploads?{query}")).status_code == 400


async def test_what_waits_is_given_up_with_its_bytes(site: Site) -> None:
    begun = await site.uploaded(CONTENT)
    for _ in range(2):
        assert (await site.ask("DELETE", f"/uploads/{begun['uploadId']}")).status_code == 204
    assert await site.objects() == []
    assert (await site.get(f"/uploads/{begun['uploadId']}"))["state"] == "discarded"
    for path in ("complete", "address"):
        answer = await site.ask("POST", f"/uploads/{begun['uploadId']}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_CLOSED")


async def test_parts_are_given_up_too(site: Site) -> None:
    begun = await site.begin(PART_BYTES + MIB)
    (first,) = await site.sign_parts(begun["uploadId"], [1])
    (await site.put(first, bytes(PART_BYTES))).raise_for_status()
    assert len(await site.unfinished()) == 1
    assert (await site.ask("DELETE", f"/uploads/{begun['uploadId']}")).status_code == 204
    assert await site.unfinished() == []
    assert (await site.put(first, bytes(PART_BYTES))).status_code in (404, 409)
    assert await site.unfinished() == []


@pytest.mark.parametrize("state", ["uploaded", "processing", "ready"])
async def test_what_is_worked_on_or_done_is_not_given_up(local_site: Site, state: str) -> None:
    begun = await local_site.uploaded(CONTENT)
    await local_site.change(begun["uploadId"], state=state)
    answer = await local_site.ask("DELETE", f"/uploads/{begun['uploadId']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_UNDER_WAY")
    assert ("delete the track" in answer.json()["message"]) == (state == "ready")
    assert await local_site.stored(begun["uploadId"]) == CONTENT


async def test_what_failed_says_why_and_may_be_given_up(local_site: Site) -> None:
    begun = await failed(local_site, "NOT_AUDIO")
    upload = await local_site.get(f"/uploads/{begun['uploadId']}")
    assert (upload["state"], upload["reasonCode"], upload["reason"]) == ("failed", "NOT_AUDIO", "It is so.")
    assert (await local_site.ask("DELETE", f"/uploads/{begun['uploadId']}")).status_code == 204
    assert await local_site.objects() == []


async def test_a_duplicate_is_kept_when_asked_to(local_site: Site) -> None:
    begun = await failed(local_site, "DUPLICATE", duplicate_of="0190a000-0000-7000-8000-000000000000")
    upload = await local_site.get(f"/uploads/{begun['uploadId']}")
    assert upload["duplicateOf"] == "0190a000-0000-7000-8000-000000000000"
    kept = await local_site.ask("POST", f"/uploads/{begun['uploadId']}/keep")
    body = kept.raise_for_status().json()
    assert (body["state"], body["reasonCode"], body["duplicateOf"], body["finishedAt"]) == (
        "uploaded",
        None,
        None,
        None,
    )
    assert len(await local_site.jobs_of(begun["uploadId"])) == 2
    first, second = map(json.loads, await local_site.told(UPLOADED))
    assert first["trackId"] == second["trackId"]
    assert first["jobId"] != second["jobId"]
    again = await local_site.ask("POST", f"/uploads/{begun['uploadId']}/keep")
    assert (again.status_code, again.json()["code"]) == (409, "NOT_A_DUPLICATE")
    assert len(await local_site.jobs_of(begun["uploadId"])) == 2


async def test_other_pages_of_the_uploader_are_shown_what_changed(local_site: Site) -> None:
    begun, waiting = await failed(local_site, "DUPLICATE"), await local_site.begin(5)
    listener = Listener()
    await local_site.process.live.subscribe(listener, f"user:{(await local_site.get('/me'))['id']}")
    (await local_site.ask("POST", f"/uploads/{begun['uploadId']}/keep")).raise_for_status()
    for _ in range(2):
        (await local_site.ask("DELETE", f"/uploads/{waiting['uploadId']}")).raise_for_status()
    assert [(shown.upload_id, shown.state) for shown in await take_shown(listener)] == [
        (begun["uploadId"], "uploaded"),
        (waiting["uploadId"], "discarded"),
    ]


async def test_only_a_duplicate_is_kept(local_site: Site) -> None:
    for begun in (await failed(local_site, "DAMAGED"), await local_site.uploaded(CONTENT)):
        answer = await local_site.ask("POST", f"/uploads/{begun['uploadId']}/keep")
        assert (answer.status_code, answer.json()["code"]) == (409, "NOT_A_DUPLICATE")

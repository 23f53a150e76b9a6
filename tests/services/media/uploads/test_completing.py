"""Work begins when the bytes are there: once, whoever says so, and however often."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest

from support.uploading import HOOK_SECRET, Site, open_site, take_shown
from tutti.kit.live.hub import Listener
from tutti.services.media.service.uploads import hooks
from tutti.services.media.service.uploads.hooks import MAX_BODY_BYTES, sign_hook

CONTENT = b"fLaC" + bytes(5000)
UPLOADED = "media.TrackUploaded"


def notification(*upload_ids: str, event: str = "ObjectCreated:Put") -> bytes:
    """As S3 and MinIO write it."""
    objects = [{"key": quote_plus(f"incoming/{each}"), "size": len(CONTENT)} for each in upload_ids]
    records = [{"eventName": event, "s3": {"bucket": {"name": "music"}, "object": each}} for each in objects]
    return json.dumps({"EventName": f"s3:{event}", "Records": records}).encode()


async def notify(
    site: Site, body: bytes, *, secret: str = HOOK_SECRET, at: float | None = None, **headers: str
) -> httpx.Response:
    timestamp = str(int(time.time() if at is None else at))
    headers = {"X-Tutti-Timestamp": timestamp, "X-Tutti-Signature": sign_hook(secret, timestamp, body)} | headers
    return await site.http.post(f"{site.url}/api/v1/hooks/storage", content=body, headers=headers)


async def begun_once(site: Site, begun: Any) -> bool:
    """Whether there is one job and one event for an upload."""
    jobs = await site.jobs_of(begun["uploadId"])
    told = [event for event in await site.told(UPLOADED) if begun["uploadId"] in event]
    if len(jobs) != 1 or len(told) != 1:
        return False
    event, job = json.loads(told[0]), jobs[0]
    assert (job["state"], job["attempts"], job["track_id"]) == ("queued", 0, begun["trackId"])
    assert (event["trackId"], event["jobId"]) == (begun["trackId"], job["id"])
    return (await site.get(f"/uploads/{begun['uploadId']}"))["state"] == "uploaded"


async def test_to_complete_twice_begins_once(site: Site) -> None:
    begun = await site.uploaded(CONTENT)
    first, again = [await site.complete(begun["uploadId"]) for _ in range(2)]
    assert first.json() == again.json()
    assert first.json()["state"] == "uploaded"
    assert await begun_once(site, begun)


async def test_the_notification_of_the_storage_completes(site: Site) -> None:
    begun = await site.uploaded(CONTENT)
    assert (await notify(site, notification(begun["uploadId"]))).status_code == 204
    assert await begun_once(site, begun)
    assert (await site.complete(begun["uploadId"])).json()["state"] == "uploaded"
    assert await begun_once(site, begun)


async def test_all_at_once_begin_once(site: Site) -> None:
    several = [await site.uploaded(CONTENT) for _ in range(4)]
    ids = [each["uploadId"] for each in several]
    asked = [site.complete(each) for each in ids for _ in range(3)]
    told = [notify(site, notification(*ids)) for _ in range(3)]
    answers = await asyncio.gather(*asked, *told)
    assert {answer.status_code for answer in answers} == {200, 204}
    assert [await begun_once(site, each) for each in several] == [True] * 4


async def test_parts_put_together_by_several_at_once_begin_once(site: Site) -> None:
    content = bytes(range(256)) * (7 * 4096)
    begun = await site.begin(len(content))
    for address in await site.sign_parts(begun["uploadId"], [1, 2]):
        start = (address["number"] - 1) * begun["partBytes"]
        (await site.put(address, content[start:][: address["sizeBytes"]])).raise_for_status()
    answers = await asyncio.gather(*(site.complete(begun["uploadId"]) for _ in range(4)))
    assert {answer.json()["state"] for answer in answers} == {"uploaded"}
    assert await begun_once(site, begun)
    assert await site.stored(begun["uploadId"]) == content


async def test_nothing_is_complete_before_its_bytes_have_come(site: Site) -> None:
    begun = await site.begin(5)
    answer = await site.complete(begun["uploadId"])
    assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_INCOMPLETE")
    assert (await notify(site, notification(begun["uploadId"]))).status_code == 204
    assert await site.jobs_of(begun["uploadId"]) == []
    assert await site.told(UPLOADED) == []


async def test_another_size_than_announced_fails_with_its_reason(site: Site) -> None:
    """Nobody can send it to an address of ours; a store may have other ways in."""
    begun = await site.begin(5)
    await site.process.storage.put(f"incoming/{begun['uploadId']}", b"1234567")
    failed = (await site.complete(begun["uploadId"])).json()
    assert (failed["state"], failed["reasonCode"]) == ("failed", "SIZE_MISMATCH")
    assert "5 bytes were announced, and 7 came" in failed["reason"]
    assert await site.objects() == []
    assert await site.jobs_of(begun["uploadId"]) == []


async def test_what_is_completed_takes_no_more_bytes(local_site: Site) -> None:
    begun = await local_site.uploaded(CONTENT)
    await local_site.complete(begun["uploadId"])
    answer = await local_site.put(begun, CONTENT)
    assert (answer.status_code, answer.json()["code"]) == (409, "UPLOAD_CLOSED")
    assert (await local_site.ask("POST", f"/uploads/{begun['uploadId']}/address")).status_code == 409


async def test_its_uploader_is_shown_that_work_begins(local_site: Site) -> None:
    begun = await local_site.uploaded(CONTENT)
    me = (await local_site.get("/me"))["id"]
    listener = Listener()
    await local_site.process.live.subscribe(listener, f"user:{me}")
    await local_site.complete(begun["uploadId"])
    (payload,) = await take_shown(listener)
    assert (payload.upload_id, payload.state, payload.progress) == (begun["uploadId"], "uploaded", 0)


async def test_a_notification_needs_our_secret_and_the_present_time(
    local_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = await local_site.uploaded(CONTENT)
    body = notification(begun["uploadId"])
    # The clock stands still: one that is 301 s ahead as it is signed is 300 s ahead as it is read, every now and then.
    present = 1_800_000_000
    monkeypatch.setattr(hooks, "now", lambda: datetime.fromtimestamp(present, UTC))
    for answer in (
        await notify(local_site, body, at=present, secret="another"),
        await notify(local_site, body, at=present - 301),
        await notify(local_site, body, at=present + 301),
        await notify(local_site, body + b" ", at=present, **{"X-Tutti-Signature": sign_hook(HOOK_SECRET, "1", body)}),
        await notify(local_site, body, at=present, **{"X-Tutti-Timestamp": str(present + 1)}),
        await notify(local_site, body, at=present, **{"X-Tutti-Timestamp": "now"}),
    ):
        assert answer.status_code == 403
        assert answer.json()["code"] == "HOOK_REFUSED"
    unsigned = await local_site.http.post(f"{local_site.url}/api/v1/hooks/storage", content=body)
    assert unsigned.status_code == 400
    assert await local_site.jobs_of(begun["uploadId"]) == []
    assert (await notify(local_site, body, at=present - 300)).status_code == 204
    assert await begun_once(local_site, begun)


async def test_a_notification_sent_again_changes_nothing(local_site: Site) -> None:
    begun = await local_site.uploaded(CONTENT)
    at = time.time()
    for _ in range(3):
        assert (await notify(local_site, notification(begun["uploadId"]), at=at)).status_code == 204
    assert await begun_once(local_site, begun)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"Records": 5}', b'{"Records": [{"s3": []}]}', b"[" * 100_000, b"\xff"],
)
async def test_a_notification_of_another_form_is_refused(local_site: Site, body: bytes) -> None:
    assert (await notify(local_site, body)).status_code == 400


async def test_a_notification_of_no_upload_is_no_news(local_site: Site) -> None:
    begun = await local_site.uploaded(CONTENT)
    for body in (
        b"{}",
        notification("../../etc/passwd", "no-id", "0190a000-0000-7000-8000-000000000000"),
        notification(begun["uploadId"], event="ObjectRemoved:Delete"),
        json.dumps(
            {"Records": [{"eventName": "s3:ObjectCreated:Put", "s3": {"object": {"key": "covers/x"}}}]}
        ).encode(),
    ):
        assert (await notify(local_site, body)).status_code == 204
    assert await local_site.told(UPLOADED) == []


async def test_an_endless_notification_is_cut(local_site: Site) -> None:
    assert (await notify(local_site, bytes(MAX_BODY_BYTES + 1))).status_code == 413


async def test_without_a_secret_no_notification_is_taken(data_dir: Any) -> None:
    async with open_site(data_dir, TUTTI_UPLOADS_HOOK_SECRET="") as site:
        for secret in ("", HOOK_SECRET):
            answer = await notify(site, notification(), secret=secret)
            assert (answer.status_code, answer.json()["code"]) == (404, "HOOKS_OFF")

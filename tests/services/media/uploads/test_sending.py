"""Bytes from a plain HTTP client straight into storage: the same on local storage and on S3."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from support.uploading import MIB, PART_BYTES, Site
from tutti.kit.storage import bucket as s3_bucket
from tutti.kit.storage import local as local_incoming

CONTENT = bytes(range(256)) * 1000
LARGE = bytes(range(251)) * (12 * MIB // 251)
REFUSED = {400, 403, 408, 411, 413, 415, 422}


def is_s3(begun: Any) -> bool:
    return not begun["url"].startswith("/")


async def test_a_file_goes_to_the_address_and_is_there_whole(site: Site) -> None:
    begun = await site.begin(len(CONTENT), "Größe 音.flac")
    assert begun["method"] == "PUT"
    assert begun["partBytes"] is None
    assert await site.objects() == []
    answer = await site.put(begun, CONTENT)
    assert answer.status_code == 200
    assert await site.stored(begun["uploadId"]) == CONTENT
    upload = await site.get(f"/uploads/{begun['uploadId']}")
    assert (upload["state"], upload["filename"], upload["progress"]) == ("waiting", "Größe 音.flac", 0)
    completed = (await site.complete(begun["uploadId"])).raise_for_status().json()
    assert completed["state"] == "uploaded"
    assert completed["trackId"] == begun["trackId"]


async def test_bytes_may_be_sent_again_until_completed(site: Site) -> None:
    begun = await site.begin(len(CONTENT))
    for content in (bytes(len(CONTENT)), CONTENT):
        assert (await site.put(begun, content)).status_code == 200
    assert await site.stored(begun["uploadId"]) == CONTENT


async def test_another_address_is_given_when_asked_for(site: Site) -> None:
    begun = await site.begin(len(CONTENT))
    again = (await site.ask("POST", f"/uploads/{begun['uploadId']}/address")).raise_for_status().json()
    assert again["uploadId"] == begun["uploadId"]
    assert (await site.put(again, CONTENT)).status_code == 200


@pytest.mark.parametrize("place", ["upload", "signature", "expiry"])
async def test_a_tampered_address_is_refused(site: Site, place: str) -> None:
    begun, other = await site.begin(len(CONTENT)), await site.begin(len(CONTENT))
    url: str = begun["url"]
    if place == "upload":
        url = url.replace(begun["uploadId"], other["uploadId"])
    elif place == "signature":
        url = url[:-3] + ("AAA" if not url.endswith("AAA") else "BBB")
    elif is_s3(begun):
        url = url.replace("X-Amz-Expires=3600", "X-Amz-Expires=86400")
    else:
        _, expires, _ = httpx.URL(url).params["sig"].split(".")
        url = url.replace(expires, str(int(expires) + 86_400))
    assert url != begun["url"]
    answer = await site.put(begun | {"url": url}, CONTENT)
    assert answer.status_code == 403
    assert await site.objects() == []


async def test_an_expired_address_is_refused(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Made two hours ago: one is good for one."""
    for module in (s3_bucket, local_incoming):
        real = module.now
        monkeypatch.setattr(module, "now", lambda real=real: real() - timedelta(hours=2))
    begun = await site.begin(len(CONTENT))
    monkeypatch.undo()
    assert (await site.put(begun, CONTENT)).status_code == 403
    assert await site.objects() == []
    fresh = (await site.ask("POST", f"/uploads/{begun['uploadId']}/address")).raise_for_status().json()
    assert (await site.put(fresh, CONTENT)).status_code == 200


@pytest.mark.parametrize("difference", [1, -1, 5_000_000])
async def test_a_body_of_another_length_is_refused(site: Site, difference: int) -> None:
    begun = await site.begin(len(CONTENT))
    content = (CONTENT + bytes(max(0, difference)))[: len(CONTENT) + difference]
    answer = await site.put(begun, content)
    assert answer.status_code in REFUSED
    assert await site.stored(begun["uploadId"]) is None
    assert (await site.complete(begun["uploadId"])).status_code == 409
    assert (await site.put(begun, CONTENT)).status_code == 200


async def test_a_body_of_another_type_is_refused(site: Site) -> None:
    begun = await site.begin(len(CONTENT))
    answer = await site.put(begun, CONTENT, **{"Content-Type": "text/html"})
    assert answer.status_code in REFUSED
    assert await site.stored(begun["uploadId"]) is None


async def test_a_body_without_a_length_is_refused(site: Site) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield CONTENT

    begun = await site.begin(len(CONTENT))
    answer = await site.put(begun, chunks())
    assert answer.status_code in REFUSED
    assert await site.stored(begun["uploadId"]) is None


async def test_s3_compares_the_digest_itself(site: Site) -> None:
    """Elsewhere the worker does, which reads the file anyway."""
    begun = await site.begin(len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
    if is_s3(begun):
        assert (await site.put(begun, bytes(len(CONTENT)))).status_code == 400
        assert await site.objects() == []
    assert (await site.put(begun, CONTENT)).status_code == 200


async def test_a_large_file_comes_in_parts_and_is_resumed(site: Site) -> None:
    begun = await site.begin(len(LARGE))
    upload_id = begun["uploadId"]
    assert (begun["url"], begun["partBytes"], begun["partCount"]) == (None, PART_BYTES, 3)
    parts = {number: LARGE[(number - 1) * PART_BYTES :][:PART_BYTES] for number in (1, 2, 3)}
    addresses = await site.sign_parts(upload_id, [2, 1])
    assert [(a["number"], a["sizeBytes"]) for a in addresses] == [(2, PART_BYTES), (1, PART_BYTES)]
    assert (await site.put(addresses[0], parts[2])).status_code == 200

    refused = await site.complete(upload_id)
    assert refused.status_code == 409
    assert refused.json()["code"] == "UPLOAD_INCOMPLETE"
    assert refused.json()["details"]["missing"] == [1, 3]
    done = await site.get(f"/uploads/{upload_id}/parts")
    assert done == {"partBytes": PART_BYTES, "partCount": 3, "parts": [{"number": 2, "sizeBytes": PART_BYTES}]}
    assert await site.objects() == []

    for address in await site.sign_parts(upload_id, [1, 3]):
        assert (await site.put(address, parts[address["number"]])).status_code == 200
    assert len((await site.get(f"/uploads/{upload_id}/parts"))["parts"]) == 3
    completed = await site.complete(upload_id)
    assert completed.json()["state"] == "uploaded", completed.text
    assert await site.stored(upload_id) == LARGE


async def test_a_part_of_another_length_or_place_is_refused(site: Site) -> None:
    begun = await site.begin(len(LARGE))
    (first,) = await site.sign_parts(begun["uploadId"], [1])
    assert (await site.put(first, bytes(PART_BYTES + 1))).status_code in REFUSED
    assert (await site.put(first, bytes(PART_BYTES - 1))).status_code in REFUSED
    elsewhere = first["url"].replace("parts/1?", "parts/2?").replace("partNumber=1", "partNumber=2")
    assert elsewhere != first["url"]
    assert (await site.put(first | {"url": elsewhere}, bytes(PART_BYTES))).status_code == 403
    assert (await site.get(f"/uploads/{begun['uploadId']}/parts"))["parts"] == []


async def test_a_part_may_be_sent_again(site: Site) -> None:
    begun = await site.begin(PART_BYTES + MIB)
    first, last = await site.sign_parts(begun["uploadId"], [1, 2])
    assert (await site.put(first, bytes(PART_BYTES))).status_code == 200
    sent_at = int(time.time())
    while int(time.time()) == sent_at:  # the second one is another second's: S3 tells no finer times
        await asyncio.sleep(0.05)
    assert (await site.put(first, LARGE[:PART_BYTES])).status_code == 200
    assert (await site.put(last, bytes(MIB))).status_code == 200
    assert len((await site.get(f"/uploads/{begun['uploadId']}/parts"))["parts"]) == 2
    assert (await site.complete(begun["uploadId"])).json()["state"] == "uploaded"
    same = await site.stored(begun["uploadId"]) == LARGE[:PART_BYTES] + bytes(MIB)
    assert same, "what came first was taken"  # pytest would take minutes to show how two large files differ


async def test_there_are_no_other_parts(site: Site) -> None:
    large, small = await site.begin(len(LARGE)), await site.begin(5)
    for begun, number in ((large, 4), (small, 1)):
        answer = await site.ask("POST", f"/uploads/{begun['uploadId']}/parts", {"numbers": [number]})
        assert (answer.status_code, answer.json()["code"]) == (400, "PART_OUT_OF_RANGE")
    assert (await site.ask("GET", f"/uploads/{small['uploadId']}/parts")).status_code == 400

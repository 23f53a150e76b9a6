"""What is not taken, and what is said then."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.uploading import FLAC, MIB, Site, open_site, wish
from tutti.kit.clock import now
from tutti.services.media.api import TooManyUploads
from tutti.services.media.service.uploads.limits import check_day
from tutti.services.media.service.uploads.settings import UploadsSettings


async def refused(site: Site, body: dict[str, object], who: str = "uma") -> tuple[int, str]:
    answer = await site.ask("POST", "/uploads", body, who)
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize(
    ("filename", "type_", "is_taken"),
    [
        ("a.flac", "audio/flac", True),
        ("a.FLAC", "Audio/X-FLAC", True),
        ("a.ogg", "audio/ogg; codecs=opus", True),
        ("a.wv", "", True),
        ("a.dsf", "application/octet-stream", True),
        ("a.m4a", "video/mp4", True),
        ("a.exe", "audio/flac", False),
        ("a", "audio/flac", False),
        (".flac", "audio/flac", False),
        ("a.flac", "text/html", False),
        ("a.flac", "application/x-msdownload", False),
        ("a.flac.sh", "audio/flac", False),
        ("list.m3u8", "audio/mpegurl", False),
        ("a.mp3", "audio/x-mpegurl", False),
        ("a.flac", "audio", False),
    ],
)
async def test_only_what_claims_to_be_audio_is_taken(
    local_site: Site, filename: str, type_: str, is_taken: bool
) -> None:
    answer = await local_site.ask("POST", "/uploads", wish(5, filename, type_))
    if is_taken:
        assert answer.status_code == 201
    else:
        assert (answer.status_code, answer.json()["code"]) == (415, "CONTENT_TYPE_REFUSED")
        assert "flac" in answer.json()["message"]


async def test_a_type_that_no_browser_knows_is_sent_as_bytes(local_site: Site) -> None:
    begun = await local_site.begin(5, "a.wv", "")
    assert begun["headers"] == {"Content-Type": "application/octet-stream"}
    assert (await local_site.put(begun, b"wvpk.")).status_code == 200


async def test_a_file_too_large_is_refused(data_dir: Path) -> None:
    async with open_site(data_dir, TUTTI_UPLOADS_MAX_BYTES="1000") as site:
        await site.begin(1000)
        answer = await site.ask("POST", "/uploads", wish(1001))
        assert (answer.status_code, answer.json()["code"]) == (413, "UPLOAD_TOO_LARGE")
        assert answer.json()["details"] == {"max_bytes": 1000}


@pytest.mark.parametrize("size_bytes", [0, -1, 1.5, "many", None, 2**60])
async def test_a_size_that_cannot_be_is_refused(local_site: Site, size_bytes: object) -> None:
    assert await refused(local_site, wish(5) | {"sizeBytes": size_bytes}) == (400, "INVALID")


@pytest.mark.parametrize(
    "more",
    [
        {"filename": ""},
        {"filename": "a\x00.flac"},
        {"filename": "x" * 1001},
        {"sha256": "ABCDEF"},
        {"sha256": "g" * 64},
        {"contentType": "x" * 101},
        {"contentType": "audio/flac\r\nX-Evil: 1"},
        {"unknown": 1},
    ],
)
async def test_a_wish_that_cannot_be_is_refused(local_site: Site, more: dict[str, object]) -> None:
    answer = await local_site.ask("POST", "/uploads", wish(5) | more)
    if more.get("filename") == "a\x00.flac":  # cleaned, since what is left is a name
        assert answer.status_code == 201
    else:
        assert answer.status_code == 400


async def test_a_day_has_so_many_uploads(data_dir: Path) -> None:
    async with open_site(data_dir, TUTTI_UPLOADS_FILES_PER_DAY="2") as site:
        first = await site.begin(5)
        await site.begin(5)
        answer = await site.ask("POST", "/uploads", wish(5))
        assert (answer.status_code, answer.json()["code"]) == (429, "TOO_MANY_UPLOADS")
        assert 86_000 < int(answer.headers["Retry-After"]) <= 86_401
        assert (await site.ask("POST", "/uploads", wish(5), who="ugo")).status_code == 201
        (await site.ask("DELETE", f"/uploads/{first['uploadId']}")).raise_for_status()
        assert await refused(site, wish(5)) == (429, "TOO_MANY_UPLOADS")  # to discard gives no other try
        await site.change(first["uploadId"], created_at=now() - timedelta(hours=25))
        await site.begin(5)


def test_the_wait_ends_when_the_first_upload_is_a_day_ago() -> None:
    first = datetime(2026, 1, 1, 12, tzinfo=UTC)
    settings = UploadsSettings(files_per_day=3)
    check_day(settings, 2, first, first)
    with pytest.raises(TooManyUploads) as refusal:
        check_day(settings, 3, first, first + timedelta(hours=23, minutes=59))
    assert refusal.value.retry_after_s == 61
    assert "minutes" in refusal.value.message


async def test_a_role_has_a_quota(data_dir: Path) -> None:
    quota = {"TUTTI_UPLOADS_UPLOADER_QUOTA_BYTES": "1000", "TUTTI_UPLOADS_ADMIN_QUOTA_BYTES": "0"}
    async with open_site(data_dir, **quota) as site:
        begun = await site.begin(600)
        answer = await site.ask("POST", "/uploads", wish(500))
        assert (answer.status_code, answer.json()["code"]) == (413, "QUOTA_EXCEEDED")
        assert answer.json()["details"] == {"quota_bytes": 1000, "left_bytes": 400}
        assert (await site.ask("POST", "/uploads", wish(500), who="ada")).status_code == 201
        assert (await site.ask("POST", "/uploads", wish(500), who="ugo")).status_code == 201
        await site.begin(400)
        (await site.ask("DELETE", f"/uploads/{begun['uploadId']}")).raise_for_status()
        await site.begin(600)  # what was given up takes no room


async def test_uploads_begun_at_once_share_one_limit(data_dir: Path) -> None:
    async with open_site(data_dir, TUTTI_UPLOADS_FILES_PER_DAY="3") as site:
        await site.token("uma")
        asked = [site.ask("POST", "/uploads", wish(5)) for _ in range(9)]
        codes = sorted(answer.status_code for answer in await asyncio.gather(*asked))
        assert codes == [201] * 3 + [429] * 6


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/uploads"),
        ("GET", "/uploads"),
        ("GET", "/uploads/{id}"),
        ("DELETE", "/uploads/{id}"),
        ("POST", "/uploads/{id}/address"),
        ("POST", "/uploads/{id}/parts"),
        ("GET", "/uploads/{id}/parts"),
        ("POST", "/uploads/{id}/complete"),
        ("POST", "/uploads/{id}/keep"),
    ],
)
async def test_listeners_do_not_upload_and_nobody_sees_the_uploads_of_others(
    local_site: Site, method: str, path: str
) -> None:
    upload_id = (await local_site.uploaded(b"12345"))["uploadId"]
    path = path.format(id=upload_id)
    body = {"numbers": [1]} if path.endswith("/parts") else wish(5)
    listener = await local_site.ask(method, path, body, who="lee")
    assert (listener.status_code, listener.json()["code"]) == (403, "MISSING_ROLE")
    assert (await local_site.http.request(method, f"{local_site.url}/api/v1{path}")).status_code == 401
    if upload_id in path:
        for other in ("ugo", "ada"):
            answer = await local_site.ask(method, path, body, who=other)
            assert (answer.status_code, answer.json()["code"]) == (404, "UPLOAD_NOT_FOUND")
    assert (await local_site.get(f"/uploads/{upload_id}"))["state"] == "waiting"
    assert await local_site.stored(upload_id) == b"12345"


async def test_an_api_key_uploads_if_it_may_write(local_site: Site) -> None:
    for scopes, status in ((["read"], 403), (["read", "write"], 201)):
        made = await local_site.ask("POST", "/me/api-keys", {"name": "script", "scopes": scopes})
        local_site.tokens["key"] = made.raise_for_status().json()["key"]
        assert (await local_site.ask("POST", "/uploads", wish(5), who="key")).status_code == status


async def test_a_large_file_has_parts_no_matter_how_large(data_dir: Path) -> None:
    size_bytes = 200_000 * MIB
    async with open_site(
        data_dir, TUTTI_UPLOADS_MAX_BYTES=str(size_bytes), TUTTI_UPLOADS_UPLOADER_QUOTA_BYTES="0"
    ) as s:
        begun = await s.begin(size_bytes, "box.wav", FLAC)
        assert begun["partCount"] == 10_000
        assert begun["partBytes"] * 10_000 >= size_bytes
        (last,) = await s.sign_parts(begun["uploadId"], [10_000])
        assert last["sizeBytes"] == size_bytes - 9_999 * begun["partBytes"]


async def test_a_wish_repeated_with_its_key_begins_one_upload(local_site: Site) -> None:
    key = {"Idempotency-Key": "once"}
    answers = [await local_site.ask("POST", "/uploads", wish(5), **key) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await local_site.rows()) == 1

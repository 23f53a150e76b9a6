"""An S3 server that is away, refuses, answers in pages, or says success and means failure."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx
import msgspec
import pytest

from support.s3 import S3Server
from tutti.kit.storage import Part, StorageSettings
from tutti.kit.storage.bucket import Bucket
from tutti.kit.storage.errors import StorageAway
from tutti.kit.storage.s3 import S3Incoming

SETTINGS = StorageSettings(url="s3://music", endpoint="http://s3.test", key_id="id", secret_key="secret")
NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
async def real(s3: S3Server) -> AsyncIterator[S3Incoming]:
    incoming = S3Incoming(Bucket(s3.fresh_bucket()))
    async with incoming.running():
        yield incoming


def answering(answer: Answer) -> S3Incoming:
    """One whose server answers as the test says."""
    incoming = S3Incoming(Bucket(SETTINGS))
    incoming._http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return incoming


def parts_page(request: httpx.Request) -> httpx.Response:
    """Parts 1 to 5, two on a page."""
    after = int(request.url.params.get("part-number-marker", "0"))
    numbers = range(after + 1, min(after + 2, 5) + 1)
    parts = "".join(
        f"<Part><PartNumber>{n}</PartNumber><ETag>&quot;{n}&quot;</ETag><Size>{n * 10}</Size></Part>" for n in numbers
    )
    more = f"<IsTruncated>{str(after + 2 < 5).lower()}</IsTruncated>"
    marker = f"<NextPartNumberMarker>{numbers[-1]}</NextPartNumberMarker>"
    return httpx.Response(200, text=f"<ListPartsResult {NAMESPACE}>{more}{marker}{parts}</ListPartsResult>")


async def test_parts_are_listed_over_all_pages() -> None:
    assert await answering(parts_page).list_parts("incoming/a", "id") == [Part(n, n * 10) for n in range(1, 6)]


async def test_unfinished_objects_are_listed_over_all_pages() -> None:
    def page(request: httpx.Request) -> httpx.Response:
        last = "key-marker" in request.url.params
        name = "b" if last else "a"
        entry = f"<Upload><Key>incoming/{name}</Key><UploadId>{name}+/=</UploadId>"
        entry += "<Initiated>2026-11-21T11:34:11.000Z</Initiated></Upload>"
        next_ = "<NextKeyMarker>incoming/a</NextKeyMarker><NextUploadIdMarker>a+/=</NextUploadIdMarker>"
        more = f"<IsTruncated>{'false' if last else 'true'}</IsTruncated>"
        return httpx.Response(200, text=f"<R {NAMESPACE}>{more}{next_}{entry}</R>")

    found = [each async for each in answering(page).list_unfinished("incoming/")]
    assert [(each.key, each.multipart_id) for each in found] == [("incoming/a", "a+/="), ("incoming/b", "b+/=")]
    assert found[0].began_at.tzinfo is not None


async def test_a_success_that_holds_an_error_is_none() -> None:
    """S3 answers 200 before it has put the parts together."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return parts_page(request)
        return httpx.Response(200, text="<Error><Code>InternalError</Code></Error>")

    with pytest.raises(StorageAway):
        await answering(answer).complete_multipart("incoming/a", "id", [Part(1, 10)])


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503, text="<Error><Code>SlowDown</Code></Error>"),
        httpx.Response(403, text="<Error><Code>AccessDenied</Code></Error>"),
        httpx.Response(502, text="Bad gateway"),
        httpx.Response(200, text="<html>"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_a_server_that_refuses_or_is_away_is_said_to_be(answer: httpx.Response | Exception) -> None:
    def give(_: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    incoming = answering(give)
    for asked in (
        incoming.start_multipart("incoming/a", "audio/flac"),
        incoming.list_parts("incoming/a", "id"),
        incoming.complete_multipart("incoming/a", "id", [Part(1, 1)]),
        incoming.abort("incoming/a", "id"),
    ):
        with pytest.raises(StorageAway) as refusal:
            await asked
        assert "secret" not in str(refusal.value)


async def test_what_is_gone_is_no_error(real: S3Incoming) -> None:
    multipart_id = await real.start_multipart("incoming/a", "audio/flac")
    for _ in range(2):
        await real.abort("incoming/a", multipart_id)
    assert await real.list_parts("incoming/a", multipart_id) == []
    assert not await real.complete_multipart("incoming/a", multipart_id, [Part(1, 1)])
    await real.abort("incoming/a", None)


async def test_several_unfinished_objects_are_listed(real: S3Incoming) -> None:
    begun = {key: await real.start_multipart(key, "audio/flac") for key in ("incoming/a", "incoming/b", "other/c")}
    found = {each.key: each.multipart_id async for each in real.list_unfinished("incoming/")}
    assert found == {key: begun[key] for key in ("incoming/a", "incoming/b")}


def test_browsers_may_know_the_server_by_another_name() -> None:
    outside = {"public_endpoint": "https://music.example.org"}
    settings = StorageSettings(url="s3://music", endpoint="http://minio:9000", key_id="id", secret_key="s", **outside)
    bucket = Bucket(settings)
    assert bucket.presign("PUT", "a/b", timedelta(hours=1)).startswith("https://music.example.org/music/a/b?")
    assert bucket.presign("POST", "a/b", timedelta(hours=1), public=False).startswith("http://minio:9000/music/a/b?")


def test_the_bucket_is_part_of_the_path_or_of_the_host() -> None:
    base = {"url": "s3://music", "region": "eu-west-1", "key_id": "id", "secret_key": "s"}
    in_path, in_host = (Bucket(StorageSettings(**base, virtual_hosts=each)) for each in (False, True))
    assert in_path.presign("GET", "a", timedelta(1)).startswith("https://s3.eu-west-1.amazonaws.com/music/a?")
    assert in_host.presign("GET", "a", timedelta(1)).startswith("https://music.s3.eu-west-1.amazonaws.com/a?")


@pytest.mark.parametrize(
    ("more", "origin"),
    [
        ({}, "http://10.0.0.5:9000"),
        ({"public_endpoint": "https://s3.example.org/"}, "https://s3.example.org"),
        ({"public_endpoint": "https://s3.example.org", "virtual_hosts": True}, "https://music.s3.example.org"),
        ({"endpoint": ""}, "https://s3.us-east-1.amazonaws.com"),
    ],
)
def test_a_page_may_be_told_where_bytes_go(more: dict[str, str | bool], origin: str) -> None:
    given = {"url": "s3://music", "endpoint": "http://10.0.0.5:9000", "key_id": "id", "secret_key": "key"}
    assert Bucket(msgspec.convert(given | more, StorageSettings)).public_origin == origin

"""The storage dies in the middle of the flow and comes back, or does not: every completed upload comes to an end."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
import pytest

from services.media.jobs.workshop import Workshop, eventually, open_workshop
from support.audio import audio_bytes
from support.s3 import S3Server, environment, running_s3
from tutti.kit.clock import now
from tutti.services.media.repository import originals
from tutti.services.media.service.deleting import Deletion
from tutti.services.media.tables import tracks

SOUND = audio_bytes("wav", seconds=60.0)
"""More than one part, of those in which it is fetched."""
SETTINGS = {
    "TUTTI_STORAGE_RETRY_S": "0",
    "TUTTI_STORAGE_TIMEOUT_S": "20",
    "TUTTI_MEDIA_MAX_ATTEMPTS": "50",
    "TUTTI_UPLOADS_MULTIPART_FROM_BYTES": "100000000",
}
FEW_TRIES = SETTINGS | {"TUTTI_MEDIA_MAX_ATTEMPTS": "2"}
DAY = timedelta(days=1)


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[S3Server]:
    """A server of this test alone."""
    (tmp_path / "s3").mkdir()
    with running_s3(tmp_path / "s3") as server:
        yield server


@pytest.fixture
async def workshop(data_dir: Path, mortal: S3Server) -> AsyncIterator[Workshop]:
    async with open_workshop(data_dir, **environment(mortal.fresh_bucket()), **SETTINGS) as opened:
        yield opened


Strike = Callable[..., None]
CALLS = ("head_async", "get_range_async", "put_async", "copy_async", "delete_async")


@pytest.fixture
def strike(monkeypatch: pytest.MonkeyPatch, mortal: S3Server) -> Strike:
    """Let the server be killed just before the n-th call of a name, and come back once it was missed twice."""

    def prepare(struck: str, number: int, *, comes_back: bool = True) -> None:
        made: Counter[str] = Counter()

        def watched(name: str, real: Any) -> Any:
            async def call(*arguments: Any, **named: Any) -> Any:
                made[name] += 1
                if name == struck and made[name] == number:
                    mortal.kill()
                if not mortal.runs:
                    made["missed"] += 1
                    if comes_back and made["missed"] == 3:
                        mortal.start()
                return await real(*arguments, **named)

            return call

        for name in CALLS:
            monkeypatch.setattr(obstore, name, watched(name, getattr(obstore, name)))

    return prepare


async def test_before_an_upload_is_complete(workshop: Workshop, mortal: S3Server) -> None:
    begun = await workshop.site.uploaded(SOUND)
    mortal.kill()
    answer = await workshop.site.complete(begun["uploadId"])
    assert (answer.status_code, answer.json()["code"]) == (503, "STORAGE_AWAY")
    assert "retry-after" in answer.headers
    mortal.start()

    async def is_complete() -> bool:
        return (await workshop.site.complete(begun["uploadId"])).is_success

    await eventually(is_complete, "the storage is back")
    assert (await workshop.ended(begun))["state"] == "ready"


@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("head_async", 2),
        ("get_range_async", 1),
        ("get_range_async", 2),
        ("put_async", 1),
        ("put_async", 9),
    ],
    ids=["looking", "reading", "in the middle of reading", "storing", "in the middle of storing"],
)
async def test_in_the_middle_of_a_job(workshop: Workshop, strike: Strike, call: str, number: int) -> None:
    strike(call, number)
    upload = await workshop.made(SOUND)
    assert (upload["state"], upload["reason"]) == ("ready", None)
    (job,) = await workshop.jobs()
    assert (job["state"], job["error"]) == ("done", None)
    assert job["attempts"] >= 2
    kinds = {key.split("/")[0] for key in await workshop.keys()}
    assert kinds == {"originals", "ladders"}


async def test_for_good(data_dir: Path, mortal: S3Server, strike: Strike) -> None:
    """The job dies with a reason in words; what it had stored is swept once the storage is back."""
    async with open_workshop(data_dir, **environment(mortal.fresh_bucket()), **FEW_TRIES) as workshop:
        strike("put_async", 9, comes_back=False)
        upload = await workshop.made(SOUND)
        assert (upload["state"], upload["reasonCode"]) == ("failed", "FAILED")
        assert "The storage did not answer" in upload["reason"]
        assert "http" not in upload["reason"]
        mortal.start()
        assert {key.split("/")[0] for key in await workshop.keys()} == {"incoming", "originals", "ladders"}
        await sweep(workshop)
        assert await workshop.keys() == [f"incoming/{upload['id']}"]

        async def is_made_by_a_retry() -> bool:
            """As an admin would: the server answers before it finds all it had, and two tries may not outlast that."""
            (job,) = await workshop.jobs(state="dead")
            (await workshop.site.ask("POST", f"/media/jobs/{job['id']}/retry", who="ada")).raise_for_status()
            return (await workshop.ended({"uploadId": upload["id"]}))["state"] == "ready"

        await eventually(is_made_by_a_retry, "the storage is back")


async def sweep(workshop: Workshop) -> None:
    """Sweep as a day later."""
    process = workshop.site.process
    deletion = process.provided(Deletion)
    await process.db.write(originals.mark_begun, now())
    await process.db.write(lambda db: db.execute(tracks.update().values(created_at=now() - DAY)))
    await deletion.sweep(DAY)


async def test_while_somebody_listens(workshop: Workshop, mortal: S3Server) -> None:
    upload = await workshop.made(SOUND)
    stream = (await workshop.site.ask("POST", f"/stream/{upload['trackId']}")).raise_for_status().json()
    master = workshop.site.url + stream["hls"]
    segment = f"{master.partition('/master.m3u8')[0]}/aac64/3.m4s?{master.partition('?')[2]}"
    addresses = [segment, workshop.site.url + stream["direct"], segment.replace("aac64/3.m4s", "waveform")]
    for address in (master, *addresses):
        (await workshop.site.http.get(address)).raise_for_status()
    mortal.kill()
    for address in addresses:
        answer = await workshop.site.http.get(address)
        assert (answer.status_code, answer.json()["code"]) == (503, "STORAGE_AWAY"), address
        assert int(answer.headers["retry-after"]) >= 1
    mortal.start()  # it takes a moment until it finds all it had

    async def all_play() -> bool:
        return {(await workshop.site.http.get(address)).status_code for address in addresses} == {200}

    await eventually(all_play, "the storage is back")


async def test_while_an_upload_is_given_up(workshop: Workshop, mortal: S3Server) -> None:
    begun = await workshop.site.uploaded(SOUND)
    mortal.kill()
    answer = await workshop.site.ask("DELETE", f"/uploads/{begun['uploadId']}")
    assert (answer.status_code, answer.json()["code"]) == (503, "STORAGE_AWAY")
    mortal.start()

    async def is_given_up() -> bool:
        return (await workshop.site.ask("DELETE", f"/uploads/{begun['uploadId']}")).is_success

    await eventually(is_given_up, "the storage is back")
    assert await workshop.keys() == []

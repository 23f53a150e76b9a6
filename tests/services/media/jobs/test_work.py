"""From the bytes of an upload to a track that can be heard."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any

import pytest

from services.media.jobs.workshop import Workshop
from services.streaming.station import record
from support.audio import audio_bytes
from tutti.services.catalog.api import UploadedAudio
from tutti.services.media.api import Media
from tutti.services.media.service.work import making


async def test_an_upload_becomes_a_track(any_workshop: Workshop) -> None:
    workshop = any_workshop
    content = audio_bytes("flac", seconds=9.0)
    digest = hashlib.sha256(content).hexdigest()
    upload = await workshop.made(content)
    assert (upload["state"], upload["progress"], upload["reason"]) == ("ready", 1.0, None)
    media = workshop.site.process.get(Media)
    (ladder,) = await media.find_ladders([upload["trackId"]])
    assert (ladder.digest, ladder.sample_rate_hz, ladder.total_samples) == (digest, 44_100, 9 * 44_100)
    assert ladder.rungs == ("aac64", "aac128", "aac256", "flac")
    assert len(await media.get_waveform(upload["trackId"])) == 1000
    keys = set(await workshop.keys())
    assert f"originals/{digest[:2]}/{digest}.flac" in keys
    assert {
        f"ladders/{digest}/{rung}/{name}" for rung in ladder.rungs for name in ("init.mp4", "0.m4s", "1.m4s")
    } <= keys
    assert not [key for key in keys if key.startswith("incoming/")]
    assert await workshop.site.process.storage.find(f"originals/{digest[:2]}/{digest}.flac") == content
    track = await workshop.site.get(f"/tracks/{upload['trackId']}", "ada")
    assert track["durationMs"] == 9000
    (job,) = await workshop.jobs()
    assert (job["state"], job["error"], job["attempts"], job["progress"]) == ("done", None, 1, 1.0)


async def test_the_original_is_there_before_the_ladder(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    make_ladder, begun, may_go_on = making.make_ladder, asyncio.Event(), asyncio.Event()

    async def wait(*arguments: Any) -> Any:
        begun.set()
        await may_go_on.wait()
        return await make_ladder(*arguments)

    monkeypatch.setattr(making, "make_ladder", wait)
    sent = await workshop.send(audio_bytes("flac", seconds=2.0))
    await begun.wait()
    assert [key for key in await workshop.keys("originals/") if key.endswith(".flac")]
    assert (await workshop.site.get(f"/uploads/{sent['uploadId']}", "uma"))["state"] == "processing"
    may_go_on.set()
    assert (await workshop.ended(sent))["state"] == "ready"


@pytest.mark.parametrize("kind", ["mp3", "mp3-vbr", "adts", "m4a", "alac", "ogg", "opus", "wav", "aiff", "wma", "wv"])
async def test_every_kind_of_file_becomes_a_track(workshop: Workshop, kind: str) -> None:
    upload = await workshop.made(audio_bytes(kind, seconds=2.0))
    assert (upload["state"], upload["reason"]) == ("ready", None)
    (ladder,) = await workshop.site.process.get(Media).find_ladders([upload["trackId"]])
    assert ladder.rungs[0] == "aac64"
    assert ladder.total_samples == pytest.approx(2.0 * ladder.sample_rate_hz, rel=0.06)


async def test_no_more_is_stored_of_a_lossy_file_than_there_is(workshop: Workshop, tmp_path: Path) -> None:
    """ffmpeg says no bit rate of Opus."""
    path = record(tmp_path / "low.opus", 4, "sine=d=4", "-c:a", "libopus", "-b:a", "32k")
    upload = await workshop.made(path.read_bytes(), "low.opus")
    (ladder,) = await workshop.site.process.get(Media).find_ladders([upload["trackId"]])
    assert ladder.rungs == ("aac64",)


async def test_what_is_stored_is_what_was_looked_into(any_workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is good for a while: its holder may send other bytes to it when work has begun."""
    workshop, first, second = any_workshop, audio_bytes("wav"), audio_bytes("wav", pitch_hz=900)
    assert len(first) == len(second)
    measure = making.measure

    async def measure_while_replaced(*arguments: Any) -> Any:
        (key,) = await workshop.keys("incoming/")
        await workshop.site.process.storage.put(key, second)
        return await measure(*arguments)

    monkeypatch.setattr(making, "measure", measure_while_replaced)
    assert (await workshop.made(first, "a.wav"))["state"] == "ready"
    digest = hashlib.sha256(first).hexdigest()
    assert await workshop.site.process.storage.find(f"originals/{digest[:2]}/{digest}.wav") == first


async def test_the_catalogue_may_be_on_another_machine(any_workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "UploadedAudio", lambda **said: UploadedAudio(**said | {"path": "/of/another"}))
    upload = await any_workshop.made(audio_bytes("flac"))
    assert (upload["state"], upload["reason"]) == ("ready", None)

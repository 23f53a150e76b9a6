"""Tags that come while the job runs, and before there is a track to set them on."""

from typing import Any

import pytest

from services.media.jobs.workshop import Workshop
from support.audio import audio_bytes
from tutti.services.catalog.api import AddedUpload, UploadedAudio
from tutti.services.media.service.jobs import Jobs


async def test_they_are_not_lost(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    maker: Any = workshop.site.process.provided(Jobs)._maker
    catalog = maker._catalog
    answers: list[Any] = []

    class Slow:
        """The uploader is quicker."""

        async def add_uploaded(self, audio: UploadedAudio) -> AddedUpload:
            for upload in (await workshop.site.get("/uploads"))["items"]:
                path = f"/uploads/{upload['id']}"
                answers.append(await workshop.site.ask("PATCH", path, {"tags": {"title": "Said in time"}}))
            return await catalog.add_uploaded(audio)

        def __getattr__(self, name: str) -> Any:
            return getattr(catalog, name)

    monkeypatch.setattr(maker, "_catalog", Slow())
    content = audio_bytes("flac", seconds=2)
    upload = await workshop.made(content)
    assert [(answer.status_code, answer.json()["state"]) for answer in answers] == [(200, "processing")]
    assert upload["state"] == "ready", upload
    assert (await workshop.site.get(f"/tracks/{upload['trackId']}"))["title"] == "Said in time"

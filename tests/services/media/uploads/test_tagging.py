"""What an uploader says of a track: kept with the upload, and told to the catalogue once it has the track."""

from collections.abc import Callable
from typing import Any

import pytest

from support.uploading import Site
from tutti.kit.ids import new_id
from tutti.services.catalog.api import TrackNotFound, UploadTags
from tutti.services.media.service.uploads import Tagging

CONTENT = b"fLaC" + bytes(500)
Edit = tuple[str, str, UploadTags]


class Shelf:
    """A catalogue that knows the tracks it is told to."""

    def __init__(self) -> None:
        self.known: set[str] = set()
        self.edits: list[Edit] = []

    async def edit_uploaded(self, track_id: str, user_id: str, tags: UploadTags) -> None:
        if track_id not in self.known:
            raise TrackNotFound("There is no such track.")
        self.edits.append((track_id, user_id, tags))


@pytest.fixture
def shelf(local_site: Site, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()
    monkeypatch.setattr(local_site.process.provided(Tagging), "_catalog", shelf)
    return shelf


@pytest.fixture
def tag(local_site: Site) -> Callable[..., Any]:
    async def tag(begun: Any, **tags: object) -> Any:
        return await local_site.ask("PATCH", f"/uploads/{begun['uploadId']}", {"tags": tags})

    return tag


@pytest.mark.parametrize("state", ["waiting", "uploaded", "failed"])
async def test_tags_wait_for_the_track(local_site: Site, shelf: Shelf, tag: Any, state: str) -> None:
    begun = await local_site.uploaded(CONTENT)
    await local_site.change(begun["uploadId"], state=state)
    assert (await local_site.get(f"/uploads/{begun['uploadId']}"))["tags"] is None
    first = (await tag(begun, title="Night River", artists=["Ada", "Grace"])).raise_for_status().json()
    assert first["tags"] == {"title": "Night River", "artists": ["Ada", "Grace"]}
    again = (await tag(begun, title="Day River", artists=None)).raise_for_status().json()
    assert again["tags"] == {"title": "Day River", "artists": None}
    assert await local_site.get(f"/uploads/{begun['uploadId']}") == again
    assert shelf.edits == []


async def test_the_catalogue_is_told_of_what_it_has(local_site: Site, shelf: Shelf, tag: Any) -> None:
    begun = await local_site.uploaded(CONTENT)
    me = (await local_site.get("/me"))["id"]
    await local_site.change(begun["uploadId"], state="processing")
    assert (await tag(begun, title="Early")).status_code == 200  # the track is not made yet
    shelf.known.add(begun["trackId"])
    for state in ("processing", "ready"):
        await local_site.change(begun["uploadId"], state=state)
        assert (await tag(begun, title=state)).status_code == 200
    assert shelf.edits == [(begun["trackId"], me, UploadTags(title=state)) for state in ("processing", "ready")]
    assert (await local_site.get(f"/uploads/{begun['uploadId']}"))["tags"] == {"title": "ready"}


async def test_a_track_that_is_gone_has_no_tags(local_site: Site, shelf: Shelf, tag: Any) -> None:
    begun = await local_site.uploaded(CONTENT)
    await local_site.change(begun["uploadId"], state="ready")
    answer = await tag(begun, title="Late")
    assert (answer.status_code, answer.json()["code"]) == (404, "TRACK_NOT_FOUND")


async def test_only_ones_own_uploads_are_tagged(local_site: Site, shelf: Shelf, tag: Any) -> None:
    begun = await local_site.uploaded(CONTENT)
    path = f"/uploads/{begun['uploadId']}"
    for who, status in (("ugo", 404), ("ada", 404), ("lee", 403)):
        assert (await local_site.ask("PATCH", path, {"tags": {"title": "Mine"}}, who=who)).status_code == status
    assert (await local_site.ask("PATCH", f"/uploads/{new_id()}", {"tags": {}})).status_code == 404
    (await local_site.ask("DELETE", path)).raise_for_status()
    assert (await tag(begun, title="Late")).json()["code"] == "UPLOAD_CLOSED"


@pytest.mark.parametrize("body", [{}, {"tags": None}, {"tags": {"title": ""}}, {"tags": {"mood": "blue"}}, {"x": 1}])
async def test_tags_that_cannot_be_are_refused(local_site: Site, shelf: Shelf, body: object) -> None:
    begun = await local_site.begin(5)
    assert (await local_site.ask("PATCH", f"/uploads/{begun['uploadId']}", body)).status_code == 400

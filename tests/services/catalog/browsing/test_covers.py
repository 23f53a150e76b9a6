"""Cover art over HTTP: sizes, formats, caching, files that move, images given by hand, the bound on what is kept."""

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image

from support.browsing import ADMIN
from support.browsing_http import bearer, browsing_client, build_browsing
from support.catalogue import Seeded, seed
from support.images import cover as draw
from support.images import encode
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.main import build_process, opened
from tutti.services.catalog.service.covers import serving
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.source import digest
from tutti.services.catalog.tables import cover_renditions, covers, files, folders, libraries, tracks


@dataclass(frozen=True)
class Gallery:
    """A seeded catalogue whose first album has a real image beside its tracks."""

    http: httpx.AsyncClient
    process: Process
    seeded: Seeded
    music: Path
    image: bytes
    cover_id: str

    @property
    def service(self) -> serving.CoverService:
        service = self.process.services[-1].provides["covers"]
        assert isinstance(service, serving.CoverService)
        return service

    async def get(self, query: str = "", cover_id: str = "", **headers: str) -> httpx.Response:
        return await self.http.get(f"/covers/{cover_id or self.cover_id}{query}", headers=headers)

    async def write(self, statement: Any) -> None:
        await self.process.db.write(lambda db: db.execute(statement))


@pytest.fixture
async def gallery(settings: Settings, tmp_path: Path) -> AsyncIterator[Gallery]:
    process = build_process(settings, ["none"])
    service = process.add(build_browsing)
    image = draw(900, 600)
    assert service.running
    async with opened(process), service.running(), browsing_client(process) as http:
        seeded = await process.db.write(seed, 40)
        gallery = Gallery(http, process, seeded, tmp_path / "music", image, digest(image))
        (gallery.music / "album 0").mkdir(parents=True)
        (gallery.music / "album 0" / "cover.jpg").write_bytes(image)
        await gallery.write(sa.update(libraries).values(path=str(gallery.music)))
        place = {"id": gallery.cover_id, "path": "album 0/cover.jpg", "embedded": False, "described": True}
        await gallery.write(sa.insert(covers).values(library_id=seeded.library_ids[0], **place))
        await gallery.write(
            sa.update(tracks).where(tracks.c.album_id == seeded.album_ids[0]).values(cover_id=gallery.cover_id)
        )
        yield gallery


def look(answer: httpx.Response) -> Image.Image:
    assert answer.status_code == 200, answer.text
    return Image.open(io.BytesIO(answer.content))


@pytest.mark.parametrize("size", [64, 128, 256, 512])
async def test_a_cover_comes_in_the_size_asked_and_keeps_its_shape(gallery: Gallery, size: int) -> None:
    image = look(await gallery.get(f"?size={size}"))
    assert (image.format, image.width) == ("WEBP", size)
    assert image.height == pytest.approx(size * 2 / 3, abs=1)


async def test_a_cover_is_never_enlarged(gallery: Gallery) -> None:
    assert look(await gallery.get("?size=1024")).size == (900, 600)


@pytest.mark.parametrize(
    ("query", "accept", "mime"),
    [
        ("", "*/*", "image/webp"),
        ("", "image/avif,image/webp,image/*;q=0.8", "image/webp"),
        ("", "image/jpeg, image/png", "image/jpeg"),
        ("", "image/jpeg, image/webp;q=0", "image/jpeg"),
        ("?format=jpeg", "*/*", "image/jpeg"),
        ("?format=webp", "image/jpeg", "image/webp"),
    ],
)
async def test_the_format_is_what_the_client_takes(gallery: Gallery, query: str, accept: str, mime: str) -> None:
    answer = await gallery.get(query, accept=accept)
    assert answer.headers["content-type"] == mime
    assert look(answer).get_format_mimetype() == mime
    assert ("vary" in answer.headers and "Accept" in answer.headers["vary"]) is (query == "")


@pytest.mark.parametrize("query", ["?size=63", "?size=2048", "?size=big", "?format=png"])
async def test_there_are_no_other_sizes_or_formats(gallery: Gallery, query: str) -> None:
    assert (await gallery.get(query)).status_code == 400


async def test_a_cover_may_be_cached_for_good(gallery: Gallery) -> None:
    first = await gallery.get()
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    for tag in (first.headers["etag"], f'"other", W/{first.headers["etag"]}', "*"):
        again = await gallery.get("", **{"if-none-match": tag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    other_size = await gallery.get("?size=64", **{"if-none-match": first.headers["etag"]})
    assert other_size.status_code == 200


async def test_a_cover_needs_no_token_but_its_id(gallery: Gallery) -> None:
    assert (await gallery.get(cover_id="f" * 32)).status_code == 404
    assert (await gallery.get(cover_id="../../etc/passwd")).status_code in (400, 404)
    assert (await gallery.get(cover_id="F" * 32)).status_code == 400


async def test_many_who_ask_at_once_are_served_by_one_run(gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    resize = serving.resize_cover

    def counted(*args: Any) -> bytes:
        runs.append(1)
        return resize(*args)

    monkeypatch.setattr(serving, "resize_cover", counted)
    answers = await asyncio.gather(*(gallery.get("?size=256") for _ in range(12)))
    assert len({answer.content for answer in answers}) == 1
    assert len(runs) == 1
    assert (await gallery.get("?size=256")).content == answers[0].content
    assert len(runs) == 1, "kept in storage"


async def test_an_image_that_moved_is_found_by_another_track(gallery: Gallery) -> None:
    """The file last seen is gone; another track of the album, in another folder, has the same image beside it."""
    (gallery.music / "album 0" / "cover.jpg").unlink()
    (gallery.music / "album 1").mkdir()
    (gallery.music / "album 1" / "front.jpg").write_bytes(gallery.image)
    second = gallery.seeded.folder_ids[1]
    await gallery.write(sa.update(folders).where(folders.c.id == second).values(cover_name="front.jpg"))
    await gallery.write(
        sa.update(files).where(files.c.track_id == gallery.seeded.track_ids[3]).values(folder_id=second)
    )
    assert look(await gallery.get()).size == (512, 341)
    moved = sa.select(covers.c.path).where(covers.c.id == gallery.cover_id)
    assert await gallery.process.db.read(lambda db: db.scalar(moved)) == "album 1/front.jpg"


async def test_another_image_in_its_place_is_not_taken_for_it(gallery: Gallery) -> None:
    (gallery.music / "album 0" / "cover.jpg").write_bytes(draw(80, 80))
    assert (await gallery.get()).status_code == 404


async def test_what_is_no_image_is_not_found(gallery: Gallery) -> None:
    content = b"<html>not an image</html>"
    (gallery.music / "album 0" / "fake.jpg").write_bytes(content)
    place = {"id": digest(content), "path": "album 0/fake.jpg", "embedded": False, "described": False}
    await gallery.write(sa.insert(covers).values(library_id=gallery.seeded.library_ids[0], **place))
    answer = await gallery.get(cover_id=digest(content))
    assert (answer.status_code, answer.json()["code"]) == (404, "COVER_NOT_FOUND")


@pytest.mark.parametrize("kind", ["albums", "artists"])
async def test_an_image_given_by_hand_is_shown_until_it_is_taken_back(gallery: Gallery, kind: str) -> None:
    path = f"/{kind}/{(gallery.seeded.album_ids if kind == 'albums' else gallery.seeded.artist_ids)[0]}"
    before = (await gallery.http.get(path, headers=bearer(ADMIN))).json()
    image = draw(300, 300, "#00ff00", "PNG")
    after = (await gallery.http.put(f"{path}/cover", content=image, headers=bearer(ADMIN))).json()
    assert after["overridden"] == ["coverId"]
    assert after["cover"]["blurhash"]
    assert look(await gallery.get(cover_id=after["cover"]["id"])).size == (300, 300)

    undone = await gallery.http.delete(f"{path}/cover", headers=bearer(ADMIN))
    assert undone.json() == before
    await gallery.process.services[-1].provides["covers"].sweep()  # type: ignore[attr-defined]
    assert (await gallery.get("?size=64", cover_id=after["cover"]["id"])).status_code == 404, (
        "nothing shows it any more"
    )


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 415, "NOT_AN_IMAGE"),
        (b"GIF89a, or so it says", 415, "NOT_AN_IMAGE"),
        (encode(Image.new("1", (20_000, 20_000)), "PNG"), 415, "NOT_AN_IMAGE"),
        (draw(9, 9) + bytes(17 * 1024**2), 413, "COVER_TOO_LARGE"),
    ],
    ids=["empty", "no image", "bomb", "large"],
)
async def test_what_is_no_decent_image_is_refused(gallery: Gallery, content: bytes, status: int, code: str) -> None:
    path = f"/albums/{gallery.seeded.album_ids[0]}/cover"
    answer = await gallery.http.put(path, content=content, headers=bearer(ADMIN))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_least_lately_used_go_first(gallery: Gallery) -> None:
    sizes = (64, 128, 256, 512)
    lengths = [len((await gallery.get(f"?size={size}")).content) for size in sizes]
    service = gallery.service
    await service.sweep()
    await gallery.get("?size=64")  # used again, so it stays
    bound = lengths[0] + lengths[3] + 10
    service._cache._bound_bytes = round(bound / 0.9)
    await service.sweep()

    def kept(db: sa.Connection) -> set[str]:
        return set(db.scalars(sa.select(cover_renditions.c.key)))

    left = {serving.rendition_key(gallery.cover_id, size, "webp") for size in (64, 512)}
    assert await gallery.process.db.read(kept) == left
    assert {key async for key in gallery.process.storage.list_keys("covers/")} == left


async def test_what_no_account_is_kept_of_is_deleted(gallery: Gallery) -> None:
    """A process that was killed between keeping a rendition and its next sweep leaves one behind."""
    await gallery.process.storage.put("covers/ab/abandoned-64.webp", b"x")
    await gallery.get("?size=64")
    mine = serving.rendition_key(gallery.cover_id, 64, "webp")
    await gallery.service.sweep()
    assert await keys(gallery) == {mine, "covers/ab/abandoned-64.webp"}, "another process may be about to note it"
    await gallery.service.sweep()
    assert await keys(gallery) == {mine}


async def test_what_another_process_has_made_and_used_stays(gallery: Gallery) -> None:
    """Whichever of them sweeps; each writes down for itself what was used."""
    elsewhere = serving.CoverService(gallery.process.db, gallery.process.storage, CoverSettings())
    await elsewhere.get_image(gallery.cover_id, 128, "webp")
    made = await keys(gallery)
    await gallery.service.sweep()
    await elsewhere.note_used()
    await gallery.service.sweep()
    assert await keys(gallery) == made
    count = sa.select(sa.func.count()).select_from(cover_renditions)
    assert await gallery.process.db.read(lambda db: db.scalar(count)) == 1


async def keys(gallery: Gallery) -> set[str]:
    return {key async for key in gallery.process.storage.list_keys("covers/")}

"""One image in several libraries is one cover; deleting a library leaves it to the others."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from support.audio import audio_bytes
from support.browsing import ADMIN
from support.images import cover
from support.scanning import Shelves
from support.tagging import write_tags
from tutti.kit.storage import open_local_storage
from tutti.services.catalog.api import Album, Artist
from tutti.services.catalog.service.browsing import BrowsingService, ListRequest
from tutti.services.catalog.service.covers.serving import CoverService
from tutti.services.catalog.service.covers.settings import CoverSettings
from tutti.services.catalog.service.covers.source import digest
from tutti.services.catalog.tables import covers

IMAGE, OTHER = cover(), cover(color="#802040")


@pytest.fixture
async def serving(shelves: Shelves, tmp_path: Path) -> AsyncIterator[CoverService]:
    service = CoverService(shelves.db, open_local_storage(tmp_path / "objects"), CoverSettings())
    async with service.running():
        yield service


def album(folder: Path, pitch_hz: int, *, year: int = 2000, beside: bytes = b"", inside: bytes = b"") -> None:
    """An album of one track by Ada, with an image beside it or inside."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{pitch_hz}.flac"
    path.write_bytes(audio_bytes("flac", seconds=0.1, pitch_hz=pitch_hz))
    tags = {"title": ["One"], "artist": ["Ada"], "album": [folder.name], "date": [str(year)]}
    write_tags(path, tags, inside or None)
    if beside:
        (folder / "cover.jpg").write_bytes(beside)


async def shown(shelves: Shelves) -> tuple[list[Album], Artist]:
    browsing = BrowsingService(shelves.db)
    albums = (await browsing.list_albums(ADMIN, ListRequest(sort="title"))).items
    (ada,) = (await browsing.list_artists(ADMIN, ListRequest(sort="name"))).items
    return albums, ada


async def known(shelves: Shelves) -> set[str]:
    return await shelves.db.read(lambda db: set(db.scalars(sa.select(covers.c.id))))


@pytest.mark.parametrize("kept", ["beside", "inside"])
@pytest.mark.parametrize("deleted", ["beside", "inside"])
async def test_a_cover_that_another_library_shows_outlives_a_deleted_one(
    shelves: Shelves, serving: CoverService, tmp_path: Path, kept: str, deleted: str
) -> None:
    first, second = await shelves.add("first"), await shelves.add("second")
    album(tmp_path / "first" / "here", 1, **{kept: IMAGE})
    album(tmp_path / "second" / "there", 2, **{deleted: IMAGE})
    for library_id in (first, second):
        await shelves.scans.scan(library_id)
    await shelves.libraries.delete_library(second)
    (left,), ada = await shown(shelves)
    assert left.cover is not None
    assert (left.cover.id, bool(left.cover.blurhash), bool(left.cover.palette)) == (digest(IMAGE), True, True)
    assert ada.cover == left.cover
    assert await serving.get_image(left.cover.id, 64, "webp")
    await shelves.libraries.delete_library(first)
    assert await known(shelves) == set()


async def test_it_is_found_where_it_lies_although_the_best_guess_is_wrong(
    shelves: Shelves, serving: CoverService, tmp_path: Path
) -> None:
    """Beside the track lies another image than the one inside of it, which was seen beside the deleted library's."""
    first, second = await shelves.add("first"), await shelves.add("second")
    album(tmp_path / "first" / "here", 1, inside=IMAGE, beside=OTHER)
    album(tmp_path / "second" / "there", 2, beside=IMAGE)
    for library_id in (first, second):
        await shelves.scans.scan(library_id)
    await shelves.libraries.delete_library(second)
    assert await serving.get_image(digest(IMAGE), 64, "webp")


async def test_an_artist_shows_no_cover_of_a_library_that_is_gone(
    shelves: Shelves, serving: CoverService, tmp_path: Path
) -> None:
    first, second = await shelves.add("first"), await shelves.add("second")
    album(tmp_path / "first" / "here", 1, beside=IMAGE)
    album(tmp_path / "second" / "there", 2, year=2020, beside=OTHER)
    for library_id in (first, second):
        await shelves.scans.scan(library_id)
    _, ada = await shown(shelves)
    assert ada.cover is not None
    assert ada.cover.id == digest(OTHER)
    await shelves.libraries.delete_library(second)
    _, ada = await shown(shelves)
    assert ada.cover is not None
    assert ada.cover.id == digest(IMAGE)
    assert await known(shelves) == {digest(IMAGE)}


async def test_a_scan_takes_a_cover_over_that_lies_at_the_same_path_elsewhere(shelves: Shelves, tmp_path: Path) -> None:
    """Who wrote last holds the row: a library that is deleted at the same time waits, and leaves it."""
    for name in ("first", "second"):
        library_id = await shelves.add(name)
        album(tmp_path / name / "here", 1, beside=IMAGE)
        await shelves.scans.scan(library_id)
        place = await shelves.db.read(lambda db: db.scalars(sa.select(covers.c.library_id)).one())
        assert place == library_id

"""The library of uploads has no folder: it is neither scanned, watched, purged nor deleted, and all else holds."""

from pathlib import Path
from uuid import UUID

import pytest

from support.browsing import ADMIN, LISTENER
from support.uploaded import ANALYSIS, EVE, TAGS, UMA, Uploads
from tutti.kit.live import Live
from tutti.services.catalog.api import Library, LibraryPathTaken, NoFolderToRead, TrackNotFound, Viewer
from tutti.services.catalog.api.libraries import LibraryPatch, NewLibrary
from tutti.services.catalog.service.describing import CoverDescriptions
from tutti.services.catalog.service.libraries import LibraryService
from tutti.services.catalog.service.scanning import ScanService
from tutti.services.catalog.service.settings import CatalogSettings


@pytest.fixture
def libraries(uploads: Uploads, tmp_path: Path) -> LibraryService:
    return LibraryService(uploads.db, CatalogSettings(), tmp_path / "data")


async def only(libraries: LibraryService) -> Library:
    (found,) = await libraries.list_libraries(ADMIN)
    return found


async def test_it_is_made_with_the_first_upload_and_counts_what_is_ready(
    uploads: Uploads, libraries: LibraryService
) -> None:
    assert await libraries.list_libraries(ADMIN) == []
    await uploads.add()
    found = await only(libraries)
    assert (found.name, found.kind, found.path, found.everyone, found.watch) == (
        "Uploads",
        "uploads",
        None,
        True,
        False,
    )
    assert (found.track_count, found.missing_count) == (0, 0)
    await uploads.add_ready(UMA, pitch_hz=500)
    assert (await only(libraries)).track_count == 1


async def test_a_library_of_its_name_may_be_there_before(
    uploads: Uploads, libraries: LibraryService, tmp_path: Path
) -> None:
    (tmp_path / "music").mkdir()
    await libraries.create_library(NewLibrary(name="uploads", path=str(tmp_path / "music")))
    await uploads.add()
    assert {each.name for each in await libraries.list_libraries(ADMIN)} == {"uploads", "Uploads 2"}
    for name in ("other", "third"):
        (tmp_path / name).mkdir()
    await libraries.create_library(NewLibrary(name="Other", path=str(tmp_path / "other")))
    with pytest.raises(LibraryPathTaken):
        await libraries.create_library(NewLibrary(name="Uploads 2", path=str(tmp_path / "third")))


async def test_it_is_renamed_and_restricted_like_any_other(uploads: Uploads, libraries: LibraryService) -> None:
    track_id = await uploads.add_ready()
    library_id = (await only(libraries)).id
    patch = LibraryPatch(name="From us", everyone=False, user_ids=[UUID(UMA.user_id)])
    assert (await libraries.update_library(library_id, patch)).name == "From us"
    assert [track.id for track in await uploads.listed(UMA)] == [track_id]
    assert await uploads.listed(LISTENER) == []
    with pytest.raises(TrackNotFound):
        await uploads.browsing.get_track(LISTENER, track_id)
    assert (await uploads.browsing.get_track(EVE, track_id)).title == "Lantern"  # what one uploaded, one sees
    await uploads.add_ready(EVE, pitch_hz=500)
    assert (await only(libraries)).name == "From us"
    hidden = await uploads.store(LISTENER, tags=TAGS | {"title": ["Copy"]})
    assert (await uploads.adding.add(hidden)).duplicate_of is None  # of what one does not see, one does not hear


@pytest.mark.parametrize("patch", [LibraryPatch(path="/"), LibraryPatch(watch=True)])
async def test_it_gets_no_folder(uploads: Uploads, libraries: LibraryService, patch: LibraryPatch) -> None:
    await uploads.add()
    with pytest.raises(NoFolderToRead):
        await libraries.update_library((await only(libraries)).id, patch)


async def test_no_scan_touches_it(uploads: Uploads, libraries: LibraryService, tmp_path: Path) -> None:
    track_id = await uploads.add_ready()
    library_id = (await only(libraries)).id
    covers = CoverDescriptions(uploads.db)
    scans = ScanService(uploads.db, Live(), CatalogSettings(), libraries, covers)
    async with scans.running():
        for asking in (scans.start(library_id), scans.scan(library_id)):
            with pytest.raises(NoFolderToRead):
                await asking
        await scans.compare_all()
    assert (await libraries.purge(library_id)).track_count == 0
    with pytest.raises(NoFolderToRead):
        await libraries.delete_library(library_id)
    assert [track.id for track in await uploads.listed(UMA)] == [track_id]
    assert (await only(libraries)).last_scan is None


async def test_an_original_is_named_by_its_key_and_as_a_file(uploads: Uploads) -> None:
    audio = await uploads.store()
    await uploads.adding.add(audio)
    await uploads.outcomes.make_ready(audio.track_id, ANALYSIS)
    original = await uploads.originals.get_original(Viewer(UMA.user_id, is_admin=False), audio.track_id)
    assert (original.storage_key, original.digest) == (audio.storage_key, audio.digest)
    assert Path(original.path) == uploads.storage.local_path(audio.storage_key)
    assert Path(original.path).stat().st_size == original.size_bytes

"""Originals that are no files of this machine: fetched from a real S3 server, and named by their keys."""

import tempfile
from pathlib import Path

import msgspec
import pytest

from support.images import cover
from support.s3 import S3Server
from support.uploaded import ANALYSIS, EVE, Uploads
from tutti.kit.storage import open_storage
from tutti.services.catalog.api import NotAudio, Viewer
from tutti.services.catalog.service.originals import Originals
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.service.uploads.adding import AddingService
from tutti.services.catalog.service.uploads.reader import BytesChanged, UploadReader


@pytest.fixture
def remote(uploads: Uploads, s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Uploads:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    storage = open_storage(s3.fresh_bucket(), tmp_path / "data")
    adding = AddingService(uploads.db, storage, UploadReader(storage, CatalogSettings()))
    return Uploads(
        db=uploads.db,
        storage=storage,
        adding=adding,
        outcomes=uploads.outcomes,
        browsing=uploads.browsing,
        editing=uploads.editing,
        originals=Originals(uploads.db, storage),
        told=uploads.told,
        folder=uploads.folder,
    )


async def test_it_is_read_from_storage_and_leaves_no_copy(remote: Uploads, tmp_path: Path) -> None:
    audio = await remote.store(kind="flac", cover=cover(64, 64))
    added = await remote.adding.add(audio)
    await remote.outcomes.make_ready(added.track_id, ANALYSIS)
    track = await remote.browsing.get_track(EVE, added.track_id)
    assert (track.title, track.cover is not None) == ("Lantern", True)
    original = await remote.originals.get_original(Viewer(EVE.user_id, is_admin=False), added.track_id)
    assert (original.path, original.storage_key, original.digest) == ("", audio.storage_key, audio.digest)
    refused = await remote.store_bytes(b"no audio", filename="song.flac")
    with pytest.raises(NotAudio):
        await remote.adding.add(refused)
    with pytest.raises(FileNotFoundError):
        await remote.adding.add(msgspec.structs.replace(refused, storage_key="originals/aa/none.flac"))
    assert list((tmp_path / "temporary").iterdir()) == []


async def test_what_lies_on_another_machine_is_fetched_from_where_it_waits(remote: Uploads) -> None:
    stored = await remote.store(kind="flac")
    content = await remote.storage.find(stored.storage_key)
    assert content is not None
    await remote.storage.delete(stored.storage_key)
    await remote.storage.put("incoming/waiting", content)
    audio = msgspec.structs.replace(stored, path="/of/another/machine", bytes_key="incoming/waiting")
    assert (await remote.adding.add(audio)).title == "Lantern"


async def test_bytes_that_were_replaced_meanwhile_are_not_read(remote: Uploads) -> None:
    stored = await remote.store(kind="flac")
    await remote.storage.put("incoming/waiting", b"others")
    with pytest.raises(BytesChanged):
        await remote.adding.add(msgspec.structs.replace(stored, bytes_key="incoming/waiting"))

"""Whatever uploaders do, and in whatever order media answers: the catalogue equals one of what is left, added anew."""

import random
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from support.browsing import Told
from support.images import cover
from support.scanning import LIBRARY_ID, read_catalogue
from support.uploaded import ANALYSIS, EVE, UMA, Uploads
from tutti.kit.clock import now
from tutti.kit.db import Database, open_database
from tutti.kit.settings import Base
from tutti.kit.storage import open_local_storage
from tutti.services.catalog.api import UploadedAudio, UploadTags
from tutti.services.catalog.repository import libraries
from tutti.services.catalog.repository.libraries import LibraryRow
from tutti.services.catalog.repository.scanned import ScannedFile
from tutti.services.catalog.service.browsing import BrowsingService
from tutti.services.catalog.service.covers.vetted import Vetted
from tutti.services.catalog.service.editing import EditingService
from tutti.services.catalog.service.originals import Originals
from tutti.services.catalog.service.settings import CatalogSettings
from tutti.services.catalog.service.uploads.adding import AddingService
from tutti.services.catalog.service.uploads.outcomes import UploadOutcomes
from tutti.services.catalog.service.uploads.reader import UploadReader
from tutti.services.catalog.service.uploads.reading import UploadToRead, read_upload

_ARTISTS = ("Ada", "ADA", "Björk", "Ada feat. Björk", "Σίγμα")
_ALBUMS = ("One", "ONE", "Two", "")
_GENRES = ("Rock", "rock", "Jazz; Folk")
_WHO = {each.user_id: each for each in (EVE, UMA)}


class ReadHere(UploadReader):
    """Reads in this process: a thousand times quicker than one for each file."""

    async def read(self, audio: UploadedAudio) -> tuple[ScannedFile, Vetted | None]:
        found = read_upload(
            UploadToRead(
                path=str(audio.path),
                filename=audio.filename,
                mime=audio.mime,
                track_id=audio.track_id,
                user_id=audio.user_id,
                rules=CatalogSettings().tag_rules,
            )
        )
        assert found.file is not None
        return found.file, found.cover


@dataclass
class Upload:
    """What was uploaded, what was said of it since, and how far it is."""

    audio: UploadedAudio
    said: dict[str, Any] = field(default_factory=dict[str, Any])
    ready: bool = False

    def as_said(self) -> UploadedAudio:
        """The same with all that was said from the start."""
        return msgspec.structs.replace(self.audio, tags=UploadTags(**self.said))


@dataclass
class Crowd:
    """People at work on a catalogue."""

    uploads: Uploads
    choose: random.Random
    there: list[Upload] = field(default_factory=list[Upload])
    made: int = 0

    async def act(self) -> None:
        deed = self.choose.choice(
            [self.add, self.add, self.finish, self.finish, self.say, self.say, self.delete, self.fail]
        )
        await deed()

    async def add(self) -> None:
        self.made += 1
        who = self.choose.choice([EVE, UMA])
        picture = cover(8, 8, self.choose.choice(["#112233", "#445566"])) if self.choose.random() < 0.3 else None
        audio = await self.uploads.store(
            who, name=f"{self.made}", tags=self._tags(), cover=picture, pitch_hz=self.made, keep_duplicate=True
        )
        local = self.uploads.storage.local_path(audio.storage_key)
        upload = Upload(msgspec.structs.replace(audio, path=str(local)), self._words() if self.made % 2 else {})
        await self.uploads.adding.add(upload.as_said())
        self.there.append(upload)

    async def finish(self) -> None:
        for upload in self._some(2):
            await self.uploads.outcomes.make_ready(upload.audio.track_id, ANALYSIS)
            upload.ready = True

    async def say(self) -> None:
        for upload in self._some(2):
            words = self._words()
            who = _WHO[upload.audio.user_id]
            await self.uploads.edit(upload.audio.track_id, who, **words)
            upload.said |= words
            upload.said = {name: word for name, word in upload.said.items() if word is not None}

    async def delete(self) -> None:
        for upload in self._some(1):
            await self.uploads.editing.delete_track(_WHO[upload.audio.user_id], upload.audio.track_id)
            self.there.remove(upload)

    async def fail(self) -> None:
        for upload in [each for each in self._some(2) if not each.ready]:
            await self.uploads.outcomes.mark_failed(upload.audio.track_id)
            if self.choose.random() < 0.5:
                await self.uploads.adding.add(upload.as_said())
            else:
                self.there.remove(upload)

    def _tags(self) -> dict[str, list[str]]:
        pick = self.choose.choice
        tags = {
            "title": f"Title {self.choose.randint(0, 5)}",
            "artist": pick(_ARTISTS),
            "album": pick(_ALBUMS),
            "genre": pick(_GENRES),
            "date": pick(["1999", "2001-02-03", ""]),
            "albumartist": pick(["", "Ada", "Various Artists"]),
            "musicbrainz_albumid": pick(["", "", "", "0b7e9a52-9dfe-4a55-8b5b-8b7c3a1f0001"]),
        }
        return {name: [value] for name, value in tags.items() if value}

    def _words(self) -> dict[str, Any]:
        pick = self.choose.choice
        words: dict[str, Any] = {
            "title": pick(["Said", None]),
            "artists": pick([["Ada"], ["Björk", "Ada"], ["Nova"], None]),
            "album": pick(["One", "Three", None]),
            "album_artists": pick([["Ada"], ["Nova"], None]),
            "genres": pick([["Rock"], [], None]),
            "year": pick([1970, 0, None]),
        }
        return {name: words[name] for name in self.choose.sample(sorted(words), self.choose.randint(0, 4))}

    def _some(self, most: int) -> list[Upload]:
        return self.choose.sample(self.there, min(len(self.there), self.choose.randint(1, most)))


async def opened(db: Database, folder: Path) -> Uploads:
    told = Told()
    db.use_outbox(told)
    storage = open_local_storage(folder / "objects")
    row = LibraryRow(LIBRARY_ID, "Uploads", "", everyone=True, watch=False, kind="uploads")
    await db.write(libraries.insert_library, row, [], now())
    return Uploads(
        db=db,
        storage=storage,
        adding=AddingService(db, storage, ReadHere(storage, CatalogSettings())),
        outcomes=UploadOutcomes(db, failed_hours=0.000001),
        browsing=BrowsingService(db),
        editing=EditingService(db),
        originals=Originals(db, storage),
        told=told.events,
        folder=folder / "made",
    )


@pytest.fixture
async def fresh(tmp_path: Path, migrated_file: Path) -> AsyncIterator[Database]:
    """A second, empty database."""
    (tmp_path / "fresh").mkdir()
    shutil.copy(migrated_file, tmp_path / "fresh")
    database = open_database(Base(data_dir=tmp_path / "fresh"))
    await database.start()
    yield database
    await database.stop()


@pytest.mark.parametrize("seed", range(6))
async def test_a_catalogue_that_went_through_much_equals_a_fresh_one(
    db: Database, fresh: Database, tmp_path: Path, seed: int
) -> None:
    crowd = Crowd(await opened(db, tmp_path / "old"), random.Random(seed))
    for _ in range(30):
        await crowd.act()
    await crowd.uploads.outcomes.forget_failed()
    anew = await opened(fresh, tmp_path / "new")
    for upload in crowd.there:
        added = await anew.adding.add(upload.as_said())
        if upload.ready:
            await anew.outcomes.make_ready(added.track_id, ANALYSIS)
    there, expected = await db.read(read_catalogue), await fresh.read(read_catalogue)
    for kind, rows in expected.items():
        assert there[kind] == rows, kind

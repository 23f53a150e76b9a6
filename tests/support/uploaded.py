"""Uploads as media hands them to the catalogue, and the people around them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.audio import make_audio
from support.tagging import write_tags
from tutti.kit.auth import Identity
from tutti.kit.db import Database
from tutti.kit.events.event import Event
from tutti.kit.ids import new_id
from tutti.kit.storage import Storage
from tutti.services.catalog.api import AddedUpload, Track, UploadedAudio, UploadTags
from tutti.services.catalog.repository.uploads import Analysis
from tutti.services.catalog.service.browsing import BrowsingService, ListRequest
from tutti.services.catalog.service.editing import EditingService
from tutti.services.catalog.service.originals import Originals
from tutti.services.catalog.service.uploads.adding import AddingService
from tutti.services.catalog.service.uploads.outcomes import UploadOutcomes

EVE = Identity("01900000-0000-7000-8000-0000000000e1", "eve", "uploader", "s")
UMA = Identity("01900000-0000-7000-8000-0000000000e2", "uma", "uploader", "s")
ANALYSIS = Analysis(duration_ms=200, gain_db=-7.5, peak=0.8)
TAGS = {
    "title": ["Lantern"],
    "artist": ["Mira Okafor"],
    "album": ["Paper Houses"],
    "albumartist": ["Mira Okafor"],
    "genre": ["Folk"],
    "date": ["2021"],
    "tracknumber": ["3"],
}


@dataclass(frozen=True)
class Uploads:
    """The parts of the catalogue that have to do with uploads, and what they told."""

    db: Database
    storage: Storage
    adding: AddingService
    outcomes: UploadOutcomes
    browsing: BrowsingService
    editing: EditingService
    originals: Originals
    told: list[Event]
    folder: Path

    async def store(
        self,
        who: Identity = EVE,
        *,
        name: str = "lantern",
        kind: str = "ape",
        tags: Mapping[str, Sequence[str]] | None = TAGS,
        cover: bytes | None = None,
        pitch_hz: int = 440,
        **more: Any,
    ) -> UploadedAudio:
        """Put a file into storage, as media does; ``more`` goes into what the catalogue is told of it."""
        path = make_audio(self.folder, name, kind, seconds=0.2, pitch_hz=pitch_hz)
        if tags is not None:
            write_tags(path, tags, cover)
        return await self.store_bytes(path.read_bytes(), who, filename=path.name, **more)

    async def store_bytes(
        self, content: bytes, who: Identity = EVE, *, filename: str, mime: str = "", **more: Any
    ) -> UploadedAudio:
        """Put any bytes there."""
        digest = hashlib.sha256(content).hexdigest()
        key = f"originals/{digest[:2]}/{digest}{Path(filename).suffix}"
        await self.storage.put(key, content)
        fields: dict[str, Any] = {"track_id": new_id(), "user_id": who.user_id, **more}
        return UploadedAudio(storage_key=key, filename=filename, digest=digest, mime=mime, **fields)

    async def add(self, who: Identity = EVE, **of_file: Any) -> AddedUpload:
        """Store a file and make a track of it, which is not ready yet."""
        return await self.adding.add(await self.store(who, **of_file))

    async def add_ready(self, who: Identity = EVE, **of_file: Any) -> str:
        """Do the same, and make it ready; return the id."""
        added = await self.add(who, **of_file)
        await self.outcomes.make_ready(added.track_id, ANALYSIS)
        return added.track_id

    async def edit(self, track_id: str, who: Identity = EVE, **tags: Any) -> None:
        """Change what a track says."""
        await self.adding.edit(track_id, who.user_id, UploadTags(**tags))

    async def listed(self, who: Identity) -> list[Track]:
        """The tracks that somebody finds in the list."""
        return (await self.browsing.list_tracks(who, ListRequest(sort="title"))).items

    def told_of(self, kind: type[Event]) -> list[str]:
        """The tracks of which such an event was told."""
        return [event.key for event in self.told if isinstance(event, kind)]

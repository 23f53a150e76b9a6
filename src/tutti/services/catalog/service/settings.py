"""Settings of the catalogue."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tutti.services.catalog.service.reading.track_tags import TagRules
from tutti.services.catalog.service.scanner.walk import WalkRules

_RULES = TagRules()


class CatalogSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``catalog``."""

    artist_separators: Annotated[tuple[str, ...], Meta(description="What parts several artists in one tag")] = (
        _RULES.artist_separators
    )
    genre_separators: Annotated[tuple[str, ...], Meta(description="What parts several genres in one tag")] = (
        _RULES.genre_separators
    )
    featuring_words: Annotated[tuple[str, ...], Meta(description="Words before a guest in a title or artist")] = (
        _RULES.featuring_words
    )
    unsplit_names: Annotated[tuple[str, ...], Meta(description="Names that hold a separator and stay whole")] = (
        _RULES.exceptions
    )
    excluded: Annotated[
        tuple[str, ...], Meta(description="Shell patterns of file and folder names that scans pass over")
    ] = ("@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found")
    browse_roots: Annotated[
        tuple[str, ...], Meta(description="Where admins may look for folders when they add a library")
    ] = ("/",)
    demo_folder: Annotated[
        Path | None,
        Meta(description="Where the demo music goes; none: into the data folder, which processes do not share"),
    ] = None
    demo_silence_s: Annotated[
        float, Meta(gt=0, le=3600, description="Longest time that composing one track of the demo music may take")
    ] = 300
    scan_workers: Annotated[int, Meta(ge=1, le=64, description="Processes that read tags during a scan")] = 2
    scan_chunk: Annotated[int, Meta(ge=1, le=1000, description="Files handed to such a process at once")] = 128
    scan_batch: Annotated[int, Meta(ge=1, le=5000, description="Files written in one transaction")] = 1_024
    read_timeout_s: Annotated[float, Meta(gt=0, le=3600, description="Longest time that reading one file may take")] = (
        30
    )
    upload_memory_bytes: Annotated[
        int, Meta(ge=512 * 1024**2, description="Memory (addresses) that reading one uploaded file may take")
    ] = 2 * 1024**3
    upload_cpu_s: Annotated[
        int, Meta(ge=1, le=600, description="Processor time that reading one uploaded file and its cover may take")
    ] = 20
    failed_uploads_hours: Annotated[
        float,
        Meta(gt=0, le=8760, description="How long the catalogue remembers an upload that failed, to be tried again"),
    ] = 24
    watch: Annotated[bool, Meta(description="Whether libraries that ask for it are watched for changes")] = True
    watch_quiet_ms: Annotated[
        int, Meta(ge=50, le=60_000, description="Time without changes after which the changed folders are scanned")
    ] = 1_000
    watch_poll_s: Annotated[
        float, Meta(ge=1, le=86_400, description="How often to compare where the system cannot watch")
    ] = 60
    rescan_hours: Annotated[
        float, Meta(ge=0, le=8760, description="How often all libraries are compared in any case; 0: never")
    ] = 24

    @property
    def tag_rules(self) -> TagRules:
        """How names are taken apart."""
        return TagRules(self.artist_separators, self.genre_separators, self.featuring_words, self.unsplit_names)

    @property
    def walk_rules(self) -> WalkRules:
        """What is passed over."""
        return WalkRules(self.excluded)

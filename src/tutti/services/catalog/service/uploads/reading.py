"""Reads one uploaded file; runs in a confined process (`program`), and blocks."""

import time

import msgspec

from tutti.services.catalog.repository.scanned import ScannedFile
from tutti.services.catalog.service.covers.vetted import Refused, Vetted, vet
from tutti.services.catalog.service.reading.reader import read_renamed
from tutti.services.catalog.service.reading.track_tags import TagRules, TrackTags, UnreadableFile
from tutti.services.catalog.service.scanner.shaping import shape
from tutti.services.catalog.service.uploads.naming import catalogue_path, name_to_read, upload_album_key


class UploadToRead(msgspec.Struct, frozen=True, kw_only=True):
    """A file and what is known of it already."""

    path: str
    filename: str
    """A `plain_name`."""
    mime: str
    track_id: str
    user_id: str
    rules: TagRules
    with_cover: bool = True
    """False where the cover has proven too much for the process that reads it."""


class ReadUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: the file as it is written, or why it cannot be; the cover only where it can be shown."""

    file: ScannedFile | None = None
    reason: str | None = None
    cover: Vetted | None = None


def read_upload(asked: UploadToRead) -> ReadUpload:
    """Read an uploaded file."""
    try:
        tags, cover = read_renamed(asked.path, name_to_read(asked.filename, asked.mime), asked.rules)
    except UnreadableFile as error:
        return ReadUpload(reason=error.reason)
    except MemoryError:
        return ReadUpload(reason="damaged: reading it takes more memory than a file of music should")
    vetted = vet(cover) if cover and asked.with_cover else None
    shown = None if isinstance(vetted, Refused) else vetted
    return ReadUpload(file=_shaped(asked, tags, shown), cover=shown)


def _shaped(asked: UploadToRead, tags: TrackTags, cover: Vetted | None) -> ScannedFile:
    plain = msgspec.structs.replace(tags, embedded_cover_digest=None)  # its cover is kept apart from the file
    found = (asked.filename, tags.size_bytes, time.time_ns(), None)
    file = shape("", found, plain, None)
    cover_id = cover.id if cover else None
    album = msgspec.structs.replace(file.album, cover_id=cover_id) if file.album else None
    return msgspec.structs.replace(
        file,
        path=catalogue_path(asked.filename, asked.track_id),
        columns=msgspec.structs.replace(file.columns, cover_id=cover_id),
        album=album,
        album_key=upload_album_key(album, asked.user_id) if album else None,
    )

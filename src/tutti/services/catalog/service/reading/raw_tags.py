"""What the container readers hand over: the tags as they stand in the file, under one set of names.

The text is as the file has it, neither cleaned nor split; `fields` makes `TrackTags` of it.
"""

import re
from functools import lru_cache

import msgspec

from tutti.services.catalog.service.reading.track_tags import AudioProperties, SyncedLine

# A list longer than this is an attack or an accident; the rest of it is dropped.
MAX_VALUES = 200
# Ample for a text of many names; the patterns that take texts apart may need time in its square.
MAX_VALUE_CHARS = 2_000
MAX_KEY_CHARS = 100

_LONG_FIELDS = frozenset({"lyrics", "comment"})

FRONT_COVER = 3  # ID3v2.4 §4.14; FLAC, Vorbis and WMA use the same numbers.
OTHER_PICTURE = 0


class Picture(msgspec.Struct, gc=False):
    """An embedded image; `kind` is an ID3 picture type."""

    kind: int
    content: bytes


class RawTags(msgspec.Struct):
    """Tags under the names in `FREE_NAMES`' values. `people` are (involvement, name) pairs, as ID3 has them.

    `slash_lists` says that the format itself joins artists with a slash (ID3 before 2.4).
    """

    fields: dict[str, list[str]] = {}
    people: list[tuple[str, str]] = []
    pictures: list[Picture] = []
    synced_lyrics: list[SyncedLine] = []
    slash_lists: bool = False

    def add(self, field: str, value: str) -> None:
        """Append one value to a field, cut to a sane length."""
        if len(value) > MAX_VALUE_CHARS and field not in _LONG_FIELDS:
            value = value[:MAX_VALUE_CHARS]
        values = self.fields.get(field)
        if values is None:
            self.fields[field] = [value]
        elif len(values) < MAX_VALUES:
            values.append(value)

    def wants_picture(self, kind: int) -> bool:
        """Whether a picture of this kind could be the cover: only the first of all, and the first of a front, can."""
        return not self.pictures or (kind == FRONT_COVER and self.pictures[-1].kind != FRONT_COVER)

    def add_picture(self, kind: int, content: bytes) -> None:
        """Keep a picture if it could be the cover."""
        if content and self.wants_picture(kind):
            self.pictures.append(Picture(kind, content))

    def add_missing(self, other: "RawTags") -> None:
        """Take over what this one lacks, from tags that rank lower."""
        for field, values in other.fields.items():
            self.fields.setdefault(field, values)
        self.people = self.people or other.people
        self.pictures = self.pictures or other.pictures
        self.synced_lyrics = self.synced_lyrics or other.synced_lyrics

    def front_cover(self) -> bytes | None:
        """Return the front cover's bytes, else those of the first picture."""
        for picture in self.pictures:
            if picture.kind == FRONT_COVER:
                return picture.content
        return self.pictures[0].content if self.pictures else None


class Reading(msgspec.Struct):
    """One file as its container reader understood it."""

    raw: RawTags
    audio: AudioProperties
    fingerprint: str


# Names that taggers agree on (MusicBrainz Picard's appendix "Tag Mapping"), without case, spaces and punctuation, so
# that `MUSICBRAINZ_ALBUMID` (Vorbis), `MusicBrainz Album Id` (ID3, MP4) and `MusicBrainz/Album Id` (WMA) are one.
FREE_NAMES: dict[str, str] = {
    "title": "title",
    "titlesort": "titlesort",
    "artist": "artist",
    "artists": "artists",
    "artistsort": "artistsort",
    "artistssort": "artistsort",
    "albumartist": "albumartist",
    "albumartists": "albumartists",
    "albumartistsort": "albumartistsort",
    "albumartistssort": "albumartistsort",
    "album": "album",
    "albumsort": "albumsort",
    "track": "track",
    "tracknumber": "track",
    "tracktotal": "tracktotal",
    "totaltracks": "tracktotal",
    "disc": "disc",
    "discnumber": "disc",
    "disctotal": "disctotal",
    "totaldiscs": "disctotal",
    "discsubtitle": "discsubtitle",
    "setsubtitle": "discsubtitle",
    "date": "date",
    "year": "year",
    "releasedate": "releasedate",
    "originaldate": "originaldate",
    "originalreleasedate": "originaldate",
    "originalyear": "originalyear",
    "genre": "genre",
    "compilation": "compilation",
    "composer": "composer",
    "composersort": "composersort",
    "lyricist": "lyricist",
    "writer": "writer",
    "conductor": "conductor",
    "performer": "performer",
    "remixer": "remixer",
    "mixartist": "remixer",
    "modifiedby": "remixer",
    "producer": "producer",
    "arranger": "arranger",
    "engineer": "engineer",
    "mixer": "mixer",
    "djmixer": "djmixer",
    "musicbrainztrackid": "mb_recording",
    "musicbrainzrecordingid": "mb_recording",
    "musicbrainzreleasetrackid": "mb_track",
    "musicbrainzalbumid": "mb_release",
    "musicbrainzreleasegroupid": "mb_release_group",
    "musicbrainzartistid": "mb_artist",
    "musicbrainzalbumartistid": "mb_albumartist",
    "isrc": "isrc",
    "label": "label",
    "publisher": "label",
    "organization": "label",
    "catalognumber": "catalognumber",
    "barcode": "barcode",
    "upc": "barcode",
    "ean": "barcode",
    "replaygaintrackgain": "rg_track_gain",
    "replaygaintrackpeak": "rg_track_peak",
    "replaygainalbumgain": "rg_album_gain",
    "replaygainalbumpeak": "rg_album_peak",
    "r128trackgain": "r128_track_gain",
    "r128albumgain": "r128_album_gain",
    "bpm": "bpm",
    "tempo": "bpm",
    "comment": "comment",
    "description": "comment",
    "lyrics": "lyrics",
    "unsyncedlyrics": "lyrics",
    "syncedlyrics": "lyrics",
    "itunsmpb": "itunsmpb",
}
_PUNCTUATION = re.compile(r"[\s_/.:-]+")


def free_name(key: str) -> str | None:
    """Return the field that a tag named in free text belongs to, or None if we do not keep it."""
    return _field_of(key) if len(key) <= MAX_KEY_CHARS else None


@lru_cache(maxsize=4096)
def _field_of(key: str) -> str | None:
    return FREE_NAMES.get(_PUNCTUATION.sub("", key).lower())

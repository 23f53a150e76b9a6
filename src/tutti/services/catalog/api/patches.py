"""What an admin may change by hand: a field left out stays, null takes the override back and the files' word holds."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

Name = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Names = Annotated[list[Name], Meta(min_length=1, max_length=50)]
GenreNames = Annotated[list[Name], Meta(max_length=50)]
Text = Annotated[str, Meta(max_length=20_000)]
ShortText = Annotated[str, Meta(max_length=500)]
Mbid = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
Year = Annotated[int, Meta(ge=0, le=9999, description="0: not known")]
PartialDate = Annotated[str, Meta(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$")]
Number = Annotated[int, Meta(ge=0, le=9999)]
Ids = Annotated[list[UUID], Meta(min_length=1, max_length=100)]


class ArtistPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes to an artist."""

    name: Name | UnsetType | None = UNSET
    sort_name: Name | UnsetType | None = UNSET
    mbid: Mbid | UnsetType | None = UNSET
    biography: Text | UnsetType | None = UNSET


class AlbumPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes to an album."""

    title: Name | UnsetType | None = UNSET
    sort_title: Name | UnsetType | None = UNSET
    artists: Names | UnsetType | None = UNSET
    """By name; one that is not known is made."""
    genres: GenreNames | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    date: PartialDate | UnsetType | None = UNSET
    original_date: PartialDate | UnsetType | None = UNSET
    compilation: bool | UnsetType | None = UNSET
    labels: GenreNames | UnsetType | None = UNSET
    catalog_number: ShortText | UnsetType | None = UNSET
    barcode: ShortText | UnsetType | None = UNSET
    mbid_release: Mbid | UnsetType | None = UNSET
    mbid_release_group: Mbid | UnsetType | None = UNSET


class TrackPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes to a track."""

    title: Name | UnsetType | None = UNSET
    sort_title: Name | UnsetType | None = UNSET
    artists: Names | UnsetType | None = UNSET
    """By name; one that is not known is made."""
    album: Name | UnsetType | None = UNSET
    """Of uploaded tracks, by title; one that is not known is made. Others are on the album that their files say."""
    album_artists: Names | UnsetType | None = UNSET
    """Of uploaded tracks; they tell albums of one title apart."""
    genres: GenreNames | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    date: PartialDate | UnsetType | None = UNSET
    original_date: PartialDate | UnsetType | None = UNSET
    disc_number: Number | UnsetType | None = UNSET
    disc_subtitle: ShortText | UnsetType | None = UNSET
    track_number: Number | UnsetType | None = UNSET
    bpm: Annotated[float, Meta(ge=0, le=1000)] | UnsetType | None = UNSET
    comment: Text | UnsetType | None = UNSET


class GenrePatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes to a genre: files that say its old name still mean it."""

    name: Name | UnsetType | None = UNSET


class NewArtist(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An artist without any file."""

    name: Name
    sort_name: Name | None = None
    mbid: Mbid | None = None
    biography: Text | None = None


class NewAlbum(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """An album without any file, seen by everyone."""

    title: Name
    artists: Names
    genres: GenreNames = []
    year: Year = 0
    date: PartialDate | None = None
    compilation: bool = False


class NewTrack(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A track without a file: it has a place in the catalogue, and cannot be played yet."""

    title: Name
    album_id: UUID
    artists: Names | None = None
    """Default: those of the album."""
    genres: GenreNames = []
    disc_number: Annotated[int, Meta(ge=1, le=9999)] = 1
    track_number: Number = 0
    duration_ms: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


class NewGenre(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A genre that nothing is in yet."""

    name: Name


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which ones become one with the one addressed."""

    from_ids: Ids = msgspec.field(name="from")


def changes(patch: msgspec.Struct) -> dict[str, object]:
    """The fields that a patch names, with their values."""
    named = ((name, getattr(patch, name)) for name in patch.__struct_fields__)
    return {name: value for name, value in named if value is not UNSET}

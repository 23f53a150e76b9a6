"""Tracks that somebody uploaded: what media hands over, and what it gets back."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tutti.services.catalog.api.patches import GenreNames, Name, Names, Number, Year


class UploadTags(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What an uploader says of a track: a field left out stays as it is, null goes back to what the file says."""

    title: Name | UnsetType | None = UNSET
    artists: Names | UnsetType | None = UNSET
    """By name; one that is not known is made."""
    album: Name | UnsetType | None = UNSET
    """By title; an album that is not known is made."""
    album_artists: Names | UnsetType | None = UNSET
    """They tell albums of one title apart; of no use without an album."""
    genres: GenreNames | UnsetType | None = UNSET
    year: Year | UnsetType | None = UNSET
    disc_number: Number | UnsetType | None = UNSET
    track_number: Number | UnsetType | None = UNSET


class UploadedAudio(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file, to be made a track of."""

    track_id: str
    """Given when the upload began; the same file may be handed over again under it."""
    user_id: str
    storage_key: str
    """Where its bytes lie in storage, or will once all is well."""
    filename: str
    """As it was called where it came from; stands in for missing tags."""
    digest: str
    """SHA-256 of its bytes, in hex."""
    mime: str
    """What its content was found to be; decides where the content alone does not."""
    path: str | None = None
    """A file with the same bytes, where whoever asks is on the same machine; else they are fetched from storage."""
    bytes_key: str | None = None
    """Where they lie in storage until they lie at ``storage_key``."""
    tags: UploadTags | None = None
    keep_duplicate: bool = False
    """Make a track of it although the same audio is there already."""


class AddedUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an uploaded file."""

    track_id: str
    duplicate_of: str | None
    """A track that the uploader sees and that has the same audio; then nothing was added, and the rest is of that."""
    title: str
    artist_name: str
    duration_ms: Annotated[int, Meta(ge=0)]

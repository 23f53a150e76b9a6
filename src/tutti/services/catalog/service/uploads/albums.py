"""What an uploaded track says of its album, once its uploader has had a say. Pure."""

from collections.abc import Sequence

from msgspec import UNSET
from msgspec.structs import replace

from tutti.services.catalog.api import UploadTags
from tutti.services.catalog.api.patches import TrackPatch
from tutti.services.catalog.repository.regrouping import AlbumChoice, Grouping
from tutti.services.catalog.repository.scanned import AlbumTags, ScannedArtist
from tutti.services.catalog.service.keys import name_key, sort_key


def choose(before: AlbumChoice, tags: UploadTags | TrackPatch) -> AlbumChoice:
    """Return what is chosen after ``tags``, which may leave it or take it back."""
    return AlbumChoice(
        title=before.title if tags.album is UNSET else tags.album,
        artists=before.artists if tags.album_artists is UNSET else tags.album_artists,
    )


def say_album(grouping: Grouping, chosen: AlbumChoice) -> AlbumTags | None:
    """Return what the track says of its album; None where it is on none.

    An album whose title or artists were chosen is no longer the release that the file names. Where nobody is said to be
    the album's artist, the track's first one is, as in a scan.
    """
    said = grouping.file_says or _untagged(grouping, chosen.title)
    if said is None:
        return None
    if chosen.title is not None:
        title = chosen.title
        said = replace(said, title=title, sort_title=sort_key(title), mbid_release=None, mbid_release_group=None)
    if chosen.artists is not None:
        artists = _artists(chosen.artists)
        said = replace(said, artists=artists, by_album_artist=True, mbid_release=None, mbid_release_group=None)
    elif "artists" in grouping.set_by_hand and not said.by_album_artist:
        said = replace(said, artists=_artists(grouping.artists[:1]))
    return replace(said, year=grouping.year) if "year" in grouping.set_by_hand else said


def _untagged(grouping: Grouping, title: str | None) -> AlbumTags | None:
    """What a track says of its album whose file says nothing of one."""
    if title is None:
        return None
    return AlbumTags(
        title=title,
        sort_title=sort_key(title),
        artists=_artists(grouping.artists[:1]),
        by_album_artist=False,
        year=grouping.year,
        cover_id=grouping.cover_id,
    )


def _artists(names: Sequence[str]) -> tuple[ScannedArtist, ...]:
    return tuple(ScannedArtist(name, name_key(name), sort_key(name)) for name in names)

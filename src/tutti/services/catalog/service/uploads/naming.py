"""What an uploaded file is called in the catalogue, and which album it belongs to. Pure.

An upload has no folder: what a scan concludes from one is concluded from the tags and from who uploaded it.
"""

from tutti.services.catalog.repository.scanned import AlbumTags
from tutti.services.catalog.service.keys import name_key
from tutti.services.catalog.service.reading.formats import ADTS, BY_EXTENSION, MP3, AudioFormat, extension_of

_MAX_STEM = 200
_SEPARATOR = "\x1f"
_STREAMS: dict[str, AudioFormat] = {
    **dict.fromkeys(("audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg"), MP3),
    **dict.fromkeys(("audio/aac", "audio/aacp", "audio/x-aac"), ADTS),
}
_UNNAMED = "upload"


def plain_name(filename: str) -> str:
    """Return the last part of a file name from anywhere, without what no file name holds; never empty."""
    last = filename.replace("\\", "/").rpartition("/")[2].encode(errors="ignore").decode()
    plain = "".join(c for c in last if c.isprintable()).strip()
    stem, dot, ending = plain.rpartition(".")
    return plain if (stem if dot else ending).strip(" .") else f"{_UNNAMED}{dot}{ending}"


def name_to_read(name: str, mime: str) -> str:
    """Return the name that the reader is told: an MPEG stream proves too little by itself, and needs its ending."""
    stream = _STREAMS.get(mime)
    if stream is not None and BY_EXTENSION.get(extension_of(name)) is not stream:
        return (name.rpartition(".")[0] or name) + stream.extensions[0]
    return name


def catalogue_path(name: str, track_id: str) -> str:
    """Return the path that an upload bears in its library: its name, made unlike any other."""
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = ending, "", ""
    return f"{stem[:_MAX_STEM]} ({track_id}){dot}{ending[:_MAX_STEM]}"


def upload_album_key(album: AlbumTags, user_id: str) -> str:
    """Return what makes two uploads the same album.

    The release's MusicBrainz id; else title and artist, the album's where it is tagged, the track's if not. Of a
    compilation that names nobody, title and uploader.
    """
    if album.mbid_release:
        return f"mbid:{album.mbid_release}"
    title = name_key(album.title)
    if album.artists and (album.by_album_artist or not album.compilation):
        artists = name_key("\x1e".join(artist.name_key for artist in album.artists))
        return _SEPARATOR.join(("artist", artists, title))
    return _SEPARATOR.join(("uploader", user_id, title))

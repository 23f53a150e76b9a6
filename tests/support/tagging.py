"""Writes tags with mutagen into files of every format, under Vorbis names: the tagger in the tests."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mutagen import id3
from mutagen.aiff import AIFF
from mutagen.apev2 import APEBinaryValue, APENoHeaderError, APEv2
from mutagen.asf import ASF, ASFByteArrayAttribute
from mutagen.dsf import DSF
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggflac import OggFLAC
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from support.images import picture_block

Tags = Mapping[str, Sequence[str]]

_ID3_FRAMES = {
    "title": id3.TIT2,
    "artist": id3.TPE1,
    "albumartist": id3.TPE2,
    "album": id3.TALB,
    "tracknumber": id3.TRCK,
    "discnumber": id3.TPOS,
    "discsubtitle": id3.TSST,
    "date": id3.TDRC,
    "originaldate": id3.TDOR,
    "genre": id3.TCON,
    "composer": id3.TCOM,
    "conductor": id3.TPE3,
    "lyricist": id3.TEXT,
    "remixer": id3.TPE4,
    "isrc": id3.TSRC,
    "label": id3.TPUB,
    "bpm": id3.TBPM,
    "compilation": id3.TCMP,
    "titlesort": id3.TSOT,
    "artistsort": id3.TSOP,
    "albumsort": id3.TSOA,
}
_MP4_ATOMS = {
    "title": "\xa9nam",
    "artist": "\xa9ART",
    "albumartist": "aART",
    "album": "\xa9alb",
    "date": "\xa9day",
    "genre": "\xa9gen",
    "composer": "\xa9wrt",
    "comment": "\xa9cmt",
    "lyrics": "\xa9lyr",
    "titlesort": "sonm",
    "artistsort": "soar",
    "albumsort": "soal",
}
_ASF_NAMES = {
    "title": "Title",
    "artist": "Author",
    "albumartist": "WM/AlbumArtist",
    "album": "WM/AlbumTitle",
    "tracknumber": "WM/TrackNumber",
    "discnumber": "WM/PartOfSet",
    "discsubtitle": "WM/SetSubTitle",
    "date": "WM/Year",
    "originaldate": "WM/OriginalReleaseTime",
    "genre": "WM/Genre",
    "composer": "WM/Composer",
    "conductor": "WM/Conductor",
    "lyricist": "WM/Writer",
    "remixer": "WM/ModifiedBy",
    "comment": "Description",
    "lyrics": "WM/Lyrics",
    "isrc": "WM/ISRC",
    "label": "WM/Publisher",
    "bpm": "WM/BeatsPerMinute",
    "compilation": "WM/IsCompilation",
    "titlesort": "WM/TitleSortOrder",
    "artistsort": "WM/ArtistSortOrder",
    "albumsort": "WM/AlbumSortOrder",
    "musicbrainz_trackid": "MusicBrainz/Track Id",
    "musicbrainz_albumid": "MusicBrainz/Album Id",
    "musicbrainz_artistid": "MusicBrainz/Artist Id",
}
_APE_NAMES = {"tracknumber": "Track", "discnumber": "Disc", "albumartist": "Album Artist", "date": "Year"}
_ID3_FILES = {".mp3": MP3, ".wav": WAVE, ".aiff": AIFF, ".dsf": DSF}


def write_tags(path: Path, tags: Tags, cover: bytes | None = None) -> None:
    """Replace the tags of a file. `cover` is a JPEG, written as the front cover."""
    extension = path.suffix
    if extension in _ID3_FILES:
        _write_id3(path, tags, cover)
    elif extension == ".flac":
        _write_flac(path, tags, cover)
    elif extension in (".ogg", ".opus", ".oga"):
        _write_ogg(path, tags, cover)
    elif extension == ".m4a":
        _write_mp4(path, tags, cover)
    elif extension == ".wma":
        _write_asf(path, tags, cover)
    else:
        _write_ape(path, tags, cover)


def id3_frames(tags: Tags, cover: bytes | None = None) -> list[Any]:
    """The ID3v2.4 frames that say this."""
    frames: list[Any] = []
    for name, values in tags.items():
        if name in _ID3_FRAMES:
            frames.append(_ID3_FRAMES[name](encoding=3, text=list(values)))
        elif name == "comment":
            frames.append(id3.COMM(encoding=3, lang="eng", desc="", text=list(values)))
        elif name == "lyrics":
            frames.append(id3.USLT(encoding=3, lang="eng", desc="", text=values[0]))
        elif name == "musicbrainz_trackid":
            frames.append(id3.UFID(owner="http://musicbrainz.org", data=values[0].encode()))
        else:
            frames.append(id3.TXXX(encoding=3, desc=_free_name(name), text=list(values)))
    if cover is not None:
        frames.append(id3.APIC(encoding=0, mime="image/jpeg", type=3, desc="", data=cover))
    return frames


def _free_name(name: str) -> str:
    """As Picard writes names into free-text fields: `MusicBrainz Album Id`."""
    if not name.startswith("musicbrainz_"):
        return name.upper()
    words = name.removeprefix("musicbrainz_").removesuffix("id")
    return f"MusicBrainz {words.replace('artist', ' Artist').replace('group', ' Group').strip().title()} Id"


def _write_id3(path: Path, tags: Tags, cover: bytes | None) -> None:
    file: Any = _ID3_FILES[path.suffix](path)
    if file.tags is None:
        file.add_tags()
    file.tags.clear()
    for frame in id3_frames(tags, cover):
        file.tags.add(frame)
    file.save()


def _write_flac(path: Path, tags: Tags, cover: bytes | None) -> None:
    file: Any = FLAC(path)
    file.delete()
    file.clear_pictures()
    file.update({name: list(values) for name, values in tags.items()})
    if cover is not None:
        picture = Picture(picture_block(cover))
        file.add_picture(picture)
    file.save()


def _write_ogg(path: Path, tags: Tags, cover: bytes | None) -> None:
    kinds: dict[str, Any] = {".ogg": OggVorbis, ".opus": OggOpus, ".oga": OggFLAC}
    file = kinds[path.suffix](path)
    file.tags.clear()
    file.update({name: list(values) for name, values in tags.items()})
    if cover is not None:
        file["METADATA_BLOCK_PICTURE"] = [b64encode(picture_block(cover)).decode()]
    file.save()


def _write_mp4(path: Path, tags: Tags, cover: bytes | None) -> None:
    file: Any = MP4(path)
    if file.tags is None:
        file.add_tags()
    file.tags.clear()
    for name, values in tags.items():
        if name in _MP4_ATOMS:
            file[_MP4_ATOMS[name]] = list(values)
        elif name in ("tracknumber", "discnumber"):
            number, _, total = values[0].partition("/")
            file["trkn" if name == "tracknumber" else "disk"] = [(int(number), int(total or 0))]
        elif name == "compilation":
            file["cpil"] = values[0] == "1"
        elif name == "bpm":
            file["tmpo"] = [int(values[0])]
        else:
            freeform = [MP4FreeForm(value.encode()) for value in values]
            file[f"----:com.apple.iTunes:{_freeform_name(name)}"] = freeform
    if cover is not None:
        file["covr"] = [MP4Cover(cover)]
    file.save()


def _freeform_name(name: str) -> str:
    return "MusicBrainz Track Id" if name == "musicbrainz_trackid" else _free_name(name)


def _write_asf(path: Path, tags: Tags, cover: bytes | None) -> None:
    file: Any = ASF(path)
    file.tags.clear()
    for name, values in tags.items():
        file[_ASF_NAMES.get(name, name.upper())] = list(values)
    if cover is not None:
        head = b"\x03" + len(cover).to_bytes(4, "little") + "image/jpeg\0\0".encode("utf-16-le")
        file["WM/Picture"] = [ASFByteArrayAttribute(head + cover)]
    file.save()


def _write_ape(path: Path, tags: Tags, cover: bytes | None) -> None:
    try:
        file: Any = APEv2(path)
    except APENoHeaderError:
        file = APEv2()
    file.clear()
    for name, values in tags.items():
        file[_APE_NAMES.get(name, name)] = list(values)
    if cover is not None:
        file["Cover Art (Front)"] = APEBinaryValue(b"cover.jpg\0" + cover)
    file.save(path)

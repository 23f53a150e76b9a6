"""Tags, in the manner of each format."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mutagen import id3
from mutagen.flac import FLAC, Picture
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm
from mutagen.oggopus import OggOpus

from tutti.demo.gains import Gains
from tutti.demo.library import Album, AudioFormat, Track
from tutti.demo.lyrics import Line, lrc

COMMENT = "Made by a program, for Tutti's demo library. CC0 1.0: free for any use."

_COVER_PX = 1000
_FRONT_COVER = 3
_SYLT_MILLISECONDS = 2
_SYLT_LYRICS = 1
_FREE_FORM = "----:com.apple.iTunes:"


@dataclass(frozen=True)
class Label:
    """All that is written into the file of a track."""

    album: Album
    track: Track
    bpm: int
    gains: Gains
    cover: bytes | None
    lyrics: tuple[Line, ...] = ()

    @property
    def artist(self) -> str:
        """The artist of the track."""
        return self.track.artist or self.album.artist

    @property
    def disc_title(self) -> str | None:
        """The title of its disc, if the album gives them."""
        titles = self.album.disc_titles
        return titles[self.track.disc - 1] if titles else None


def write_tags(path: Path, label: Label) -> None:
    """Write the tags into a file of the album's format, whatever the file is called.

    Raises:
        mutagen.MutagenError: the file is not of that format. OSError: it cannot be read or written.
    """
    _WRITERS[label.album.format](path, label)


def _write_id3(path: Path, label: Label) -> None:
    album, track = label.album, label.track
    frames: list[id3.Frame] = [
        id3.TIT2(text=[track.title]),
        id3.TPE1(text=[label.artist]),
        id3.TPE2(text=[album.artist]),
        id3.TALB(text=[album.title]),
        id3.TRCK(text=[f"{track.number}/{album.tracks_of_disc(track.disc)}"]),
        id3.TPOS(text=[f"{track.disc}/{album.discs}"]),
        id3.TDRC(text=[album.date]),
        id3.TCON(text=list(album.genres)),
        id3.TCOM(text=[album.composer]),
        id3.TBPM(text=[str(label.bpm)]),
        id3.COMM(lang="eng", desc="", text=[COMMENT]),
    ]
    frames += [id3.TXXX(desc=name, text=[value]) for name, value in label.gains.replaygain().items()]
    if album.title_sort:
        frames.append(id3.TSOA(text=[album.title_sort]))
    if album.artist_sort:
        frames.append(id3.TSO2(text=[album.artist_sort]))
    if label.disc_title:
        frames.append(id3.TSST(text=[label.disc_title]))
    if label.cover:
        frames.append(id3.APIC(mime="image/jpeg", type=_FRONT_COVER, desc="", data=label.cover))
    if label.lyrics:
        timed = [(line.text, line.start_ms) for line in label.lyrics]
        frames.append(id3.USLT(lang="eng", desc="", text="\n".join(line.text for line in label.lyrics)))
        frames.append(id3.SYLT(lang="eng", desc="", format=_SYLT_MILLISECONDS, type=_SYLT_LYRICS, text=timed))
    file = MP3(path)
    file.tags = id3.ID3()
    for frame in frames:
        file.tags.add(frame)
    file.save(v1=0)


def _vorbis_comments(label: Label, gains: Mapping[str, str]) -> dict[str, list[str]]:
    album, track = label.album, label.track
    comments = {
        "title": [track.title],
        "artist": [label.artist],
        "albumartist": [album.artist],
        "album": [album.title],
        "tracknumber": [str(track.number)],
        "tracktotal": [str(album.tracks_of_disc(track.disc))],
        "discnumber": [str(track.disc)],
        "disctotal": [str(album.discs)],
        "date": [album.date],
        "genre": list(album.genres),
        "composer": [album.composer],
        "bpm": [str(label.bpm)],
        "comment": [COMMENT],
        **{name: [value] for name, value in gains.items()},
    }
    optional = {
        "albumsort": album.title_sort,
        "albumartistsort": album.artist_sort,
        "discsubtitle": label.disc_title,
        "lyrics": _lrc(label),
    }
    return comments | {name: [value] for name, value in optional.items() if value}


def _lrc(label: Label) -> str | None:
    if not label.lyrics:
        return None
    return lrc(label.lyrics, title=label.track.title, artist=label.artist, album=label.album.title)


def _picture(cover: bytes) -> Picture:
    picture = Picture()
    picture.data, picture.mime, picture.type = cover, "image/jpeg", _FRONT_COVER
    picture.width = picture.height = _COVER_PX
    picture.depth = 24
    return picture


def _write_flac(path: Path, label: Label) -> None:
    file = FLAC(path)
    file.delete()
    file.clear_pictures()
    file.update(_vorbis_comments(label, label.gains.replaygain()))
    if label.cover:
        file.add_picture(_picture(label.cover))
    file.save()


def _write_opus(path: Path, label: Label) -> None:
    file = OggOpus(path)
    file.delete()
    file.update(_vorbis_comments(label, label.gains.r128()))
    if label.cover:
        file["metadata_block_picture"] = [base64.b64encode(_picture(label.cover).write()).decode("ascii")]
    file.save()


def _write_mp4(path: Path, label: Label) -> None:
    album, track = label.album, label.track
    file = MP4(path)
    file.delete()
    file.update(
        {
            "\xa9nam": [track.title],
            "\xa9ART": [label.artist],
            "aART": [album.artist],
            "\xa9alb": [album.title],
            "trkn": [(track.number, album.tracks_of_disc(track.disc))],
            "disk": [(track.disc, album.discs)],
            "\xa9day": [album.date],
            "\xa9gen": list(album.genres),
            "\xa9wrt": [album.composer],
            "\xa9cmt": [COMMENT],
            "tmpo": [label.bpm],
        }
    )
    texts = {"soal": album.title_sort, "soaa": album.artist_sort, "\xa9lyr": _lrc(label)}
    file.update({name: [text] for name, text in texts.items() if text})
    free = dict(label.gains.replaygain())
    if label.disc_title:
        free["DISCSUBTITLE"] = label.disc_title
    file.update({_FREE_FORM + name: [MP4FreeForm(text.encode())] for name, text in free.items()})
    if label.cover:
        file["covr"] = [MP4Cover(label.cover, MP4Cover.FORMAT_JPEG)]
    file.save()


_WRITERS: dict[AudioFormat, Callable[[Path, Label], None]] = {
    "mp3": _write_id3,
    "flac": _write_flac,
    "opus": _write_opus,
    "m4a": _write_mp4,
}

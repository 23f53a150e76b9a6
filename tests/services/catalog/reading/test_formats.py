"""Every format: real files, tagged by another program, read back."""

import pickle
from pathlib import Path

import msgspec
import mutagen
import pytest

from support.audio import KINDS, make_audio
from support.images import cover
from support.tagging import write_tags
from tutti.services.catalog.service.reading import formats
from tutti.services.catalog.service.reading.covers import read_embedded_cover
from tutti.services.catalog.service.reading.reader import cover_digest, read_file
from tutti.services.catalog.service.reading.track_tags import Credit, Credited, TrackTags

RECORDING = "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
RELEASE = "f4dd2b54-9a3f-4c4d-8f5f-2f4a3f3e7a10"
ARTIST = "b10bbbfc-cf9e-42e0-be17-e2c3e1d2600d"
TAGS = {
    "title": ["Für Élise – 月光"],
    "artist": ["Łukasz Østby"],
    "artistsort": ["Østby, Łukasz"],
    "albumartist": ["Various Artists"],
    "album": ["Ночь"],
    "albumsort": ["Noch"],
    "tracknumber": ["3/12"],
    "discnumber": ["2/4"],
    "discsubtitle": ["The Wall"],
    "date": ["1999-05-04"],
    "originaldate": ["1971-11-08"],
    "genre": ["Jazz", "Soul"],
    "composer": ["Ludwig van Beethoven"],
    "conductor": ["Carlos Kleiber"],
    "comment": ["first line\nsecond line"],
    "lyrics": ["La la\nla"],
    "compilation": ["1"],
    "bpm": ["128"],
    "isrc": ["GBAYE6900001"],
    "label": ["ECM"],
    "catalognumber": ["ECM 1064"],
    "barcode": ["0042282377128"],
    "musicbrainz_trackid": [RECORDING],
    "musicbrainz_albumid": [RELEASE],
    "musicbrainz_artistid": [ARTIST],
    "replaygain_track_gain": ["-6.54 dB"],
    "replaygain_track_peak": ["0.988525"],
    "replaygain_album_gain": ["-7.10 dB"],
    "replaygain_album_peak": ["1.012"],
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


def test_tags_come_back_from_every_format(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind)
    write_tags(path, TAGS, cover())

    tags = read_file(path)

    assert tags.title == "Für Élise – 月光"
    assert tags.artists == (Credited("Łukasz Østby", "Østby, Łukasz", ARTIST),)
    assert tags.album_artists == (Credited("Various Artists"),)
    assert (tags.album, tags.sort_album) == ("Ночь", "Noch")
    assert (tags.track_number, tags.track_total, tags.disc_number, tags.disc_total) == (3, 12, 2, 4)
    assert tags.disc_subtitle == "The Wall"
    assert (tags.date, tags.original_date) == ("1999-05-04", "1971-11-08")
    assert tags.genres == ("Jazz", "Soul")
    assert set(tags.credits) == {Credit("composer", "Ludwig van Beethoven"), Credit("conductor", "Carlos Kleiber")}
    assert (tags.comment, tags.lyrics) == ("first line\nsecond line", "La la\nla")
    assert (tags.compilation, tags.bpm) == (True, 128.0)
    assert (tags.isrcs, tags.labels) == (("GBAYE6900001",), ("ECM",))
    assert (tags.catalog_number, tags.barcode) == ("ECM 1064", "0042282377128")
    assert (tags.mbids.recording, tags.mbids.release) == (RECORDING, RELEASE)
    assert (tags.gain.track_gain_db, tags.gain.track_peak) == (-6.54, 0.988525)
    assert (tags.gain.album_gain_db, tags.gain.album_peak) == (-7.10, 1.012)


def test_covers_come_back_from_every_format(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind)
    assert read_embedded_cover(path) is None
    assert not read_file(path).has_cover

    write_tags(path, TAGS, cover())

    assert read_embedded_cover(path) == cover()
    assert read_file(path).embedded_cover_digest == cover_digest(cover())


def test_properties_of_every_format(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind, seconds=1.5)
    audio = read_file(path).audio

    made = KINDS[kind]
    assert (audio.container, audio.codec) == (made.container, made.codec)
    assert (audio.sample_rate_hz, audio.channels, audio.bit_depth) == (made.sample_rate_hz, 2, made.bit_depth)
    # AAC and WMA count the silence that the encoder put before the sound.
    assert 1500 <= audio.duration_ms <= 1540
    assert audio.duration_ms == pytest.approx(1000 * mutagen.File(path).info.length, abs=60)
    assert read_file(path).size_bytes == path.stat().st_size
    file_kbps = path.stat().st_size * 8 / audio.duration_ms  # with headers, which weigh in so short a file
    assert 0.5 * file_kbps < audio.bit_rate_kbps <= 1.05 * file_kbps


def test_nothing_is_made_up_for_a_file_without_tags(kind: str, tmp_path: Path) -> None:
    tags = read_file(make_audio(tmp_path, "a song", kind), library_root=tmp_path)

    nothing = TrackTags("a song", tags.audio, tags.audio_fingerprint, tags.size_bytes)
    assert tags == nothing


def test_what_is_read_crosses_process_borders(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind)
    write_tags(path, TAGS)
    tags = read_file(path)

    assert pickle.loads(pickle.dumps(tags)) == tags
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(tags), type=TrackTags) == tags


def test_the_content_decides_not_the_name(kind: str, tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", kind)
    expected = read_file(path).audio
    # A bare MPEG stream has no mark: it is looked for only where the name asks for one, or behind an ID3 tag.
    for wrong in (".mp3",) if KINDS[kind].container in ("mp3", "adts") else (".mp3", ".flac", ".ogg"):
        path = path.rename(path.with_suffix(wrong))
        assert read_file(path).audio == expected


def test_every_ending_has_a_format_and_every_format_a_mime_type() -> None:
    endings = {
        ".mp3",
        ".aac",
        ".flac",
        ".m4a",
        ".mp4",
        ".m4b",
        ".ogg",
        ".oga",
        ".opus",
        ".wav",
        ".aiff",
        ".aif",
        ".wma",
    }
    assert endings | {".ape", ".wv", ".dsf"} <= set(formats.BY_EXTENSION)
    assert formats.format_of_name("Folder.d/SONG.FLAC") is formats.FLAC
    assert formats.format_of_name("cover.jpg") is formats.format_of_name("flac") is None
    for name in formats.BY_EXTENSION.values():
        assert formats.mime_of(name.name).startswith("audio/")


def test_tracks_of_an_album_that_share_a_cover_and_some_that_do_not(tmp_path: Path) -> None:
    """The reader remembers the last cover: it must not hand it to the next track."""
    colors = ["#ff0000", "#ff0000", "#0000ff", None, "#ff0000"]
    covers = [None if color is None else cover(color=color) for color in colors]
    for kind in ("flac", "opus"):
        for number, content in enumerate(covers):
            path = make_audio(tmp_path, f"{number}", kind)
            write_tags(path, {"title": ["Title"]}, content)
            assert read_file(path).embedded_cover_digest == (content and cover_digest(content))
            assert read_embedded_cover(path) == content


def test_the_front_cover_is_preferred(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "flac")
    write_tags(path, {})
    file = mutagen.File(path)
    for number, content in ((4, b"the back"), (3, b"the front"), (3, b"another front")):
        picture = mutagen.flac.Picture()
        picture.type, picture.mime, picture.data = number, "image/jpeg", content
        file.add_picture(picture)
    file.save()
    assert read_embedded_cover(path) == b"the front"


def test_one_picture_will_do_if_none_is_of_the_front(tmp_path: Path) -> None:
    path = make_audio(tmp_path, "song", "mp3")
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.APIC(encoding=3, mime="image/png", type=8, desc="the band", data=b"a band"))
    tags.add(mutagen.id3.APIC(encoding=3, mime="-->", type=3, desc="a link", data=b"http://example.org/a.png"))
    tags.save(path)
    assert read_embedded_cover(path) == b"a band"

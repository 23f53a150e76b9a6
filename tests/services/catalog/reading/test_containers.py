"""What single containers do in their own way."""

import struct
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from mutagen.id3 import ID3, TIT2, TPE1
from mutagen.mp4 import MP4, MP4FreeForm
from mutagen.oggopus import OggOpus
from mutagen.oggvorbis import OggVorbis
from mutagen.wave import WAVE

from support.audio import audio_bytes, ffmpeg, make_audio
from support.images import cover, picture_block
from support.tagging import write_tags
from tutti.services.catalog.service.reading.covers import read_embedded_cover
from tutti.services.catalog.service.reading.raw_tags import RawTags
from tutti.services.catalog.service.reading.reader import read_file
from tutti.services.catalog.service.reading.vorbis_comment import read_vorbis_comment


def convert(source: Path, name: str, *arguments: str) -> Path:
    target = source.with_name(name)
    command = [ffmpeg(), "-v", "error", "-y", "-i", str(source), *arguments, str(target)]
    subprocess.run(command, check=True)
    return target


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


class TestWav:
    def test_its_own_text_chunks(self, tmp_path: Path) -> None:
        path = convert(
            make_audio(tmp_path, "song", "wav"), "tagged.wav", "-metadata", "title=Größe", "-metadata", "artist=A"
        )
        tags = read_file(path)
        assert (tags.title, tags.artists[0].name) == ("Größe", "A")

    def test_text_chunks_in_latin_1_and_id3_before_them(self, tmp_path: Path) -> None:
        path = tmp_path / "song.wav"
        info = chunk(b"LIST", b"INFO" + chunk(b"INAM", "Größe".encode("latin-1") + b"\0") + chunk(b"IPRD", b"Album\0"))
        path.write_bytes(audio_bytes("wav") + info)
        assert (read_file(path).title, read_file(path).album) == ("Größe", "Album")
        write_tags(path, {"title": ["From ID3"]})
        assert (read_file(path).title, read_file(path).album) == ("From ID3", "Album")

    def test_lists_of_old_id3_are_joined_by_slashes(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "wav")
        file = WAVE(path)
        file.add_tags()
        file.tags.add(TPE1(encoding=3, text=["One", "AC/DC"]))
        file.tags.update_to_v23()
        file.save(v2_version=3)
        assert [artist.name for artist in read_file(path).artists] == ["One", "AC/DC"]

    def test_a_recording_whose_size_was_never_noted(self, tmp_path: Path) -> None:
        content = bytearray(audio_bytes("wav"))
        at = content.index(b"data") + 4
        content[at : at + 4] = b"\xff" * 4
        path = tmp_path / "song.wav"
        path.write_bytes(content)
        assert read_file(path).audio.duration_ms == 1000

    @pytest.mark.parametrize(
        ("encoder", "codec", "depth"),
        [("pcm_s24le", "pcm", 24), ("pcm_f32le", "pcm", 32), ("pcm_alaw", "alaw", None), ("adpcm_ms", "adpcm", None)],
    )
    def test_codecs(self, encoder: str, codec: str, depth: int | None, tmp_path: Path) -> None:
        path = convert(make_audio(tmp_path, "song", "wav"), "other.wav", "-c:a", encoder)
        audio = read_file(path).audio
        assert (audio.codec, audio.bit_depth) == (codec, depth)
        assert audio.duration_ms == pytest.approx(1000, abs=30)

    def test_files_over_4_gb_have_another_name(self, tmp_path: Path) -> None:
        path = convert(make_audio(tmp_path, "song", "wav"), "large.wav", "-rf64", "always")
        assert path.read_bytes()[:4] == b"RF64"
        assert read_file(path).audio.duration_ms == pytest.approx(1000, abs=5)


class TestAiff:
    def test_its_own_text_chunks(self, tmp_path: Path) -> None:
        path = tmp_path / "song.aiff"
        name = b"NAME" + struct.pack(">I", 5) + b"Title\0"
        path.write_bytes(audio_bytes("aiff") + name)
        assert read_file(path).title == "Title"

    @pytest.mark.parametrize(("encoder", "codec"), [("pcm_f32be", "pcm"), ("pcm_s16le", "pcm"), ("pcm_mulaw", "mulaw")])
    def test_aifc(self, encoder: str, codec: str, tmp_path: Path) -> None:
        path = convert(make_audio(tmp_path, "song", "wav"), "song.aiff", "-c:a", encoder)
        assert path.read_bytes()[8:12] == b"AIFC"
        audio = read_file(path).audio
        assert (audio.codec, audio.duration_ms, audio.sample_rate_hz) == (codec, 1000, 44100)


class TestMp4:
    def test_the_gap_that_itunes_notes(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "m4a")
        file = MP4(path)
        note = b" 00000000 00000840 000001C8 0000000000ACB4F8 00000000"
        file["----:com.apple.iTunes:iTunSMPB"] = [MP4FreeForm(note)]
        file.save()
        audio = read_file(path).audio
        assert (audio.encoder_delay_samples, audio.encoder_padding_samples) == (0x840, 0x1C8)

    def test_a_genre_by_number(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "m4a")
        write_tags(path, {"genre": ["12345678"]})
        atom = b"\xa9gen" + struct.pack(">I4sII", 16 + 8, b"data", 1, 0) + b"12345678"
        number = b"gnre" + struct.pack(">I4sIIH", 16 + 2, b"data", 0, 0, 18) + bytes(6)
        content = path.read_bytes()
        assert atom in content
        path.write_bytes(content.replace(atom, number))
        assert read_file(path).genres == ("Rock",)

    def test_metadata_as_quicktime_lays_it_out(self, tmp_path: Path) -> None:
        """QuickTime's `meta` has no version and flags."""
        path = make_audio(tmp_path, "song", "m4a")
        write_tags(path, {"title": ["Title"]})
        content = path.read_bytes()
        at = content.index(b"meta") + 4
        assert content[at : at + 4] == bytes(4)
        free = content.index(b"free", at) - 4  # padding behind the list takes up what the version leaves
        size = int.from_bytes(content[free : free + 4], "big")
        moved = content[at + 4 : free] + (size + 4).to_bytes(4, "big") + b"free" + bytes(4)
        path.write_bytes(content[:at] + moved + content[free + 8 :])
        assert read_file(path).title == "Title"

    @pytest.mark.parametrize(
        ("encoder", "extra", "codec"),
        [("flac", ["-strict", "-2"], "flac"), ("libopus", [], "opus"), ("ac3", [], "ac3"), ("libmp3lame", [], "mp3")],
    )
    def test_other_codecs(self, encoder: str, extra: list[str], codec: str, tmp_path: Path) -> None:
        source = make_audio(tmp_path, "song", "wav")
        path = convert(source, "song.mp4", "-c:a", encoder, *extra)
        audio = read_file(path).audio
        assert (audio.codec, audio.channels) == (codec, 2)
        assert audio.duration_ms == pytest.approx(1000, abs=60)
        assert audio.bit_depth == (16 if codec == "flac" else None)

    def test_sample_rates_that_do_not_fit_the_field(self, tmp_path: Path) -> None:
        source = make_audio(tmp_path, "song", "wav")
        for encoder in ("aac", "alac"):
            audio = read_file(convert(source, f"{encoder}.m4a", "-ar", "96000", "-c:a", encoder)).audio
            assert audio.sample_rate_hz == 96000

    def test_mono_and_surround(self, tmp_path: Path) -> None:
        source = make_audio(tmp_path, "song", "wav")
        for channels in (1, 6):
            path = convert(source, f"{channels}.m4a", "-ac", str(channels), "-c:a", "aac")
            assert read_file(path).audio.channels == channels

    def test_a_film_with_sound_is_taken_for_its_sound(self, tmp_path: Path) -> None:
        source = make_audio(tmp_path, "song", "wav")
        video = [
            "-f",
            "lavfi",
            "-i",
            "testsrc=d=1:s=320x240",
            "-c:v",
            "mpeg4",
            "-b:v",
            "2M",
            "-c:a",
            "aac",
            "-b:a",
            "64k",
        ]
        audio = read_file(convert(source, "film.mp4", *video)).audio
        assert audio.codec == "aac"
        assert audio.bit_rate_kbps < 110


class TestOgg:
    def test_r128_gains(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "opus")
        file = OggOpus(path)
        file["R128_TRACK_GAIN"], file["R128_ALBUM_GAIN"] = ["-1792"], ["256"]
        file.save()
        gain = read_file(path).gain
        assert (gain.track_gain_db, gain.album_gain_db) == (-2.0, 6.0)

    def test_covers_in_both_ways(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "ogg")
        file = OggVorbis(path)
        file["COVERART"] = [b64encode(b"old way").decode()]
        file.save()
        assert read_embedded_cover(path) == b"old way"
        file["METADATA_BLOCK_PICTURE"] = [b64encode(picture_block(cover())).decode(), "no base64!"]
        file.save()
        assert read_embedded_cover(path) == cover()

    def test_a_chain_is_as_long_as_its_links(self, tmp_path: Path) -> None:
        """Each link counts time from nought, and may be of another kind (RFC 3533 §4)."""
        parts = [
            make_audio(tmp_path, f"{number}", kind, seconds=seconds)
            for number, (kind, seconds) in enumerate((("ogg", 3.0), ("opus", 1.0), ("ogg", 2.0)))
        ]
        links = [
            convert(part, f"link{number}{part.suffix}", "-c", "copy", "-serial_offset", f"{number * 1000}")
            for number, part in enumerate(parts)
        ]
        alone = [read_file(link).audio.duration_ms for link in links]
        assert alone == pytest.approx([3000, 1000, 2000], abs=60)
        chain = tmp_path / "chain.ogg"
        chain.write_bytes(b"".join(link.read_bytes() for link in links))
        audio = read_file(chain).audio
        assert audio.duration_ms == pytest.approx(sum(alone), abs=2)
        assert audio.bit_rate_kbps == pytest.approx(chain.stat().st_size * 8 / sum(alone), rel=0.2)

    def test_a_chain_whose_second_link_is_cut_short_counts_its_first(self, tmp_path: Path) -> None:
        first = make_audio(tmp_path, "first", "ogg", seconds=3.0)
        other = convert(first, "other.ogg", "-c", "copy", "-serial_offset", "1000")
        chain = tmp_path / "chain.ogg"
        chain.write_bytes(first.read_bytes() + other.read_bytes()[:100])
        assert read_file(chain).audio.duration_ms == pytest.approx(3000, abs=60)

    def test_a_cover_over_many_pages(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "opus")
        write_tags(path, {"title": ["Title"]}, large := cover(2000, 2000, image_format="PNG") + bytes(300_000))
        assert read_embedded_cover(path) == large
        assert read_file(path).title == "Title"


class TestFlac:
    def test_an_id3_tag_before_it(self, tmp_path: Path) -> None:
        path = make_audio(tmp_path, "song", "flac")
        expected = read_file(path).audio_fingerprint
        tags = ID3()
        tags.add(TIT2(encoding=3, text="From ID3"))
        tags.save(path, v1=0)
        assert path.read_bytes()[:3] == b"ID3"
        assert (read_file(path).title, read_file(path).audio_fingerprint) == ("From ID3", expected)

    def test_a_stream_without_length(self, tmp_path: Path) -> None:
        command = [ffmpeg(), "-v", "error", "-i", str(make_audio(tmp_path, "song", "wav")), "-f", "flac", "-"]
        path = tmp_path / "streamed.flac"
        path.write_bytes(subprocess.run(command, check=True, capture_output=True).stdout)
        assert read_file(path).audio.sample_rate_hz == 44100


def comments(*texts: bytes) -> dict[str, list[str]]:
    packet = struct.pack("<I", 4) + b"self" + struct.pack("<I", len(texts))
    raw = RawTags()
    read_vorbis_comment(packet + b"".join(struct.pack("<I", len(text)) + text for text in texts), raw)
    return raw.fields


def test_vorbis_comments_as_they_come() -> None:
    assert comments(b"TITLE=Title", b"Artist=One", b"ARTIST=Two") == {"title": ["Title"], "artist": ["One", "Two"]}
    assert comments(b"no equals sign", b"=no name", b"TITLE=", b"ALBUM ARTIST=x", b"UNKNOWN=y") == {
        "albumartist": ["x"]
    }
    assert comments(b"TITLE=Gr\xf6\xdfe") == {"title": ["Größe"]}  # Latin-1, which the format does not allow
    assert comments(b"TITLE=a=b") == {"title": ["a=b"]}

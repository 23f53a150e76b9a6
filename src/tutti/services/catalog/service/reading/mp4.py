"""MP4 audio (m4a, m4b): the sound track, iTunes' metadata list, and the freeform items that other taggers add."""

from tutti.services.catalog.service.reading.audio_file import AudioFile
from tutti.services.catalog.service.reading.fingerprint import fingerprint_spans
from tutti.services.catalog.service.reading.genres import id3v1_genre
from tutti.services.catalog.service.reading.mp4_boxes import Box, children, find, find_item_list, read_layout
from tutti.services.catalog.service.reading.mp4_sound import read_sound
from tutti.services.catalog.service.reading.raw_tags import (
    FRONT_COVER,
    MAX_VALUES,
    RawTags,
    Reading,
    free_name,
)
from tutti.services.catalog.service.reading.track_tags import AudioProperties

MAX_TEXT_BYTES = 1024 * 1024
# A value stands in a `data` box behind its type and locale.
_VALUE_HEADER_BYTES = 8

_TEXT_FIELDS = {
    b"\xa9nam": "title",
    b"sonm": "titlesort",
    b"\xa9ART": "artist",
    b"soar": "artistsort",
    b"aART": "albumartist",
    b"soaa": "albumartistsort",
    b"\xa9alb": "album",
    b"soal": "albumsort",
    b"\xa9day": "date",
    b"\xa9gen": "genre",
    b"\xa9wrt": "composer",
    b"soco": "composersort",
    b"\xa9con": "conductor",
    b"\xa9cmt": "comment",
    b"\xa9lyr": "lyrics",
}
_PAIR_FIELDS = {b"trkn": "track", b"disk": "disc"}
_NUMBER_FIELDS = {b"cpil": "compilation", b"tmpo": "bpm"}


def read_mp4(file: AudioFile) -> Reading:
    """Read an MP4 file. Raises UnreadableFile if it is cut short, copy-protected, or has no sound track."""
    layout = read_layout(file)
    sound = read_sound(layout.moov)
    raw = RawTags()
    items = find_item_list(layout.moov)
    if items is not None:
        for item in children(layout.moov, items.start, items.end):
            _read_item(layout.moov, item, raw)
    # Encoders note the rate they aim at (ALAC's the one of PCM); the bytes say what it is.
    bit_rate_kbps = round(sum(length for _, length in layout.media) * 8 / max(1, sound.duration_ms))
    delay, padding = _read_gapless(raw)
    audio = AudioProperties(
        container="mp4",
        codec=sound.codec,
        duration_ms=sound.duration_ms,
        bit_rate_kbps=bit_rate_kbps if sound.alone or not sound.bit_rate_kbps else sound.bit_rate_kbps,
        sample_rate_hz=sound.sample_rate_hz,
        channels=sound.channels,
        bit_depth=sound.bit_depth,
        encoder_delay_samples=delay,
        encoder_padding_samples=padding,
    )
    return Reading(raw, audio, fingerprint_spans(file, "mp4", layout.media))


def _read_item(moov: bytes, item: Box, raw: RawTags) -> None:
    if item.name == b"----":
        _read_freeform(moov, item, raw)
        return
    field = _TEXT_FIELDS.get(item.name)
    for value in _values(moov, item):
        if field is not None:
            _add_text(raw, field, moov[value.start : min(value.end, value.start + MAX_TEXT_BYTES)])
        elif item.name == b"covr":
            raw.add_picture(FRONT_COVER, moov[value.start : value.end])
        elif item.name in _PAIR_FIELDS:
            number, total = (int.from_bytes(moov[value.start + at : value.start + at + 2], "big") for at in (2, 4))
            raw.add(_PAIR_FIELDS[item.name], f"{number}/{total}")
        elif item.name in _NUMBER_FIELDS:
            number = int.from_bytes(moov[value.start : min(value.end, value.start + 8)], "big")
            raw.add(_NUMBER_FIELDS[item.name], str(number))
        elif item.name == b"gnre":
            genre = id3v1_genre(int.from_bytes(moov[value.start : value.start + 2], "big") - 1)
            if genre is not None:
                raw.add("genre", genre)


def _read_freeform(moov: bytes, item: Box, raw: RawTags) -> None:
    name = find(moov, item, b"name")
    field = free_name(moov[name.start + 4 : name.end].decode("utf-8", "replace")) if name else None
    if field is not None:
        for value in _values(moov, item):
            _add_text(raw, field, moov[value.start : min(value.end, value.start + MAX_TEXT_BYTES)])


def _values(moov: bytes, item: Box) -> list[Box]:
    values: list[Box] = []
    for box in children(moov, item.start, item.end):
        if box.name == b"data" and box.end - box.start >= _VALUE_HEADER_BYTES and len(values) < MAX_VALUES:
            box.start += _VALUE_HEADER_BYTES
            values.append(box)
    return values


def _add_text(raw: RawTags, field: str, content: bytes) -> None:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    if text:
        raw.add(field, text)


def _read_gapless(raw: RawTags) -> tuple[int | None, int | None]:
    """Encoder delay and padding in samples: the second and third of the hexadecimal numbers in iTunes' note."""
    words = raw.fields.get("itunsmpb", [""])[0].split()
    try:
        return int(words[1], 16), int(words[2], 16)
    except (IndexError, ValueError):
        return None, None

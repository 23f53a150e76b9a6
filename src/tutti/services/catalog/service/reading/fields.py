"""Makes `TrackTags` of what a container reader found, and of the path where that says nothing."""

from tutti.services.catalog.service.reading import values
from tutti.services.catalog.service.reading.basics import Fields, fill_from_path, first_date, first_name, read_basics
from tutti.services.catalog.service.reading.encodings import repair
from tutti.services.catalog.service.reading.genres import expand_genre
from tutti.services.catalog.service.reading.lyrics import read_lyrics
from tutti.services.catalog.service.reading.people import read_people
from tutti.services.catalog.service.reading.raw_tags import MAX_VALUES, RawTags, Reading
from tutti.services.catalog.service.reading.splitting import Splitter, unique
from tutti.services.catalog.service.reading.text import clean_name, clean_text
from tutti.services.catalog.service.reading.track_tags import MusicBrainzIds, ReplayGain, SyncedLine, TrackTags

_NO_IDS = MusicBrainzIds()
_NO_GAIN = ReplayGain()
_ID_FIELDS = ("mb_recording", "mb_track", "mb_release", "mb_release_group")
_GAIN_FIELDS = frozenset(
    {"rg_track_gain", "rg_track_peak", "rg_album_gain", "rg_album_peak", "r128_track_gain", "r128_album_gain"}
)


def build_tags(
    reading: Reading, path: str, size_bytes: int, splitter: Splitter, cover_digest: str | None, lrc: str | None
) -> TrackTags:
    """Return everything about a track.

    `path` is relative to the library's folder; `lrc` is the text of the lyrics file beside the track, if there is one.
    """
    raw = reading.raw
    _repair_encodings(raw)
    fields = raw.fields
    people = read_people(raw, splitter, fields["title"][0] if "title" in fields else "")
    basics = read_basics(fields, people.artists)
    if not basics.complete:
        fill_from_path(basics, path)
    lyrics, synced_lyrics = read_lyrics(fields.get("lyrics", []), raw.synced_lyrics, lrc)
    return TrackTags(
        title=basics.title,
        audio=reading.audio,
        audio_fingerprint=reading.fingerprint,
        size_bytes=size_bytes,
        sort_title=first_name(fields, "titlesort"),
        artists=tuple(basics.artists),
        album_artists=tuple(people.album_artists),
        album=basics.album,
        sort_album=first_name(fields, "albumsort"),
        disc_number=basics.disc_number,
        disc_total=basics.disc_total,
        disc_subtitle=basics.disc_subtitle,
        track_number=basics.track_number,
        track_total=basics.track_total,
        date=basics.date,
        original_date=first_date(fields, "originaldate", "originalyear"),
        genres=_genres(fields, splitter),
        credits=tuple(people.credits),
        compilation="compilation" in fields and values.parse_flag(fields["compilation"][0]),
        mbids=_mbids(fields),
        isrcs=_isrcs(fields),
        labels=_names(fields, "label"),
        catalog_number=first_name(fields, "catalognumber"),
        barcode=first_name(fields, "barcode"),
        gain=_gain(fields),
        bpm=values.parse_bpm(fields["bpm"][0]) if "bpm" in fields else None,
        comment=clean_text(fields["comment"][0]) or None if "comment" in fields else None,
        lyrics=lyrics,
        synced_lyrics=tuple(synced_lyrics),
        embedded_cover_digest=cover_digest,
    )


def _repair_encodings(raw: RawTags) -> None:
    texts = [value for values_ in raw.fields.values() for value in values_ if not value.isascii()]
    texts += [text for pair in raw.people for text in pair if not text.isascii()]
    texts += [line.text for line in raw.synced_lyrics if not line.text.isascii()]
    repaired = repair(texts) if texts else None
    if not repaired:
        return
    for values_ in raw.fields.values():
        values_[:] = [repaired.get(value, value) for value in values_]
    raw.people = [(repaired.get(role, role), repaired.get(name, name)) for role, name in raw.people]
    raw.synced_lyrics = [SyncedLine(line.start_ms, repaired.get(line.text, line.text)) for line in raw.synced_lyrics]


def _genres(fields: Fields, splitter: Splitter) -> tuple[str, ...]:
    texts = [name for value in fields.get("genre", ()) for name in expand_genre(clean_name(value))]
    if len(texts) == 1:
        return tuple(splitter.split_genres(texts[0]))
    return tuple(unique(name for name in texts if name)[:MAX_VALUES])


def _names(fields: Fields, field: str) -> tuple[str, ...]:
    if field not in fields:
        return ()
    return tuple(unique(name for value in fields[field] if (name := clean_name(value))))


def _mbids(fields: Fields) -> MusicBrainzIds:
    found = [values.parse_mbid(fields[field][0]) if field in fields else None for field in _ID_FIELDS]
    return MusicBrainzIds(*found) if any(found) else _NO_IDS


def _isrcs(fields: Fields) -> tuple[str, ...]:
    if "isrc" not in fields:
        return ()
    # A text may list several, as Picard writes them into ID3.
    parts = [part for value in fields["isrc"] for part in value.replace(",", ";").replace("/", ";").split(";")]
    return tuple(dict.fromkeys(isrc for part in parts[:MAX_VALUES] if (isrc := values.parse_isrc(part))))


def _gain(fields: Fields) -> ReplayGain:
    if _GAIN_FIELDS.isdisjoint(fields):
        return _NO_GAIN
    return ReplayGain(
        track_gain_db=_gain_db(fields, "rg_track_gain", "r128_track_gain"),
        track_peak=values.parse_peak(fields["rg_track_peak"][0]) if "rg_track_peak" in fields else None,
        album_gain_db=_gain_db(fields, "rg_album_gain", "r128_album_gain"),
        album_peak=values.parse_peak(fields["rg_album_peak"][0]) if "rg_album_peak" in fields else None,
    )


def _gain_db(fields: Fields, field: str, r128_field: str) -> float | None:
    if field in fields:
        return values.parse_gain_db(fields[field][0])
    return values.parse_r128_gain_db(fields[r128_field][0]) if r128_field in fields else None

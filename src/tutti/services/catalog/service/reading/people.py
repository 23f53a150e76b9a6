"""Who made a track: its artists, the artists of its album, and all other credits with their roles."""

import re

import msgspec

from tutti.services.catalog.service.reading.raw_tags import MAX_VALUES, RawTags
from tutti.services.catalog.service.reading.splitting import Splitter
from tutti.services.catalog.service.reading.text import clean_name
from tutti.services.catalog.service.reading.track_tags import Credit, Credited, Role
from tutti.services.catalog.service.reading.values import parse_mbid

_ROLE_FIELDS: tuple[Role, ...] = (
    "composer",
    "lyricist",
    "writer",
    "conductor",
    "performer",
    "remixer",
    "producer",
    "arranger",
    "engineer",
    "mixer",
    "djmixer",
)
# ID3's involvements, as taggers write them in TIPL; any other is the instrument of a performer.
_INVOLVEMENTS: dict[str, Role] = {
    "arranger": "arranger",
    "composer": "composer",
    "conductor": "conductor",
    "dj-mix": "djmixer",
    "djmixer": "djmixer",
    "engineer": "engineer",
    "lyricist": "lyricist",
    "mix": "mixer",
    "mixer": "mixer",
    "performer": "performer",
    "producer": "producer",
    "remixer": "remixer",
    "writer": "writer",
}
# "Herbie Hancock (piano)", as Vorbis comments and APEv2 note performers.
_WITH_INSTRUMENT = re.compile(r"(.+?)\s*\(([^()]+)\)")


class People(msgspec.Struct):
    """All who are named in a file."""

    artists: list[Credited]
    album_artists: list[Credited]
    credits: list[Credit]


def read_people(raw: RawTags, splitter: Splitter, title: str) -> People:
    """Return the artists (without guests), the album's artists, and the credits (guests have the role `featured`)."""
    fields = raw.fields
    credited, guests = _artists(raw, splitter)
    if "(" in title or "[" in title:
        guests |= _guest_names(splitter.guests_in_title(title), splitter)
    artists = [artist for artist in credited if artist.name.casefold() not in guests]
    if not artists:  # "feat. B" alone: then B is the artist
        artists = credited
    main = {artist.name.casefold() for artist in artists}
    known = {artist.name.casefold(): artist for artist in credited}
    featured = [known.get(key) or Credited(name) for key, name in guests.items() if key not in main]
    credits_ = [Credit("featured", guest.name, None, guest.sort_name, guest.mbid) for guest in featured]
    _add_credits(raw, splitter, credits_)
    names = fields.get("albumartists") or fields.get("albumartist")
    album_artists = _credited(names, raw, splitter, "albumartistsort", "mb_albumartist") if names else []
    return People(artists, album_artists, credits_)


def _artists(raw: RawTags, splitter: Splitter) -> tuple[list[Credited], dict[str, str]]:
    """All artists whom the artist tags name, guests too, and the guests (name by folded name)."""
    written = raw.fields.get("artist") or []
    guests: dict[str, str] = {}
    main: list[str] = []
    for value in written:
        before, guest = splitter.split_featuring(value)
        main += [before] if before else []
        guests |= _guest_names(guest, splitter)
    # ARTISTS is a proper list where ARTIST is one text for display; it names the guests too.
    names = raw.fields.get("artists") or [*main, *guests.values()]
    return _credited(names, raw, splitter, "artistsort", "mb_artist"), guests


def _guest_names(text: str | None, splitter: Splitter) -> dict[str, str]:
    if text is None:
        return {}
    names = [clean_name(name) for name in splitter.split_artists(text)]
    return {name.casefold(): name for name in names if name}


def _credited(values: list[str], raw: RawTags, splitter: Splitter, sort_field: str, mbid_field: str) -> list[Credited]:
    """Artists with their sort names and ids, where there are as many of these as there are names."""
    names = _names(values, raw, splitter)
    fields = raw.fields
    if sort_field not in fields and mbid_field not in fields:
        return [Credited(name) for name in names]
    count = len(names)
    sort_names: list[str | None] = [*_names(fields.get(sort_field, []), raw, splitter)]
    mbids = [parse_mbid(part) for value in fields.get(mbid_field, []) for part in re.split("[;/,]", value)]
    if len(sort_names) != count:
        sort_names = [None] * count
    if len(mbids) != count:
        mbids = [None] * count
    return [Credited(*row) for row in zip(names, sort_names, mbids, strict=True)]


def _names(values: list[str], raw: RawTags, splitter: Splitter) -> list[str]:
    """Clean names: several values are a list already, a single one may hold several."""
    if len(values) == 1:
        values = splitter.split_artists(values[0], slash_lists=raw.slash_lists)
    seen: dict[str, None] = {}
    for value in values[:MAX_VALUES]:
        name = clean_name(value)
        if name:
            seen[name] = None
    return [*seen]


def _add_credits(raw: RawTags, splitter: Splitter, found: list[Credit]) -> None:
    for role in _ROLE_FIELDS:
        values = raw.fields.get(role)
        if values is None:
            continue
        if role == "performer":
            found += _performers(values)
        elif role == "composer" and "composersort" in raw.fields:
            composers = _credited(values, raw, splitter, "composersort", "")
            found += [Credit("composer", composer.name, None, composer.sort_name) for composer in composers]
        else:
            found += [Credit(role, name) for name in _names(values, raw, splitter)]
    for involvement, value in raw.people[:MAX_VALUES]:
        _add_involved(clean_name(involvement), value, splitter, found)
    # The same credit often stands in two frames.
    found[:] = list(dict.fromkeys(found))[:MAX_VALUES]


def _performers(values: list[str]) -> list[Credit]:
    found: list[Credit] = []
    for value in values:
        text = clean_name(value)
        match = _WITH_INSTRUMENT.fullmatch(text)
        if match is not None:
            found.append(Credit("performer", match[1], match[2].strip() or None))
        elif text:
            found.append(Credit("performer", text))
    return found


def _add_involved(involvement: str, value: str, splitter: Splitter, found: list[Credit]) -> None:
    role = _INVOLVEMENTS.get(involvement.lower())
    for part in splitter.split_artists(clean_name(value)):
        name = clean_name(part)
        if name:
            found.append(Credit(role, name) if role else Credit("performer", name, involvement or None))

"""Where a track belongs: its title, artists and album, its number and disc; from its tags, else from its path."""

import msgspec

from tutti.services.catalog.service.reading import values
from tutti.services.catalog.service.reading.path_tags import PathTags, read_path
from tutti.services.catalog.service.reading.text import clean_name
from tutti.services.catalog.service.reading.track_tags import Credited

Fields = dict[str, list[str]]


class Basics(msgspec.Struct):
    """`title` is empty only until `fill_from_path` was called."""

    title: str
    artists: list[Credited]
    album: str | None
    date: str | None
    track_number: int | None
    track_total: int | None
    disc_number: int | None
    disc_total: int | None
    disc_subtitle: str | None

    @property
    def complete(self) -> bool:
        """Whether the path could add nothing."""
        return bool(self.title and self.artists and self.album and self.track_number and self.disc_number)


def read_basics(fields: Fields, artists: list[Credited]) -> Basics:
    """Return what the tags say."""
    track_number, track_total = _number(fields, "track", "tracktotal")
    disc_number, disc_total = _number(fields, "disc", "disctotal")
    return Basics(
        title=first_name(fields, "title") or "",
        artists=artists,
        album=first_name(fields, "album"),
        date=first_date(fields, "date", "year", "releasedate"),
        track_number=track_number,
        track_total=track_total,
        disc_number=disc_number,
        disc_total=disc_total,
        disc_subtitle=first_name(fields, "discsubtitle"),
    )


def fill_from_path(basics: Basics, path: str) -> None:
    """Add what the tags lack. `path` is relative to the library's folder, which is no album."""
    said = read_path(path)
    if not basics.title:
        basics.title = clean_name(said.title) or "?"
    elif _is_whole_name(basics.title, path):
        said.track_number = None  # "99 Luftballons.mp3": the number is of the title
    basics.track_number = basics.track_number or said.track_number
    _fill_disc(basics, said)
    if basics.album is None:
        basics.album = _clean(said.album)
        basics.date = basics.date or said.date
    artist = _clean(said.artist)
    if not basics.artists and artist:
        basics.artists = [Credited(artist)]


def _fill_disc(basics: Basics, said: PathTags) -> None:
    if basics.disc_number is None:
        basics.disc_number = said.disc_number
        basics.disc_subtitle = basics.disc_subtitle or _clean(said.disc_subtitle)


def _is_whole_name(title: str, path: str) -> bool:
    return path.rpartition("/")[2].rpartition(".")[0].casefold() == title.casefold()


def _clean(value: str | None) -> str | None:
    return clean_name(value) or None if value else None


def first_name(fields: Fields, field: str) -> str | None:
    """Return a field's first value that is not empty, clean, as one line."""
    for value in fields.get(field, ()):
        name = clean_name(value)
        if name:
            return name
    return None


def first_date(fields: Fields, *names: str) -> str | None:
    """Return the first date in these fields, the most exact of the ranking ones first."""
    for name in names:
        for value in fields.get(name, ()):
            date = values.parse_date(value)
            if date is not None:
                return _with_day(date, fields) if name == "year" else date
    return None


def _with_day(year: str, fields: Fields) -> str:
    """ID3 before 2.4 keeps day and month apart from the year, as DDMM."""
    day_month = fields.get("daymonth", [""])[0].strip()
    if len(year) == 4 and len(day_month) == 4 and day_month.isdecimal():
        return values.parse_date(f"{year}-{day_month[2:]}-{day_month[:2]}") or year
    return year


def _number(fields: Fields, field: str, total_field: str) -> tuple[int | None, int | None]:
    if field not in fields and total_field not in fields:
        return None, None
    number, total = values.parse_number_of(fields.get(field, [""])[0])
    if total is None and total_field in fields:
        total = values.parse_number_of(fields[total_field][0])[0]
    return number, total

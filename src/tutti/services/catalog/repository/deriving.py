"""What an album or artist is called and bears: what most of its present tracks say, then the smallest.

Never what was written last: two scans in another order give the same catalogue. An album of which nothing is present
yet is called what the uploads say that are on their way to it: their uploaders look at it already.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy import Connection

from tutti.services.catalog.repository.bulk import insert_values, update_rows
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.folding import fold
from tutti.services.catalog.repository.overrides import keep_overrides
from tutti.services.catalog.repository.scanned import AlbumTags, ScannedArtist
from tutti.services.catalog.repository.search import reindex
from tutti.services.catalog.repository.upserting import resolve_artists
from tutti.services.catalog.tables import PROCESSING, album_artists, albums, artists, credits_, files, tracks

T = TypeVar("T")
Row = dict[str, Any]
SortKey = Callable[[str], str]
Said = tuple[AlbumTags, int]
"""What files say of their album, and how many say the same."""

VARIOUS_ARTISTS = ScannedArtist("Various Artists", "various artists", "various artists")
_PLAIN = ("date", "original_date", "catalog_number", "barcode", "mbid_release", "mbid_release_group", "cover_id")
_COLUMNS = ("title", "sort_title", "artist_name", "sort_artist", "year", "compilation", "labels", *_PLAIN)
_LEADERS = (album_artists.c.artist_id, album_artists.c.name, album_artists.c.sort_name, album_artists.c.mbid)

_TAGS = (
    sa.select(tracks.c.album_id, files.c.album_tags, sa.func.count())
    .join(files, files.c.track_id == tracks.c.id)
    .where(given(tracks.c.album_id, "ids"), tracks.c.present)
    .group_by(tracks.c.album_id, files.c.album_tags)
)
_WAITING = (
    sa.select(tracks.c.album_id, tracks.c.uploader_id, files.c.album_tags, sa.func.count())
    .join(files, files.c.track_id == tracks.c.id)
    .where(given(tracks.c.album_id, "ids"), tracks.c.state == PROCESSING, files.c.album_tags.is_not(None))
    .group_by(tracks.c.album_id, tracks.c.uploader_id, files.c.album_tags)
)
_FOLLOW_SORT_TITLE = (
    sa.update(tracks)
    .where(
        given(tracks.c.album_id, "ids"), tracks.c.album_id == albums.c.id, tracks.c.sort_album != albums.c.sort_title
    )
    .values(sort_album=albums.c.sort_title)
)


def derive_albums(db: Connection, album_ids: Iterable[str], at: datetime) -> set[str]:
    """Bring albums in line with their present tracks; return the artists that lead them now or did so before."""
    wanted = sorted(album_ids)
    asked = {"ids": id_list(wanted)}
    tags: defaultdict[str, list[Said]] = defaultdict(list)
    for album_id, said, count in db.execute(_TAGS, asked).all():
        if said is not None:
            tags[album_id].append((msgspec.convert(said, AlbumTags), count))
    tags.update(_said_by_waiting(db, [album_id for album_id in wanted if album_id not in tags]))
    if not tags:
        return set()
    leaders = {album_id: choose_artists(said) for album_id, said in tags.items()}
    derived = {
        album_id: {**choose_columns(said, leaders[album_id]), "artists": [each.name for each in leaders[album_id]]}
        for album_id, said in tags.items()
    }
    kept = keep_overrides(db, "album", derived)
    _write_changed(db, albums, kept, _COLUMNS, at)
    db.execute(_FOLLOW_SORT_TITLE, asked)
    by_hand = {album_id for album_id, fields in kept.items() if fields["artists"] is not derived[album_id]["artists"]}
    touched = _write_leaders(db, {id_: chosen for id_, chosen in leaders.items() if id_ not in by_hand}, at)
    reindex(db, album_ids=sorted(tags))
    return touched


def _said_by_waiting(db: Connection, album_ids: Sequence[str]) -> dict[str, list[Said]]:
    """Return what uploads that are not ready say of albums.

    Where several people upload to one at the same time, no more than what makes it the same album: none of them is
    shown what another has said before that is ready.
    """
    tags: defaultdict[str, list[Said]] = defaultdict(list)
    uploaders: defaultdict[str, set[str]] = defaultdict(set)
    if album_ids:
        for album_id, uploader_id, said, count in db.execute(_WAITING, {"ids": id_list(album_ids)}):
            tags[album_id].append((msgspec.convert(said, AlbumTags), count))
            uploaders[album_id].add(uploader_id)
    return {
        album_id: said if len(uploaders[album_id]) == 1 else [(_name_only(each), count) for each, count in said]
        for album_id, said in tags.items()
    }


def _name_only(said: AlbumTags) -> AlbumTags:
    return AlbumTags(
        title=said.title,
        sort_title=said.sort_title,
        artists=said.artists,
        by_album_artist=said.by_album_artist,
        compilation=said.compilation,
    )


def choose_artists(said: Sequence[Said]) -> tuple[ScannedArtist, ...]:
    """Return who leads an album: those tagged as its artists, else the one its tracks share, else many."""
    tagged = [(each.artists, count) for each, count in said if each.by_album_artist]
    if tagged:
        return most_frequent(tagged) or (VARIOUS_ARTISTS,)
    keys = {artist.name_key for each, _ in said for artist in each.artists}
    if len(keys) == 1:
        return most_frequent([(each.artists, count) for each, count in said]) or (VARIOUS_ARTISTS,)
    return (VARIOUS_ARTISTS,)


def choose_columns(said: Sequence[Said], leaders: Sequence[ScannedArtist]) -> Row:
    """Return the columns of an album."""
    columns: Row = {
        "artist_name": ", ".join(artist.name for artist in leaders),
        "sort_artist": ", ".join(artist.sort_name or artist.sort_key for artist in leaders)[:200],
        "compilation": any(each.compilation for each, _ in said),
    }
    if len(said) == 1:  # the tracks of most albums agree
        ((only, _),) = said
        columns |= {name: getattr(only, name) for name in ("title", "sort_title", "year", *_PLAIN)}
        columns["labels"] = list(only.labels)
        return columns
    columns |= {
        "title": most_frequent([(each.title, count) for each, count in said]),
        "sort_title": most_frequent([(each.sort_title, count) for each, count in said]),
        "year": most_frequent([(each.year, count) for each, count in said if each.year]) or 0,
        "labels": list(most_frequent([(each.labels, count) for each, count in said if each.labels]) or ()),
    }
    for name in _PLAIN:
        values = [(getattr(each, name), count) for each, count in said]
        columns[name] = most_frequent([(value, count) for value, count in values if value is not None])
    return columns


def most_frequent(counted: Sequence[tuple[T, int]]) -> T | None:
    """Return the value with the largest count in all, the smallest of several; None if there is none."""
    if len(counted) == 1:
        return counted[0][0]
    counts: Counter[T] = Counter()
    for value, count in counted:
        counts[value] += count
    return min(counts, key=lambda value: (-counts[value], _comparable(value)), default=None)


def _comparable(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def derive_artists(db: Connection, artist_ids: Sequence[str], sort_key: SortKey, at: datetime) -> None:
    """Name artists as most of their present tracks do, and give them the cover of their latest album."""
    asked = {"ids": id_list(artist_ids)}
    current = sa.select(artists.c.id, artists.c.name).where(given(artists.c.id, "ids"))
    names: dict[str, str] = {row[0]: row[1] for row in db.execute(current, asked).all()}
    said: defaultdict[str, list[tuple[str, str | None, str | None, int]]] = defaultdict(list)
    for statement in (_OF_CREDITS, _OF_ALBUMS):
        for artist_id, name, sort_name, mbid, count in db.execute(statement, asked).all():
            # One that was merged into this artist does not rename it.
            if artist_id in names and _is_alike(name, names[artist_id]):
                said[artist_id].append((name, sort_name, mbid, count))
    covers: dict[str, str | None] = {}
    for artist_id, cover_id in db.execute(_COVERS_OF_ARTISTS, asked).all():
        covers.setdefault(artist_id, cover_id)
    derived: dict[str, Row] = {}
    for artist_id, each in said.items():
        name = most_frequent([(row[0], row[3]) for row in each]) or names[artist_id]
        tagged = most_frequent([(row[1], row[3]) for row in each if row[1]])
        derived[artist_id] = {
            "name": name,
            "sort_name": tagged or sort_key(name),
            "mbid": most_frequent([(row[2], row[3]) for row in each if row[2]]),
            "cover_id": covers.get(artist_id),
        }
    _write_changed(db, artists, keep_overrides(db, "artist", derived), ("name", "sort_name", "mbid", "cover_id"), at)
    reindex(db, artist_ids=artist_ids)


def _is_alike(name: str, other: str) -> bool:
    return name == other or fold(name) == fold(other)


_OF_CREDITS = (
    sa.select(credits_.c.artist_id, credits_.c.name, credits_.c.sort_name, credits_.c.mbid, sa.func.count())
    .join(tracks, tracks.c.id == credits_.c.track_id)
    .where(given(credits_.c.artist_id, "ids"), tracks.c.present)
    .group_by(credits_.c.artist_id, credits_.c.name, credits_.c.sort_name, credits_.c.mbid)
)
_OF_ALBUMS = (
    sa.select(*_LEADERS, sa.func.count())
    .join(albums, albums.c.id == album_artists.c.album_id)
    .where(given(album_artists.c.artist_id, "ids"), albums.c.track_count > 0)
    .group_by(*_LEADERS)
)
_COVERS_OF_ARTISTS = (
    sa.select(album_artists.c.artist_id, albums.c.cover_id)
    .join(albums, albums.c.id == album_artists.c.album_id)
    .where(given(album_artists.c.artist_id, "ids"), albums.c.cover_id.is_not(None), albums.c.track_count > 0)
    .order_by(album_artists.c.artist_id, albums.c.year.desc(), albums.c.sort_title, albums.c.identity_key)
)


def _write_changed(
    db: Connection, table: sa.Table, wanted: dict[str, Row], columns: Sequence[str], at: datetime
) -> None:
    """Write the rows that are not yet as wanted."""
    statement = sa.select(table.c.id, *(table.c[name] for name in columns)).where(given(table.c.id, "ids"))
    present = {row[0]: tuple(row[1:]) for row in db.execute(statement, {"ids": id_list(wanted)}).all()}
    changed = [
        {"id": id_, **{name: fields[name] for name in columns}}
        for id_, fields in wanted.items()
        if id_ in present and present[id_] != tuple(fields[name] for name in columns)
    ]
    update_rows(db, table, changed, by=("id",), constant={"updated_at": at})


def _write_leaders(db: Connection, leaders: dict[str, tuple[ScannedArtist, ...]], at: datetime) -> set[str]:
    named = {artist.name_key: artist for chosen in leaders.values() for artist in chosen}
    ids = resolve_artists(db, named, at)
    wanted = {
        album_id: [
            (ids[artist.name_key], artist.name, artist.sort_name, artist.mbid)
            for artist in {ids[each.name_key]: each for each in reversed(chosen)}.values()
        ][::-1]
        for album_id, chosen in leaders.items()
    }
    present: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    statement = sa.select(album_artists.c.album_id, *_LEADERS).where(given(album_artists.c.album_id, "ids"))
    statement = statement.order_by(album_artists.c.position)
    for album_id, *leader in db.execute(statement, {"ids": id_list(wanted)}).all():
        present[album_id].append(tuple(leader))
    changed = {album_id: rows for album_id, rows in wanted.items() if present.get(album_id) != rows}
    if not changed:
        return set()
    gone = sa.delete(album_artists).where(given(album_artists.c.album_id, "ids"))
    db.execute(gone, {"ids": id_list(changed)})
    names = [column.name for column in _LEADERS]
    values = ((album_id, position, *row) for album_id, rows in changed.items() for position, row in enumerate(rows))
    insert_values(db, album_artists, ("album_id", "position", *names), values)
    before = {row[0] for album_id in changed for row in present.get(album_id, [])}
    return before | {row[0] for rows in changed.values() for row in rows}

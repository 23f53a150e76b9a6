"""Search over names, as people type: every word may be unfinished, and neither case, accents nor width count.

SQLite: an FTS5 table kept by triggers on ``catalog_search``. PostgreSQL: a GIN index over the same words as lexemes,
without a text-search parser, which would see addresses and hyphenations where there are names. A word that names the
kind stands in both indexes, so that few albums among many tracks are found without reading the tracks.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql
from sqlalchemy.sql import ColumnElement

from tutti.kit.db.engine import dump_json
from tutti.services.catalog.repository.bulk import insert_values, update_rows
from tutti.services.catalog.repository.constructs import given, id_list
from tutti.services.catalog.repository.folding import MAX_WORD_LENGTH, body_of, words
from tutti.services.catalog.repository.visibility import Sight, artist_in_sight, in_sight
from tutti.services.catalog.tables import albums, artists, search_entries, tracks

_Candidates = sa.Select[str, int]
Kind = Literal["artist", "album", "track"]
Entry = tuple[Kind, str, str]
"""A kind, an id, and the text by which it is found."""
MAX_WORDS = 12
_POOL = 200  # matches that are looked at before the best are chosen; more would not be better on a first page
_LAST = chr(0x10FFFF)
_BODIES = sa.select(search_entries.c.entity_id, search_entries.c.body).where(given(search_entries.c.entity_id, "ids"))
_INSERT_SQLITE = """
INSERT INTO catalog_search (kind, entity_id, body)
SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?)
"""


@dataclass(frozen=True)
class _Searched:
    """How one kind is searched."""

    id: sa.Column[str]
    sort_key: sa.Column[str]
    plays: sa.Column[int]
    shown: ColumnElement[bool]
    in_sight: ColumnElement[bool]


_SEARCHED: dict[Kind, _Searched] = {
    "track": _Searched(
        tracks.c.id, tracks.c.sort_title, tracks.c.play_count, tracks.c.present, in_sight(tracks.c.library_id)
    ),
    "album": _Searched(
        albums.c.id,
        albums.c.sort_title,
        albums.c.play_count,
        sa.or_(albums.c.track_count > 0, albums.c.by_hand),
        in_sight(albums.c.library_id),
    ),
    "artist": _Searched(
        artists.c.id,
        artists.c.sort_name,
        artists.c.play_count,
        sa.or_(artists.c.album_count > 0, artists.c.track_count > 0, artists.c.by_hand),
        artist_in_sight(),
    ),
}


def search(db: Connection, kind: Kind, query: str, key: str, limit: int, sight: Sight) -> list[str]:
    """Return ids of ``kind`` that match ``query``, best first; ``key`` is the sort key of ``query``.

    A name equal to the query comes before one that begins with it, and that before one that merely holds all its words,
    each perhaps unfinished; within a rank the most played come first.
    """
    searched = _SEARCHED[kind]
    found: dict[str, None] = {}
    for candidates in chain(_by_name(kind, key), _by_words(db.dialect.name, kind, query)):
        if sight.viewer_id is not None:
            candidates = candidates.where(searched.in_sight)
        rows = db.execute(candidates, sight.parameters).all()
        found.update(dict.fromkeys(id_ for id_, _ in sorted(rows, key=lambda row: (-row[1], row[0]))))
        if len(found) >= limit:
            break
    return list(found)[:limit]


def index_entities(db: Connection, entries: Iterable[Entry]) -> None:
    """Make kind, id and text findable, each text in place of the one before; an equal text writes nothing."""
    index_bodies(db, ((kind, id_, body_of(text)) for kind, id_, text in entries))


def index_bodies(db: Connection, entries: Iterable[Entry]) -> None:
    """Do the same with texts that `body_of` has folded already."""
    wanted = {entry[1]: entry for entry in entries}
    if not wanted:
        return
    present = dict(db.execute(_BODIES, {"ids": id_list(wanted)}).all())
    insert_bodies(db, [entry for id_, entry in wanted.items() if id_ not in present])
    changed = [
        {"entity_id": id_, "body": body}
        for id_, (_, _, body) in wanted.items()
        if body and present.get(id_, body) != body
    ]
    update_rows(db, search_entries, changed, by=("entity_id",))
    remove_entities(db, [id_ for id_ in present if not wanted[id_][2]])


def insert_bodies(db: Connection, entries: Iterable[Entry]) -> None:
    """Make findable what is not so yet; on SQLite by one statement, since FTS5 writes out at the end of each."""
    rows = [entry for entry in entries if entry[2]]
    if db.dialect.name != "sqlite":
        insert_values(db, search_entries, ("kind", "entity_id", "body"), rows)
    elif rows:
        db.exec_driver_sql(_INSERT_SQLITE, (dump_json(rows),))


def remove_entities(db: Connection, ids: Sequence[str]) -> None:
    """Forget the entities, of whatever kind."""
    if ids:
        db.execute(sa.delete(search_entries).where(given(search_entries.c.entity_id, "ids")), {"ids": id_list(ids)})


def reindex(
    db: Connection,
    *,
    track_ids: Sequence[str] = (),
    album_ids: Sequence[str] = (),
    artist_ids: Sequence[str] = (),
) -> None:
    """Index the entities by what their rows say now, and forget those whose rows are gone.

    A track is found by its title, artists and album, an album by its title and artists, an artist by name.
    """
    _reindex(db, "track", track_ids, (tracks.c.title, tracks.c.artist_name, albums.c.title))
    _reindex(db, "album", album_ids, (albums.c.title, albums.c.artist_name))
    _reindex(db, "artist", artist_ids, (artists.c.name, artists.c.name_key))


def _reindex(db: Connection, kind: Kind, ids: Sequence[str], text: Sequence[ColumnElement[str]]) -> None:
    if not ids:
        return
    searched = _SEARCHED[kind]
    statement = sa.select(searched.id, *text).where(given(searched.id, "ids"))
    if kind == "track":
        statement = statement.select_from(tracks.outerjoin(albums, albums.c.id == tracks.c.album_id))
    rows = db.execute(statement, {"ids": id_list(ids)}).all()
    index_entities(db, [(kind, id_, " ".join(filter(None, parts))) for id_, *parts in rows])
    remove_entities(db, list(set(ids) - {row[0] for row in rows}))


def _by_name(kind: Kind, key: str) -> Iterator[_Candidates]:
    searched = _SEARCHED[kind]
    if key:
        yield _candidates(searched).where(searched.sort_key == key)
        yield _candidates(searched).where(searched.sort_key >= key, searched.sort_key < key + _LAST)


def _by_words(dialect: str, kind: Kind, query: str) -> Iterator[_Candidates]:
    typed = [word[:MAX_WORD_LENGTH] for word in words(query)[:MAX_WORDS]]
    if typed:
        matching = (_matching_sqlite if dialect == "sqlite" else _matching_postgresql)(kind, typed)
        searched = _SEARCHED[kind]
        yield _candidates(searched).join(matching, matching.c.entity_id == searched.id)


def _candidates(searched: _Searched) -> _Candidates:
    return sa.select(searched.id, searched.plays).where(searched.shown).limit(_POOL)


def _matching_sqlite(kind: Kind, typed: Sequence[str]) -> sa.Subquery:
    # Words are letters, digits and marks, so quoting them leaves FTS5 nothing to read as an operator.
    query = " AND ".join([f'kind : "{kind}"', *(f'body : "{word}" *' for word in typed)])
    index = sa.table("catalog_search_index", sa.column("rowid", sa.Integer))
    match = sa.literal_column("catalog_search_index").op("MATCH")(sa.literal(query))
    statement = sa.select(search_entries.c.entity_id).join(index, index.c.rowid == search_entries.c.id)
    return statement.where(match).subquery("matching")


def _matching_postgresql(kind: Kind, typed: Sequence[str]) -> sa.Subquery:
    query = " & ".join([f"'={kind}'", *(f"'{word}':*" for word in typed)])
    vector: ColumnElement[Any] = sa.literal_column(
        "array_to_tsvector(string_to_array('=' || kind || ' ' || body, ' '))"
    )
    match = vector.op("@@")(sa.cast(sa.literal(query), postgresql.TSQUERY))
    return sa.select(search_entries.c.entity_id).where(match).subquery("matching")

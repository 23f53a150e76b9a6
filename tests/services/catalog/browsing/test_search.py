"""Search as people type: unfinished, in any order, without accents, and never an error."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from support.browsing import ADMIN, LISTENER, Catalogue
from tutti.services.catalog.api.patches import NewAlbum, NewArtist
from tutti.services.catalog.repository.folding import words
from tutti.services.catalog.repository.search import index_entities, reindex, remove_entities
from tutti.services.catalog.tables import artists, search_entries, tracks

KINDS: Any = ("track", "album", "artist")
slow_fixtures = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def make_artists(catalogue: Catalogue, *names: str) -> None:
    for name in names:
        await catalogue.editing.create_artist(NewArtist(name=name))


async def artists_found(catalogue: Catalogue, query: str) -> list[str]:
    return [artist.name for artist in (await catalogue.browsing.search(ADMIN, query, ["artist"], 50)).artists]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("sigur", "Sigur Rós"),
        ("ros sig", "Sigur Rós"),
        ("SIGUR RÓS", "Sigur Rós"),
        ("bjork", "Björk"),
        ("ac/dc", "AC/DC"),
        ("ac dc", "AC/DC"),
        ("the roots", "The Roots"),
        ("roots", "The Roots"),
        ("guns n", "Guns N’ Roses"),
        ("guns 'n", "Guns N’ Roses"),
        ("音ミ", "初音ミク"),
        ("동방", "동방신기"),
        ("!!", "!!!"),
        ("кино", "Кино́"),
        ("orst", "Ørsted"),
        ("ｆｕｌｌ", "Fullwidth"),
    ],
)
async def test_a_name_is_found_as_it_is_typed(catalogue: Catalogue, query: str, name: str) -> None:
    await make_artists(catalogue, name, "Nobody Else")
    assert name in await artists_found(catalogue, query)
    assert "Nobody Else" not in await artists_found(catalogue, query)


async def test_the_exact_name_comes_before_one_that_begins_so_and_that_before_one_that_holds_it(
    catalogue: Catalogue,
) -> None:
    await make_artists(catalogue, "New Zyx Order", "Zyxophone", "The Zyx", "Zyx Band", "Azyx")
    assert await artists_found(catalogue, "zyx") in (
        ["The Zyx", "Zyx Band", "Zyxophone", "New Zyx Order"],
        ["The Zyx", "Zyxophone", "Zyx Band", "New Zyx Order"],
    )


async def test_the_most_played_comes_first_among_equals(catalogue: Catalogue) -> None:
    await make_artists(catalogue, "Qqa One", "Qqa Two", "Qqa Three")
    played = sa.update(artists).where(artists.c.name == "Qqa Two").values(play_count=9)
    await catalogue.db.write(lambda db: db.execute(played))
    assert (await artists_found(catalogue, "qqa"))[0] == "Qqa Two"


async def test_a_track_is_found_by_title_and_artist_and_album_together(catalogue: Catalogue) -> None:
    track = await catalogue.browsing.get_track(ADMIN, catalogue.seeded.track_ids[17])
    assert track.album_title
    query = f"{track.title.split()[-1]} {track.artist_name} {track.album_title}"
    found = await catalogue.browsing.search(ADMIN, query, KINDS, 5)
    assert track.id in [found_track.id for found_track in found.tracks]
    assert found.artists == [], "no artist is called all of that"


@slow_fixtures
@given(st.text(max_size=80) | st.text(alphabet="\"'*:^()-+&|!<>%_\\{}~ abNEARDOT", max_size=40))
@example('"')
@example("a* OR (b NEAR c")
@example("kind:track")
@example("' & ! | <-> :*")
@example("\0\ud800")
async def test_any_text_is_a_query(catalogue: Catalogue, query: str) -> None:
    found = await catalogue.browsing.search(ADMIN, query, KINDS, 3)
    assert all(len(kind) <= 3 for kind in (found.tracks, found.albums, found.artists))


@slow_fixtures
@given(st.data())
async def test_whatever_words_begin_a_name_find_it(catalogue: Catalogue, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(catalogue.seeded.artist_ids) - 1))
    name = catalogue.seeded.artist_names[number]
    typed = data.draw(st.permutations(words(name)))
    unfinished = [word[: data.draw(st.integers(1, len(word)))] for word in typed[: data.draw(st.integers(1, 4))]]
    assert name in await artists_found(catalogue, " ".join([*unfinished, str(number)]))


async def test_nothing_hidden_or_missing_is_found(catalogue: Catalogue) -> None:
    hidden = await catalogue.browsing.get_album(ADMIN, catalogue.seeded.album_ids[3])
    for query in (hidden.title, hidden.title[:3], hidden.title.split()[-1]):
        found = await catalogue.browsing.search(LISTENER, query, KINDS, 50)
        assert hidden.id not in {album.id for album in found.albums}
        assert hidden.id not in {track.album_id for track in found.tracks}
        assert hidden.id in {album.id for album in (await catalogue.browsing.search(ADMIN, query, KINDS, 50)).albums}
    missing = catalogue.seeded.track_ids[49]
    title = await catalogue.db.read(lambda db: db.scalar(sa.select(tracks.c.title).where(tracks.c.id == missing)))
    assert missing not in {track.id for track in (await catalogue.browsing.search(ADMIN, title, KINDS, 50)).tracks}


async def test_the_index_follows_its_rows_and_is_written_for_changes_alone(catalogue: Catalogue) -> None:
    album_id = await catalogue.editing.create_album(NewAlbum(title="Vanishing", artists=["Who"]))

    def bodies(db: Connection) -> dict[str, str]:
        return dict(db.execute(sa.select(search_entries.c.entity_id, search_entries.c.body)).all())

    before = await catalogue.db.read(bodies)
    assert before[album_id] == "vanishing who"
    await catalogue.db.write(index_entities, [("album", album_id, "Other Text")])
    assert (await catalogue.db.read(bodies))[album_id] == "other text"
    await catalogue.db.write(reindex, album_ids=[album_id, *catalogue.seeded.album_ids])
    assert await catalogue.db.read(bodies) == before
    await catalogue.db.write(remove_entities, [album_id])
    assert album_id not in await catalogue.db.read(bodies)


async def test_only_the_asked_kinds_are_searched(catalogue: Catalogue) -> None:
    found = await catalogue.browsing.search(ADMIN, "a", ["album"], 50)
    assert found.albums
    assert not found.tracks
    assert not found.artists

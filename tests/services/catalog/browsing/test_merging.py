"""Two that are one: artists under several names, albums in several pieces."""

import pytest
import sqlalchemy as sa

from support.browsing import ADMIN, Catalogue
from tutti.services.catalog.api import AlbumNotFound, AlbumsMerged, ArtistNotFound, ArtistsMerged, CannotMerge
from tutti.services.catalog.api.patches import ArtistPatch, NewAlbum, TrackPatch
from tutti.services.catalog.tables import album_aliases, artist_aliases


async def test_a_merged_artist_lives_on_in_the_other(catalogue: Catalogue) -> None:
    into, gone = catalogue.seeded.artist_ids[0], catalogue.seeded.artist_ids[1]
    before = [await catalogue.browsing.get_artist(ADMIN, id_) for id_ in (into, gone)]
    shared = catalogue.seeded.track_ids[0]  # credited to both
    await catalogue.editing.edit(ADMIN, "artist", gone, ArtistPatch(biography="lost"))
    await catalogue.editing.merge_artists(into, [gone])

    after = await catalogue.browsing.get_artist(ADMIN, into)
    assert {album.id for album in after.albums} == {album.id for artist in before for album in artist.albums}
    assert after.play_count == sum(artist.play_count for artist in before)
    assert after.album_count == len(after.albums)
    assert [artist.id for artist in (await catalogue.browsing.get_track(ADMIN, shared)).artists] == [into]
    with pytest.raises(ArtistNotFound):
        await catalogue.browsing.get_artist(ADMIN, gone)
    assert ArtistsMerged(from_id=gone, into_id=into) in catalogue.told

    await catalogue.editing.edit(ADMIN, "track", catalogue.seeded.track_ids[99], TrackPatch(artists=[before[1].name]))
    credited = (await catalogue.browsing.get_track(ADMIN, catalogue.seeded.track_ids[99])).artists
    assert [artist.id for artist in credited] == [into], "the name that went means the artist that is left"


async def test_aliases_follow_a_second_merge(catalogue: Catalogue) -> None:
    first, second, third = catalogue.seeded.artist_ids[:3]
    await catalogue.editing.merge_artists(second, [first])
    await catalogue.editing.merge_artists(third, [second])
    meant = await catalogue.db.read(lambda db: set(db.scalars(sa.select(artist_aliases.c.artist_id))))
    assert meant == {third}


async def test_a_merged_album_gives_its_tracks(catalogue: Catalogue) -> None:
    into, gone = catalogue.seeded.album_ids[0], catalogue.seeded.album_ids[1]
    await catalogue.editing.merge_albums(into, [gone])
    album = await catalogue.browsing.get_album(ADMIN, into)
    assert {track.id for disc in album.discs for track in disc.tracks} == set(catalogue.seeded.track_ids[:20])
    assert album.track_count == 20
    with pytest.raises(AlbumNotFound):
        await catalogue.browsing.get_album(ADMIN, gone)
    assert AlbumsMerged(from_id=gone, into_id=into) in catalogue.told
    assert await catalogue.db.read(lambda db: db.scalar(sa.select(album_aliases.c.album_id))) == into
    assert (await catalogue.browsing.get_artist(ADMIN, catalogue.seeded.artist_ids[0])).album_count == 1


async def test_an_album_made_by_hand_takes_the_library_of_what_joins_it(catalogue: Catalogue) -> None:
    into = await catalogue.editing.create_album(NewAlbum(title="Whole", artists=["Artist 0"]))
    hidden = catalogue.seeded.album_ids[3]
    await catalogue.editing.merge_albums(into, [hidden])
    assert (await catalogue.browsing.get_album(ADMIN, into)).library_id == catalogue.seeded.library_ids[1]


async def test_what_cannot_be_one_is_refused(catalogue: Catalogue) -> None:
    first, second, _, hidden = catalogue.seeded.album_ids[:4]
    for from_ids in ([first], [second, second], [hidden]):
        with pytest.raises(CannotMerge):
            await catalogue.editing.merge_albums(first, from_ids)
    with pytest.raises(AlbumNotFound):
        await catalogue.editing.merge_albums(first, [catalogue.seeded.artist_ids[0]])
    assert catalogue.told == []

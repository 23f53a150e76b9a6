"""Who made a track."""

from tutti.services.catalog.service.reading.people import People, read_people
from tutti.services.catalog.service.reading.raw_tags import RawTags
from tutti.services.catalog.service.reading.splitting import splitter_for
from tutti.services.catalog.service.reading.track_tags import Credit, Credited, TagRules

IDS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(5)]


def people(title: str = "", *, slash_lists: bool = False, **fields: list[str]) -> People:
    raw = RawTags(fields=fields, slash_lists=slash_lists)
    return read_people(raw, splitter_for(TagRules()), title)


def names(found: list[Credited]) -> list[str]:
    return [artist.name for artist in found]


def test_values_are_taken_as_they_are_where_there_are_several() -> None:
    assert names(people(artist=["One; Two", "Three"]).artists) == ["One; Two", "Three"]
    assert names(people(artist=["One; Two"]).artists) == ["One", "Two"]


def test_a_guest_is_a_credit_not_an_artist() -> None:
    found = people(artist=["One feat. Two; Three"])
    assert names(found.artists) == ["One"]
    assert found.credits == [Credit("featured", "Two"), Credit("featured", "Three")]


def test_a_guest_in_the_title_too() -> None:
    found = people("Song (feat. Two)", artist=["One"])
    assert (names(found.artists), found.credits) == (["One"], [Credit("featured", "Two")])
    again = people("Song (feat. Two)", artist=["One feat. Two"])
    assert (names(again.artists), again.credits) == (["One"], [Credit("featured", "Two")])


def test_the_list_beside_the_display_name() -> None:
    """Picard: ARTIST for people to read, ARTISTS and the ids as lists of the same order."""
    found = people(
        artist=["One feat. Two"],
        artists=["One", "Two"],
        artistsort=["One, The", "Two, The"],
        mb_artist=IDS[:2],
    )
    assert found.artists == [Credited("One", "One, The", IDS[0])]
    assert found.credits == [Credit("featured", "Two", None, "Two, The", IDS[1])]


def test_ids_belong_to_names_only_if_they_are_as_many() -> None:
    assert people(artist=["One; Two"], mb_artist=IDS[:2]).artists == [
        Credited("One", None, IDS[0]),
        Credited("Two", None, IDS[1]),
    ]
    assert people(artist=["One; Two"], mb_artist=["/".join(IDS[:2])]).artists[1].mbid == IDS[1]
    assert people(artist=["One; Two"], mb_artist=IDS[:3]).artists == [Credited("One"), Credited("Two")]
    assert people(artist=["One"], mb_artist=["nonsense"]).artists == [Credited("One")]


def test_a_guest_alone_is_the_artist() -> None:
    assert names(people(artist=["(feat. One)"]).artists) == ["One"]


def test_all_guests_of_a_title_may_be_its_artists() -> None:
    assert names(people("Song (feat. One)", artist=["One"]).artists) == ["One"]


def test_roles() -> None:
    found = people(
        composer=["Lennon; McCartney"],
        composersort=["Lennon, John; McCartney, Paul"],
        lyricist=["Lennon"],
        performer=["Starr (drums and tambourine)", "Harrison"],
        producer=["Martin"],
        djmixer=["Mixer"],
    )
    assert found.credits == [
        Credit("composer", "Lennon", None, "Lennon, John"),
        Credit("composer", "McCartney", None, "McCartney, Paul"),
        Credit("lyricist", "Lennon"),
        Credit("performer", "Starr", "drums and tambourine"),
        Credit("performer", "Harrison"),
        Credit("producer", "Martin"),
        Credit("djmixer", "Mixer"),
    ]


def test_involved_people_of_id3() -> None:
    raw = RawTags(people=[("DJ-mix", "A"), ("mix", "B"), ("guitar", "C"), ("engineer", ""), ("producer", "D; E")])
    assert read_people(raw, splitter_for(TagRules()), "").credits == [
        Credit("djmixer", "A"),
        Credit("mixer", "B"),
        Credit("performer", "C", "guitar"),
        Credit("producer", "D"),
        Credit("producer", "E"),
    ]


def test_the_same_credit_counts_once() -> None:
    raw = RawTags(fields={"producer": ["Eno"]}, people=[("producer", "Eno")])
    assert read_people(raw, splitter_for(TagRules()), "").credits == [Credit("producer", "Eno")]


def test_slash_lists() -> None:
    assert names(people(artist=["One/Two"], slash_lists=True).artists) == ["One", "Two"]
    assert names(people(artist=["AC/DC"], slash_lists=True).artists) == ["AC/DC"]
    assert names(people(artist=["One/Two"]).artists) == ["One/Two"]


def test_album_artists() -> None:
    found = people(artist=["One"], albumartist=["A; B"], albumartistsort=["A, The; B, The"], mb_albumartist=IDS[:2])
    assert found.album_artists == [Credited("A", "A, The", IDS[0]), Credited("B", "B, The", IDS[1])]
    assert people(artist=["One"]).album_artists == []


def test_nobody() -> None:
    assert people() == People([], [], [])
    assert people(artist=["\0", " "]) == People([], [], [])

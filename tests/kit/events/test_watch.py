"""What a watch has heard already: each place once, in whatever order a batch comes."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from tutti.kit.events.jetstream import watch
from tutti.kit.events.jetstream.watch import Heard

BATCH = 4


@given(st.lists(st.permutations(range(BATCH)), max_size=10), st.integers(0, 5))
def test_each_place_is_new_once(batches: list[list[int]], after: int) -> None:
    sent = [number * BATCH + place + 1 for number, batch in enumerate(batches) for place in batch]
    with patch.object(watch, "_REMEMBERED", BATCH):
        heard = Heard(after)
        assert [place for place in sent if heard.is_new(place)] == [place for place in sent if place > after]
        assert not any(heard.is_new(place) for place in sent)
        assert len(heard._places) <= BATCH

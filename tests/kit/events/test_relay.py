"""What the relay sends between two statements: little enough that it is done before it is taken for one that hangs."""

from collections import Counter
from unittest.mock import patch

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contract.transports import Counted
from tutti.kit.events.event import seal
from tutti.kit.events.item import Item
from tutti.kit.events.jetstream import relay

BYTES = 100
ROUNDS = 3


def item(place: int, subject: str, size: int) -> Item:
    envelope = seal(Counted(subject=subject, number=place))
    return Item(seq=place, envelope=msgspec.structs.replace(envelope, payload=msgspec.Raw(b"x" * size)))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, BYTES)), max_size=40))
def test_parts_are_small_and_together_all_there_is(told: list[tuple[str, int]]) -> None:
    items = [item(place, *each) for place, each in enumerate(told, 1)]
    with patch.multiple(relay, _PART_BYTES=BYTES, _PART_ROUNDS=ROUNDS):
        parts = list(relay._in_parts(items))
    assert [each for part in parts for each in part] == items
    for part in parts:
        sizes = [memoryview(each.envelope.payload).nbytes for each in part]
        assert sum(sizes[:-1]) < BYTES
        assert max(Counter(each.key for each in part).values()) <= ROUNDS
    for part in parts[:-1]:
        whole = sum(memoryview(each.envelope.payload).nbytes for each in part) >= BYTES
        assert whole or max(Counter(each.key for each in part).values()) == ROUNDS

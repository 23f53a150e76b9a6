"""Identifiers: UUIDv7, in the order they were made. Receipts of events are purged by that order."""

import itertools
import re
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import RFC_4122, UUID

from tutti.kit.ids import new_id

THREADS = 8
EACH = 5_000


def milliseconds(id_: str) -> int:
    """RFC 9562 §5.7: the first 48 bits."""
    return int(id_.replace("-", "")[:12], 16)


def test_an_id_is_a_uuid_of_version_7_in_lower_case() -> None:
    id_ = new_id()
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", id_)
    assert (UUID(id_).version, UUID(id_).variant) == (7, RFC_4122)


def test_an_id_holds_the_time_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    id_ = new_id()
    assert before <= milliseconds(id_) <= time.time_ns() // 1_000_000


def test_ids_rise_within_a_process() -> None:
    made = [new_id() for _ in range(100_000)]
    assert len({milliseconds(id_) for id_ in made}) < len(made)  # many within one millisecond
    assert all(one < other for one, other in itertools.pairwise(made))


def test_ids_of_many_threads_are_distinct_and_rise_in_each() -> None:
    together = Barrier(THREADS)

    def make(_: int) -> list[str]:
        together.wait()
        return [new_id() for _ in range(EACH)]

    with ThreadPoolExecutor(THREADS) as threads:
        made = list(threads.map(make, range(THREADS)))
    for ids in made:
        assert all(one < other for one, other in itertools.pairwise(ids))
    assert len(set(itertools.chain.from_iterable(made))) == THREADS * EACH


def test_what_was_made_before_sorts_before_across_threads() -> None:
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        made = [turn.submit(new_id).result() for _ in range(2_000) for turn in (one, other)]
    assert made == sorted(made)

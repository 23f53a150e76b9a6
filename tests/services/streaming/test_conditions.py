"""Conditions of a request, and what a file's date proves."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.services.streaming.service.conditions import Validators, check_conditions, range_applies, validators_of

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
HAS = Validators('"a"', NOON)
UNDATED = Validators('"a"', None)
SECONDS = st.integers(0, 2**33)
CONDITIONS = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since")


@pytest.mark.parametrize(
    ("if_range", "applies"),
    [
        (None, True),
        ('"a"', True),
        ('"b"', False),
        ('W/"a"', False),
        ("Sat, 21 Nov 2026 12:00:00 GMT", True),
        ("Sat, 21 Nov 2026 13:00:00 +0100", True),
        ("Sat, 21 Nov 2026 12:00:01 GMT", False),
        ("Sat, 21 Nov 2026 11:59:59 GMT", False),
        ("Sat, 21 Nov 2026 12:00:00 +99999999999999", False),
        ("yesterday", False),
    ],
)
def test_a_part_of_another_content_is_not_continued(if_range: str | None, applies: bool) -> None:
    assert range_applies(if_range, HAS) is applies


def test_a_date_that_proves_nothing_continues_nothing() -> None:
    assert not range_applies("Sat, 21 Nov 2026 12:00:00 GMT", UNDATED)
    assert range_applies('"a"', UNDATED)
    assert check_conditions({"if-modified-since": "Sat, 21 Nov 2026 12:00:00 GMT"}, UNDATED) == 200
    assert check_conditions({"if-unmodified-since": "Sat, 21 Nov 2026 12:00:00 GMT"}, UNDATED) == 412


@given(SECONDS, st.integers(0, 10**9 - 1), SECONDS)
def test_a_date_is_proof_once_its_second_is_over(written: int, ns: int, present: int) -> None:
    said = validators_of(5, written * 10**9 + ns, float(present))
    assert (said.modified is None) is (present < written + 1)
    if said.modified is not None:
        assert said.modified.timestamp() == written


@pytest.mark.parametrize("moment_s", [-(10**10), -1, 2**40, 2**62])
def test_no_date_of_a_file_is_too_odd(moment_s: int) -> None:
    assert validators_of(5, moment_s * 10**9, 1_800_000_000.0).modified is None


def test_a_file_that_is_written_again_has_another_tag() -> None:
    tags = {validators_of(size, mtime_ns, 0.0).etag for size in (5, 6) for mtime_ns in (10**18, 10**18 + 1)}
    assert len(tags) == 4


@given(st.dictionaries(st.sampled_from(CONDITIONS), st.text(max_size=60) | st.datetimes().map(str), max_size=4))
def test_no_header_breaks_it(headers: dict[str, str]) -> None:
    assert check_conditions(headers, HAS) in (200, 304, 412)
    assert range_applies(headers.get("if-match"), HAS) in (True, False)

"""Byte ranges, against a slow and plain reading of RFC 9110."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.services.streaming.service.ranges import ByteRange, Unsatisfiable, parse_range

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-", ByteRange(0, 999)),
        ("bytes=0-0", ByteRange(0, 0)),
        ("bytes=999-", ByteRange(999, 999)),
        ("bytes=500-5000", ByteRange(500, 999)),
        ("bytes=-1", ByteRange(999, 999)),
        ("bytes=-5000", ByteRange(0, 999)),
        ("BYTES = 1 - 2", ByteRange(1, 2)),
        ("bytes=2000-3000, 10-20, 30-40", ByteRange(10, 20)),
        ("bytes=5-2", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("bytes=1-2-3", None),
        ("bytes=", None),
        ("lines=1-2", None),
        ("bytes=٣-٤", None),
        ("bytes=" + "9" * 40 + "-", None),
        ("bytes=" + ",".join(["0-1"] * 1000), None),
    ],
)
def test_a_header_means_what_the_rfc_says(header: str | None, expected: ByteRange | None) -> None:
    assert parse_range(header, SIZE) == expected


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0", "bytes=1000-1001,2000-"])
def test_beyond_the_end_is_said(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        parse_range(header, SIZE)


@given(st.integers(0, 300), st.integers(0, 300) | st.none(), st.integers(1, 200))
def test_a_range_is_the_bytes_a_slice_would_give(start: int, end: int | None, size: int) -> None:
    content = bytes(n % 256 for n in range(size))
    header = f"bytes={start}-{'' if end is None else end}"
    wanted = content[start : (size if end is None else end + 1)]
    if end is not None and end < start:
        assert parse_range(header, size) is None
    elif not wanted:
        with pytest.raises(Unsatisfiable):
            parse_range(header, size)
    else:
        found = parse_range(header, size)
        assert found is not None
        assert content[found.start : found.end + 1] == wanted
        assert found.length == len(wanted)


@given(st.text(max_size=60) | st.from_regex(r"bytes=[0-9, -]{0,20}", fullmatch=True), st.integers(0, 50))
def test_any_header_is_a_range_inside_or_none(header: str, size: int) -> None:
    try:
        found = parse_range(header, size)
    except Unsatisfiable:
        return
    if found is not None:
        assert 0 <= found.start <= found.end < size

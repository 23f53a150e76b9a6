"""The cache: bounded, least recently heard first, never under somebody's ears."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.services.streaming.service.cache import RenditionCache


def opened(folder: Path, limit_bytes: int = 1000) -> RenditionCache:
    cache = RenditionCache(folder, limit_bytes)
    cache.load()
    return cache


def keep(cache: RenditionCache, key: str, size: int) -> None:
    part = cache.new_part(key)
    part.write_bytes(b"x" * size)
    cache.keep(key, part)


def test_the_least_recently_heard_goes_first(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    for key in "abc":
        keep(cache, key, 400 if key == "c" else 300)
    assert cache.find("a") is not None
    keep(cache, "d", 300)
    assert [key for key in "abcd" if cache.find(key)] == ["a", "c", "d"]


def test_what_is_heard_stays_until_it_is_over(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a", 900)
    with cache.in_use("a"):
        keep(cache, "b", 900)
        assert cache.path("a").exists()
    assert cache.size_bytes <= 1000


def test_what_is_being_made_counts_and_makes_others_go(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a", 600)
    part = cache.new_part("b")
    part.write_bytes(b"x" * 500)
    cache.grow(part, 300)
    assert cache.find("a") is not None
    cache.grow(part, 500)
    assert cache.find("a") is None
    assert cache.size_bytes == 500
    cache.drop(part)
    assert cache.size_bytes == 0
    assert list(tmp_path.iterdir()) == []


def test_a_rendition_that_was_made_twice_counts_once(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a", 600)
    keep(cache, "a", 600)
    assert cache.find("a") is not None
    assert cache.size_bytes == 600


def test_a_restart_finds_what_was_kept_and_sweeps_what_was_not(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "old", 300)
    keep(cache, "new", 300)
    os.utime(cache.path("old"), (1, 1))
    cache.new_part("broken").write_bytes(b"half")
    again = opened(tmp_path, 500)
    assert again.find("new") is not None
    assert again.find("old") is None
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_when_it_was_heard_outlasts_a_restart_and_is_not_when_it_was_made(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    for at, key in enumerate(("heard", "unheard"), 1):
        keep(cache, key, 300)
        os.utime(cache.path(key), (at, at))
    found = cache.find("heard")
    assert found is not None
    assert found.stat().st_mtime_ns == 1_000_000_000, "answers say that it was modified then"
    again = opened(tmp_path, 500)
    assert [key for key in ("heard", "unheard") if again.find(key)] == ["heard"]


def test_an_emptied_folder_is_no_error(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    keep(cache, "a", 10)
    cache.path("a").unlink()
    assert cache.find("a") is None
    assert cache.size_bytes == 0


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 500)), max_size=30))
def test_it_never_takes_more_than_its_limit(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    cache = opened(folder)
    for key, size in steps:
        if cache.find(key) is None:
            keep(cache, key, size)
        on_disk = sum(path.stat().st_size for path in folder.iterdir())
        assert on_disk == cache.size_bytes <= 1000


def test_a_group_is_forgotten_as_soon_as_nobody_listens(tmp_path: Path) -> None:
    cache = opened(tmp_path)
    for key in ("a-1", "a-2", "ab-1", "b"):
        keep(cache, key, 100)
    with cache.in_use("a-2"):
        cache.forget("a")
        assert [path.name for path in sorted(tmp_path.iterdir())] == ["a-2", "ab-1", "b"]
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["ab-1", "b"]
    assert cache.size_bytes == 200
    again = opened(tmp_path)
    again.forget("ab")
    again.forget("unknown")
    assert [path.name for path in tmp_path.iterdir()] == ["b"]

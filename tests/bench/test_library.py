"""The generator: real, distinct, the same for the same seed."""

from pathlib import Path

import mutagen
import pytest
from bench.library import generate
from bench.library.plan import FORMATS, plan

TRACKS = 400


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("library")
    assert generate(root, tracks=TRACKS, seed=7) == TRACKS
    return root


def test_every_planned_file_is_there_and_reads_as_audio(library: Path) -> None:
    planned = [track for album in plan(TRACKS, 7) for track in album.tracks]
    assert len({track.path for track in planned}) == TRACKS
    for track in planned[::7]:
        audio = mutagen.File(library / track.path, easy=True)
        assert audio is not None
        assert audio.info.length > 0.5
        assert audio["title"] == track.tags["title"]
        assert audio["artist"] == track.tags["artist"]


def test_it_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    def paths(seed: int) -> list[str]:
        return [track.path for album in plan(100, seed) for track in album.tracks]

    assert paths(1) == paths(1)
    assert paths(1) != paths(2)


def test_it_holds_what_real_libraries_hold() -> None:
    albums = list(plan(5000, 3))
    tracks = [track for album in albums for track in album.tracks]
    assert {album.suffix for album in albums} == set(FORMATS)
    assert any(track.tags["discnumber"][0].startswith("2/") for track in tracks)
    assert any(len(track.tags["artist"]) > 1 for track in tracks)
    assert any("compilation" in track.tags for track in tracks)
    assert any(not track.tags["title"][0].isascii() for track in tracks)
    assert any(album.folder_cover is not None for album in albums)
    assert any(track.cover is not None for track in tracks)

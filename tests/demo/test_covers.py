"""The covers: every album has one of its own, and it is a picture."""

from itertools import combinations

import numpy as np
import pytest
from PIL import Image

from tutti.demo.covers.canvas import SIDE_PX, jpeg
from tutti.demo.library import ALBUMS
from tutti.demo.studio import PAINTINGS

_SEED = 7


@pytest.fixture(scope="module")
def thumbnails() -> dict[str, np.ndarray]:
    """The paintings, 16 pixels wide."""
    return {name: np.asarray(_painted(name).resize((16, 16)), dtype=np.float64) for name in PAINTINGS}


def _painted(name: str) -> Image.Image:
    picture = PAINTINGS[name](_SEED)
    assert picture.size == (SIDE_PX, SIDE_PX)
    return picture


def test_every_album_has_a_cover_of_its_own() -> None:
    assert sorted(album.painting for album in ALBUMS) == sorted(PAINTINGS)


def test_a_cover_is_not_empty(thumbnails: dict[str, np.ndarray]) -> None:
    assert all(pixels.std() > 10.0 for pixels in thumbnails.values())


def test_covers_are_told_apart_when_they_are_small(thumbnails: dict[str, np.ndarray]) -> None:
    assert all(np.abs(one - other).mean() > 20.0 for one, other in combinations(thumbnails.values(), 2))


def test_a_painting_is_the_same_every_time() -> None:
    assert jpeg(PAINTINGS["cartridge"](_SEED)) == jpeg(PAINTINGS["cartridge"](_SEED))
    assert jpeg(PAINTINGS["cartridge"](_SEED)) != jpeg(PAINTINGS["cartridge"](_SEED + 1))

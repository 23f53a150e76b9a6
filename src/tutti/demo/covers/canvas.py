"""What the painters share: colours, gradients, clouds, and the way to a JPEG."""

import io
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE_PX = 1000

Colour: TypeAlias = tuple[int, int, int]
Field: TypeAlias = npt.NDArray[np.float32]
"""One number per pixel, shape (SIDE_PX, SIDE_PX), or colours, shape (SIDE_PX, SIDE_PX, 3), 0 to 255."""

_QUALITY = 86


def colour(code: str) -> Colour:
    """Return the colour of a code such as `f3ead8`."""
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def as_field(values: npt.NDArray[np.floating[Any]]) -> Field:
    """Return the values as float32. (Numpy declares products with plain numbers wider than they are.)"""
    return values.astype(np.float32, copy=False)


def axes() -> tuple[Field, Field]:
    """Return x and y of every pixel, 0 to 1."""
    line = (np.arange(SIDE_PX, dtype=np.float32) + np.float32(0.5)) / np.float32(SIDE_PX)
    x, y = np.meshgrid(line, line)
    return x, y


def flat(shade: Colour) -> Field:
    """Return one colour everywhere, shape (SIDE_PX, SIDE_PX, 3)."""
    return np.full((SIDE_PX, SIDE_PX, 3), shade, dtype=np.float32)


def gradient(position: Field, stops: Sequence[tuple[float, str]]) -> Field:
    """Return the colours at positions on a line with colours at some places, smooth between them."""
    places = np.array([place for place, _ in stops])
    levels = np.array([colour(code) for _, code in stops], dtype=np.float64)
    channels = [np.interp(position, places, levels[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def mixed(first: Field, second: Field | Colour, share: Field) -> Field:
    """Return `first` covered by `second` where `share` (0 to 1) says so."""
    over = np.asarray(second, dtype=np.float32)
    return as_field(first + (over - first) * np.clip(share, 0.0, 1.0)[..., None])


def clouds(rng: np.random.Generator, cells: tuple[int, int], octaves: int = 5) -> Field:
    """Return smooth random hills between 0 and 1; `cells` is how many (across, down) the largest are."""
    total = np.zeros((SIDE_PX, SIDE_PX), dtype=np.float32)
    weight, weights = 1.0, 0.0
    for octave in range(octaves):
        across, down = cells[0] << octave, cells[1] << octave
        grid = Image.fromarray(rng.random((down + 3, across + 3), dtype=np.float32))
        total += np.float32(weight) * np.asarray(grid.resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC))
        weights += weight
        weight *= 0.5
    return np.clip(total / np.float32(weights), 0.0, 1.0).astype(np.float32)


def smooth_step(values: Field, low: float, high: float) -> Field:
    """Return 0 below `low`, 1 above `high`, and an S between."""
    share = np.clip((values - np.float32(low)) / np.float32(high - low), 0.0, 1.0)
    return (share * share * (3.0 - 2.0 * share)).astype(np.float32)


def image(colours: Field, rng: np.random.Generator, grain: float = 1.5) -> Image.Image:
    """Return colours as an image; a little grain keeps soft gradients from showing bands."""
    noise = rng.standard_normal(colours.shape[:2], dtype=np.float32)[..., None] * np.float32(grain)
    return Image.fromarray(np.clip(colours + noise, 0.0, 255.0).astype(np.uint8), "RGB")


def jpeg(picture: Image.Image) -> bytes:
    """Return a picture as a JPEG file."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
    return file.getvalue()

"""BlurHash (github.com/woltapp/blurhash, Algorithm.md): a cover as some thirty characters, to show until it is there.

Written out since the bindings of the reference call what Pillow is about to remove; on a small image this takes 3 ms.
"""

import math

from PIL import Image

from tutti.services.catalog.service.reading.srgb import from_linear, to_linear

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_LINEAR = tuple(to_linear(value) for value in range(256))

Light = tuple[float, float, float]


def blurhash(image: Image.Image, columns: int = 4, rows: int = 4) -> str:
    """Return the BlurHash of an RGB image, of this many components across and down (1 to 9 each).

    The cost grows with the number of pixels: shrink the image first.
    """
    first, *others = _components(image, columns, rows)
    strongest = max((abs(channel) for component in others for channel in component), default=0.0)
    quantized = max(0, min(82, math.floor(strongest * 166 - 0.5)))
    scale = (quantized + 1) / 166 if others else 1.0
    red, green, blue = (from_linear(channel) for channel in first)
    return "".join(
        (
            _base83(columns - 1 + (rows - 1) * 9, 1),
            _base83(quantized if others else 0, 1),
            _base83(red << 16 | green << 8 | blue, 4),
            *(_base83(_quantized(component, scale), 2) for component in others),
        )
    )


def _components(image: Image.Image, columns: int, rows: int) -> list[Light]:
    """The two-dimensional cosine transform of linear light, row by row; the rows of pixels first, then the columns."""
    width, height = image.size
    pixels = image.tobytes()
    across = [[math.cos(math.pi * i * x / width) for x in range(width)] for i in range(columns)]
    down = [[math.cos(math.pi * j * y / height) for y in range(height)] for j in range(rows)]
    lines: list[list[Light]] = []
    for start in range(0, 3 * width * height, 3 * width):
        channels = [[_LINEAR[value] for value in pixels[start + at : start + 3 * width : 3]] for at in range(3)]
        lines.append([_light(*(_dot(cosines, channel) for channel in channels)) for cosines in across])
    found: list[Light] = []
    for j in range(rows):
        for i in range(columns):
            factor = (1 if i == j == 0 else 2) / (width * height)
            found.append(_light(*(factor * _dot(down[j], [line[i][at] for line in lines]) for at in range(3))))
    return found


def _dot(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _light(red: float, green: float, blue: float) -> Light:
    return red, green, blue


def _quantized(component: Light, scale: float) -> int:
    red, green, blue = (
        max(0, min(18, math.floor(math.copysign(math.sqrt(abs(channel / scale)), channel) * 9 + 9.5)))
        for channel in component
    )
    return (red * 19 + green) * 19 + blue


def _base83(value: int, length: int) -> str:
    return "".join(_DIGITS[value // 83**place % 83] for place in reversed(range(length)))

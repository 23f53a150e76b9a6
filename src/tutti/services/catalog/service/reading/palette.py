"""The colours of a cover: a few that dominate it, and a pair of them in which text can be read."""

import msgspec
from PIL import Image

from tutti.services.catalog.service.reading.srgb import to_linear

MAX_COLORS = 6
# WCAG 2.2, success criterion 1.4.3, text of normal size.
MIN_CONTRAST = 4.5
_QUANTIZED = 12
# Colours closer than this (in each of red, green, blue together) look alike.
_MIN_DISTANCE = 48
_BLACK, _WHITE = (0, 0, 0), (255, 255, 255)

Color = tuple[int, int, int]


class Palette(msgspec.Struct, frozen=True):
    """Colours as `#rrggbb`: `colors` by how much of the image they cover; the contrast of the pair is 4.5 at least."""

    colors: tuple[str, ...]
    background: str
    foreground: str


def find_palette(image: Image.Image) -> Palette:
    """Return the palette of a small RGB image."""
    found = _dominant(image)
    background = found[0]
    foreground = max(found, key=lambda color: contrast(color, background))
    if contrast(foreground, background) < MIN_CONTRAST:
        foreground = max((_BLACK, _WHITE), key=lambda color: contrast(color, background))
    return Palette(tuple(_hex(color) for color in found), _hex(background), _hex(foreground))


def contrast(first: Color, second: Color) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _dominant(image: Image.Image) -> list[Color]:
    quantized = image.quantize(_QUANTIZED, Image.Quantize.MEDIANCUT)
    flat = quantized.getpalette() or []
    counts = sorted(quantized.getcolors() or [], reverse=True)
    chosen: list[Color] = []
    for _, index in counts:
        start = 3 * int(index) if isinstance(index, int) else 0
        color = (flat[start], flat[start + 1], flat[start + 2])
        if all(_distance(color, other) >= _MIN_DISTANCE for other in chosen):
            chosen.append(color)
    return chosen[:MAX_COLORS]


def _distance(first: Color, second: Color) -> int:
    return sum(abs(one - other) for one, other in zip(first, second, strict=True))


def _luminance(color: Color) -> float:
    red, green, blue = (to_linear(channel) for channel in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)

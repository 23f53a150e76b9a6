"""Clear shapes: an orchard of pixels, leaves cut from paper, a window of coloured glass."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tutti.demo.covers.canvas import (
    SIDE_PX,
    Colour,
    Field,
    as_field,
    axes,
    clouds,
    colour,
    flat,
    gradient,
    image,
    mixed,
    smooth_step,
)

_PIXELS = 50


def paint_cartridge(seed: int) -> Image.Image:
    """An orchard at sunset, fifty pixels wide."""
    rng = np.random.default_rng(seed)
    picture = Image.new("RGB", (_PIXELS, _PIXELS))
    draw = ImageDraw.Draw(picture)
    sky = ("241b4f", "3a2470", "5f2c82", "8f3a8c", "c4518a", "ee7a7a", "fba66b", "fdd07a")
    for row in range(_PIXELS):
        draw.line((0, row, _PIXELS, row), fill=colour(sky[min(len(sky) - 1, row * len(sky) // 36)]))
    for across, down in rng.integers((0, 0), (_PIXELS, 15), (26, 2)).tolist():
        draw.point((across, down), fill=colour("fff1d6"))
    draw.ellipse((15, 10, 34, 29), fill=colour("ffe08a"))
    for row, height in ((19, 1), (22, 1), (25, 2), (28, 2)):
        draw.rectangle((14, row, 35, row + height - 1), fill=colour(sky[min(len(sky) - 1, row * len(sky) // 36)]))
    for number, (base, shade) in enumerate(((31, "5b2a6e"), (35, "3a2a5e"), (39, "1f6b5c"))):
        for column in range(_PIXELS):
            height = 2.2 * math.sin(column / (5.0 + number) + number * 2.1) + 1.2 * math.sin(column / 2.7 + number)
            draw.line((column, base - round(height), column, _PIXELS), fill=colour(shade))
    draw.rectangle((0, 44, _PIXELS, _PIXELS), fill=colour("174f4a"))
    for left in range(0, _PIXELS, 4):
        draw.point((left + int(rng.integers(3)), 45 + int(rng.integers(4))), fill=colour("2f8f6e"))
    for left, top in ((4, 29), (20, 31), (37, 28)):
        _tree(draw, left, top, rng)
    return picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.NEAREST)


def _tree(draw: ImageDraw.ImageDraw, left: int, top: int, rng: np.random.Generator) -> None:
    draw.rectangle((left + 3, top + 8, left + 5, top + 16), fill=colour("6b3f2e"))
    draw.ellipse((left - 1, top, left + 9, top + 10), fill=colour("1f8a5b"))
    draw.ellipse((left + 1, top + 1, left + 6, top + 5), fill=colour("3fb56f"))
    for across, down in rng.integers((left + 1, top + 2), (left + 8, top + 9), (7, 2)).tolist():
        draw.point((across, down), fill=colour(str(rng.choice(["ff5d5d", "ffb84d", "ff5d5d"]))))


def paint_leaves(seed: int) -> Image.Image:
    """Twigs cut from coloured paper, each with its shadow."""
    rng = np.random.default_rng(seed)
    picture = image(flat(colour("f1e7d3")), rng, grain=2.2)
    twigs = (
        (430, 1010, -111, 760, "7a8450", 10),
        (570, 1010, -69, 760, "b5562f", 10),
        (500, 1010, -90, 830, "d9a441", 11),
        (440, 1010, -143, 430, "2f5d62", 8),
        (560, 1010, -37, 430, "8c3f3a", 8),
    )
    for left, top, angle, length, shade, pairs in twigs:
        picture = _twig(picture, (left, top), math.radians(angle), length, colour(shade), pairs, rng)
    return picture


def _twig(
    picture: Image.Image,
    foot: tuple[int, int],
    angle: float,
    length: int,
    shade: Colour,
    pairs: int,
    rng: np.random.Generator,
) -> Image.Image:
    scale = 2
    mask = Image.new("L", (SIDE_PX * scale, SIDE_PX * scale), 0)
    draw = ImageDraw.Draw(mask)
    bend = float(rng.uniform(-0.2, 0.2))
    stem: list[tuple[float, float, float]] = []
    across, down = float(foot[0]), float(foot[1])
    for step in range(60):
        turn = angle + bend * step / 60
        across, down = across + math.cos(turn) * length / 60, down + math.sin(turn) * length / 60
        stem.append((across, down, turn))
    draw.line([(a * scale, d * scale) for a, d, _ in stem], fill=255, width=6 * scale)
    for pair in range(pairs):
        at = stem[12 + pair * 46 // pairs]
        size = length * (0.165 - 0.0075 * pair) * float(rng.uniform(0.85, 1.1))
        for side in (-1, 1):
            _leaf(draw, at[0], at[1], at[2] + side * float(rng.uniform(0.6, 0.95)), size, scale)
    _leaf(draw, across, down, stem[-1][2], length * 0.1, scale)
    mask = mask.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    shadow = Image.new("L", mask.size, 0)
    shadow.paste(mask, (9, 12))
    dark = Image.new("RGB", picture.size, colour("4a3b2a"))
    picture = Image.composite(dark, picture, shadow.filter(ImageFilter.GaussianBlur(9)).point(lambda v: v * 0.38))
    paper = flat(shade) * (0.93 + 0.14 * clouds(rng, (4, 4))[..., None])
    return Image.composite(image(as_field(paper), rng, grain=3.0), picture, mask)


def _leaf(draw: ImageDraw.ImageDraw, across: float, down: float, angle: float, size: float, scale: int) -> None:
    edge: list[tuple[float, float]] = []
    for step in range(41):
        t = step / 20.0
        along = t if t <= 1.0 else 2.0 - t
        width = (1.0 if t <= 1.0 else -1.0) * 0.21 * math.sin(math.pi * along**0.8)
        x, y = along * size, width * size
        edge.append(
            (
                (across + x * math.cos(angle) - y * math.sin(angle)) * scale,
                (down + x * math.sin(angle) + y * math.cos(angle)) * scale,
            )
        )
    draw.polygon(edge, fill=255)
    tip = (across + 0.82 * size * math.cos(angle), down + 0.82 * size * math.sin(angle))
    draw.line([(across * scale, down * scale), (tip[0] * scale, tip[1] * scale)], fill=0, width=scale * 2)


def paint_window(seed: int) -> Image.Image:
    """Stained glass: cells around a rose, leaded, with the light behind."""
    rng = np.random.default_rng(seed)
    x, y = axes()
    nearest, second, owner, centres = _cells(rng, x, y)
    distance = np.hypot(centres[:, 0] - 0.5, centres[:, 1] - 0.46)
    rings = gradient(
        (distance / 0.72).astype(np.float32),
        [(0.0, "ffd98a"), (0.2, "f08a4b"), (0.38, "c7375a"), (0.55, "6a3fa0"), (0.75, "2459a8"), (1.0, "0f6f78")],
    )
    rings *= rng.uniform(0.72, 1.12, (len(rings), 1)).astype(np.float32)
    glass = rings[owner] * (0.82 + 0.36 * clouds(rng, (9, 9), 4)[..., None])
    light = np.exp(-np.square(np.hypot(x - 0.5, y - 0.46) / 0.42))
    glass = mixed(glass.astype(np.float32), colour("fff3d0"), as_field(0.16 * light))
    lead = 1.0 - smooth_step(second - nearest, 0.004, 0.0085)
    glass = mixed(glass, colour("16121a"), lead)
    border = np.maximum(np.abs(x - 0.5), np.abs(y - 0.5))
    return image(mixed(glass, colour("16121a"), smooth_step(border.astype(np.float32), 0.462, 0.468)), rng)


def _cells(rng: np.random.Generator, x: Field, y: Field) -> tuple[Field, Field, np.ndarray, Field]:
    """Distances to the nearest and second nearest of some points in rings, which one it is, and the points."""
    points = [(0.5, 0.46)]
    for ring, count in enumerate((7, 13, 18, 24, 30), start=1):
        for number in range(count):
            turn = 2 * math.pi * (number + 0.5 * (ring % 2)) / count + float(rng.normal(0, 0.05))
            radius = 0.125 * ring + float(rng.normal(0, 0.008))
            points.append((0.5 + radius * math.cos(turn), 0.46 + radius * math.sin(turn)))
    nearest = np.full_like(x, 9.0)
    second = np.full_like(x, 9.0)
    owner = np.zeros(x.shape, dtype=np.int32)
    for number, (across, down) in enumerate(points):
        distance = np.hypot(x - np.float32(across), y - np.float32(down))
        closer = distance < nearest
        second = np.where(closer, nearest, np.minimum(second, distance))
        nearest = np.where(closer, distance, nearest)
        owner[closer] = number
    return nearest, second, owner, np.array(points, dtype=np.float32)

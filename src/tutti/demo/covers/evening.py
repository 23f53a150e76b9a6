"""Soft light: clouds over water, a kitchen window at night, rails under a signal."""

import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from tutti.demo.covers.canvas import SIDE_PX, as_field, axes, clouds, colour, gradient, image, mixed, smooth_step


def paint_weather(seed: int) -> Image.Image:
    """Low clouds, a pale sun, and the water that has both."""
    rng = np.random.default_rng(seed)
    x, y = axes()
    horizon = 0.62
    mirrored = np.where(y < horizon, y, horizon - (y - horizon) * 1.35).astype(np.float32)
    sky = gradient(mirrored, [(0.0, "1d2b45"), (0.3, "50708f"), (0.5, "a9b8bd"), (0.62, "efdcc3")])
    distance = np.hypot(x - 0.64, mirrored - 0.43)
    sky = mixed(sky, colour("fff4dd"), as_field(0.75 * np.exp(-np.square(distance / 0.16))))
    sky = mixed(sky, colour("fffaf0"), smooth_step(-distance, -0.062, -0.056))
    for cells, low, high, shade, lift in (
        ((2, 11), 0.47, 0.76, "dfe1dc", 0.5),
        ((3, 16), 0.5, 0.74, "7f95a9", 0.5),
        ((2, 24), 0.52, 0.78, "f7e8d2", 0.45),
    ):
        layer = clouds(rng, cells, 6)
        rows = np.clip(mirrored * SIDE_PX, 0, SIDE_PX - 1).astype(np.int32)
        layer = layer[rows, np.broadcast_to(np.arange(SIDE_PX), rows.shape)]
        sky = mixed(sky, colour(shade), lift * smooth_step(layer, low, high))
    depth = np.clip((y - horizon) / (1.0 - horizon), 0.0, 1.0)
    ripples = clouds(rng, (3, 60), 3)
    water = mixed(sky, colour("16324a"), (0.25 + 0.5 * depth) * (y > horizon))
    water = mixed(
        water, colour("fbeedb"), as_field(0.35 * smooth_step(ripples, 0.56, 0.72) * (1.0 - depth) * (y > horizon))
    )
    line = np.exp(-np.square((y - horizon) / 0.003))
    return image(mixed(water, colour("2b4258"), as_field(0.6 * line)), rng)


def paint_kitchen(seed: int) -> Image.Image:
    """A window at two in the morning: lights of a street out of focus, a cup that steams."""
    rng = np.random.default_rng(seed)
    _, y = axes()
    night = image(gradient(y, [(0.0, "0e1330"), (0.55, "262a55"), (1.0, "4a3a5e")]), rng)
    night = _out_of_focus(night, rng)
    glass = ImageDraw.Draw(night, "RGBA")
    for _ in range(230):
        left, top = rng.integers(0, SIDE_PX, 2).tolist()
        length = int(rng.integers(8, 46))
        glass.line((left, top, left - 3, top + length), fill=(205, 220, 255, int(rng.integers(18, 70))), width=2)
    room = Image.new("RGB", (SIDE_PX, SIDE_PX), colour("17131f"))
    panes = Image.new("L", (SIDE_PX, SIDE_PX), 0)
    cut = ImageDraw.Draw(panes)
    for left, right in ((110, 485), (515, 890)):
        for top, bottom in ((90, 405), (435, 770)):
            cut.rounded_rectangle((left, top, right, bottom), 10, fill=255)
    room.paste(night, mask=panes.filter(ImageFilter.GaussianBlur(0.8)))
    _sill(room)
    return _steam(room)


def _out_of_focus(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    lights = ("f6b65b", "f2845c", "7fd1c7", "e85d75", "ffe2a8", "8fa6ff")
    for size, count, blur in ((26, 60, 3.0), (58, 26, 5.0), (105, 9, 8.0)):
        layer = Image.new("RGB", picture.size)
        draw = ImageDraw.Draw(layer)
        for _ in range(count):
            across = int(rng.integers(0, SIDE_PX))
            down = int(np.clip(rng.normal(560, 130), 60, 900))
            radius = int(size * rng.uniform(0.6, 1.1)) // 2
            shade = colour(lights[int(rng.integers(len(lights)))])
            dim = float(rng.uniform(0.2, 0.6))
            fill = (int(shade[0] * dim), int(shade[1] * dim), int(shade[2] * dim))
            draw.ellipse((across - radius, down - radius, across + radius, down + radius), fill=fill)
        picture = ImageChops.screen(picture, layer.filter(ImageFilter.GaussianBlur(blur)))
    return picture


def _sill(room: Image.Image) -> None:
    draw = ImageDraw.Draw(room)
    draw.rectangle((0, 806, SIDE_PX, SIDE_PX), fill=colour("2a1d25"))
    draw.rectangle((0, 806, SIDE_PX, 818), fill=colour("5b3d3c"))
    cup = colour("d9825b")
    draw.rounded_rectangle((612, 742, 742, 880), 26, fill=cup)
    draw.ellipse((612, 724, 742, 762), fill=colour("f0a57c"))
    draw.ellipse((624, 731, 730, 757), fill=colour("3b2320"))
    draw.arc((712, 764, 790, 846), -85, 95, fill=cup, width=17)


def _steam(room: Image.Image) -> Image.Image:
    layer = Image.new("RGB", room.size)
    draw = ImageDraw.Draw(layer)
    for offset, height, strength in ((-22, 250, 95), (6, 320, 120), (30, 210, 80)):
        points = [
            (677 + offset + 26 * math.sin(rise / 46.0 + offset) * (0.4 + rise / height), 728 - rise)
            for rise in range(0, height, 3)
        ]
        draw.line(points, fill=(strength, strength, strength + 12), width=13, joint="curve")
    return ImageChops.screen(room, layer.filter(ImageFilter.GaussianBlur(11)))


def paint_nightline(seed: int) -> Image.Image:
    """Tracks that leave a station side by side and draw together in the dark; one of them is lit."""
    rng = np.random.default_rng(seed)
    scale = 2
    picture = Image.new("RGB", (SIDE_PX * scale, SIDE_PX * scale), colour("090a0e"))
    draw = ImageDraw.Draw(picture)
    count, lit = 46, 28
    for number in range(count):
        points = [_on_track(step / 160, number / (count - 1) - 0.5, scale) for step in range(161)]
        grey = int(rng.integers(46, 150))
        shade = colour("ff6b2c") if number == lit else (grey, grey, grey + 8)
        draw.line(points, fill=shade, width=10 if number == lit else int(rng.integers(3, 6)), joint="curve")
    small = picture.resize((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    glow = small.filter(ImageFilter.GaussianBlur(10)).point([level * 7 // 10 for level in range(256)] * 3)
    return ImageChops.screen(small, glow)


def _on_track(t: float, side: float, scale: int) -> tuple[float, float]:
    """A point of a track: `t` from the platform to the distance, `side` from the left track (-0.5) to the right."""
    far = t * t * (3.0 - 2.0 * t)
    middle = 0.42 + 0.3 * math.sin(2.6 * far) * far - 0.08 * math.sin(5.0 * far)
    width = 0.95 * (1.0 - far) ** 1.4 + 0.035
    return (middle + side * width) * SIDE_PX * scale, (1.03 - 0.9 * far**0.85) * SIDE_PX * scale

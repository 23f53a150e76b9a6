"""Cover art: found, looked at, made smaller, and never trusted."""

import io
import struct
import zlib
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from support.images import cover, encode, noise
from tutti.services.catalog.service.reading.blurhash import blurhash
from tutti.services.catalog.service.reading.cover_images import (
    UnreadableCover,
    describe_image,
    resize_cover,
)
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES, find_folder_cover
from tutti.services.catalog.service.reading.palette import MIN_CONTRAST, contrast, find_palette

ORIENTATION = 0x0112


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def huge_png(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are this many pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.mp3", "Cover.JPG", "folder.jpg"], "Cover.JPG"),
        (["FOLDER.png", "front.webp"], "FOLDER.png"),
        (["albumart.gif", "album.jpeg"], "album.jpeg"),
        (["cover.png", "cover.jpg"], "cover.jpg"),
        (["AlbumArt.jpg"], "AlbumArt.jpg"),
        (["AlbumArtSmall.jpg", "back.jpg", "cover.txt", "mycover.jpg", "cover.jpg.bak"], None),
        ([], None),
    ],
)
def test_the_cover_of_a_folder(names: list[str], found: str | None) -> None:
    assert find_folder_cover(names) == found == find_folder_cover(reversed(names))


@pytest.mark.parametrize(("image_format", "mime"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "gif")])
def test_what_an_image_is(image_format: str, mime: str) -> None:
    info = describe_image(cover(300, 200, "#204080", image_format))
    assert (info.width, info.height, info.mime) == (300, 200, f"image/{mime}")
    assert len(info.blurhash) == 36
    red, green, blue = bytes.fromhex(info.palette.colors[0][1:])
    assert abs(red - 0x20) + abs(green - 0x40) + abs(blue - 0x80) < 24
    assert info.palette.background == info.palette.colors[0]


@pytest.mark.parametrize("image_format", ["webp", "jpeg"])
@pytest.mark.parametrize(
    ("size", "wanted", "expected"),
    [
        ((600, 600), 300, (300, 300)),
        ((600, 300), 300, (300, 150)),
        ((200, 400), 300, (150, 300)),
        ((80, 60), 300, (80, 60)),
    ],
)
def test_resizing(
    image_format: Literal["webp", "jpeg"], size: tuple[int, int], wanted: int, expected: tuple[int, int]
) -> None:
    image = opened(resize_cover(cover(*size), wanted, image_format))
    assert image.size == expected
    assert image.format == image_format.upper()


def test_the_picture_stays_the_picture() -> None:
    image = opened(resize_cover(cover(1200, 1200, "#c02030"), 100, "webp", 90)).convert("RGB")
    top, bottom = image.getpixel((50, 5)), image.getpixel((50, 80))
    assert all(abs(a - b) < 12 for a, b in zip(top, (0xF0, 0xE0, 0xC0), strict=True))
    assert all(abs(a - b) < 12 for a, b in zip(bottom, (0xC0, 0x20, 0x30), strict=True))


def test_an_image_on_its_side_is_put_upright() -> None:
    image = Image.new("RGB", (400, 200), "#ff0000")
    ImageDraw.Draw(image).rectangle((0, 0, 100, 200), fill="#0000ff")
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned to the right: the left edge comes up
    content = encode(image, "JPEG", exif=exif, quality=95)

    assert (describe_image(content).width, describe_image(content).height) == (200, 400)
    turned = opened(resize_cover(content, 100, "jpeg", 95))
    assert turned.size == (50, 100)
    assert turned.getpixel((25, 5))[2] > 200
    assert turned.getpixel((25, 95))[0] > 200


@pytest.mark.parametrize("image_format", ["webp", "jpeg"])
def test_metadata_stays_behind(image_format: Literal["webp", "jpeg"]) -> None:
    image = Image.new("RGB", (400, 200), "#ff0000")
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    content = encode(image, "JPEG", exif=exif, comment=b"taken at home", icc_profile=b"taken at home")
    assert content.count(b"taken at home") == 3
    resized = resize_cover(content, 100, image_format)
    assert b"taken at home" not in resized
    assert not opened(resized).getexif()


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16"])
def test_every_kind_of_pixel(mode: str) -> None:
    image = Image.new(mode, (120, 80), 0)
    content = encode(image, "JPEG" if mode == "CMYK" else "PNG")
    assert describe_image(content).width == 120
    for image_format in ("webp", "jpeg"):
        assert opened(resize_cover(content, 60, image_format)).size == (60, 40)


def test_transparency_is_kept_where_it_can_be() -> None:
    content = encode(Image.new("RGBA", (100, 100), (255, 0, 0, 0)), "PNG")
    assert opened(resize_cover(content, 50, "webp")).getpixel((5, 5))[3] == 0
    assert opened(resize_cover(content, 50, "jpeg")).getpixel((5, 5)) == (255, 255, 255)


def test_the_first_picture_of_many() -> None:
    frames = [Image.new("RGB", (60, 60), color) for color in ("#ff0000", "#00ff00")]
    content = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert opened(resize_cover(content, 30, "jpeg")).getpixel((5, 5))[0] > 200


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not an image",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        cover()[:300],
        encode(Image.new("RGB", (10, 10)), "BMP"),
        encode(Image.new("RGB", (10, 10)), "TIFF"),
        huge_png(6000, 6000),
        huge_png(40_000, 40_000),
        huge_png(2**31 - 1, 2**31 - 1),
        bytes(MAX_COVER_BYTES + 1),
    ],
    ids=["empty", "text", "svg", "cut", "bmp", "tiff", "large", "larger", "largest", "heavy"],
)
def test_what_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableCover) as caught:
        describe_image(content)
    assert caught.value.reason
    with pytest.raises(UnreadableCover):
        resize_cover(content, 100, "webp")


def test_sizes_that_make_no_sense() -> None:
    for size_px, quality in ((0, 80), (5000, 80), (100, 0), (100, 101)):
        with pytest.raises(ValueError, match="no such size"):
            resize_cover(cover(), size_px, "webp", quality)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 255)), min_size=1, max_size=8),
    st.booleans(),
)
def test_damaged_images_do_no_harm(image_format: str, changes: list[tuple[int, int]], cut: bool) -> None:
    content = bytearray(cover(90, 60, image_format=image_format))
    for at, byte in changes:
        content[at % len(content)] = byte
    try:
        describe_image(bytes(content[: len(content) * 2 // 3] if cut else content))
    except UnreadableCover as error:
        assert error.reason


def test_contrast_is_measured_as_wcag_does() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=1, max_size=12))
def test_text_can_be_read_on_any_palette(colors: list[tuple[int, int, int]]) -> None:
    image = Image.new("RGB", (8 * len(colors), 8))
    for number, color in enumerate(colors):
        image.paste(color, (8 * number, 0, 8 * number + 8, 8))
    palette = find_palette(image)
    pair = [tuple(bytes.fromhex(color[1:])) for color in (palette.background, palette.foreground)]
    assert contrast(*pair) >= MIN_CONTRAST
    assert 1 <= len(palette.colors) <= 6
    assert all(color[0] == "#" and len(color) == 7 for color in palette.colors)


def gradient() -> Image.Image:
    image = Image.new("RGB", (32, 24))
    image.putdata([(8 * x, 10 * y, 255 - 4 * (x + y)) for y in range(24) for x in range(32)])
    return image


def test_blurhash_is_that_of_the_reference() -> None:
    """Known answers of the C implementation (github.com/woltapp/blurhash)."""
    assert blurhash(gradient()) == "UxH27@2xw#X9mMWZjuf9gMfkfQfkn-WrjufR"
    assert blurhash(gradient(), 6, 3) == "NxH27@2xw#X9a~ogmMWZjuf9fRf8gMfkfQfkfQfk"
    assert blurhash(gradient(), 1, 1) == "00H27@"
    assert blurhash(Image.new("RGB", (16, 16), "#336699")) == "U65?}kt:fQt:t:j]fQj]fQfQfQfQt:j]fQj]"


def test_noise_is_described_too() -> None:
    info = describe_image(noise(500))
    assert (info.width, info.height, len(info.blurhash)) == (500, 500, 36)

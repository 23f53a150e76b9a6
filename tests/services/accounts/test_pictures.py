"""Pictures from strangers: what they are turned into, and what is not unpacked."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFile

from support.images import encode
from tutti.services.accounts.api import NotAnImage
from tutti.services.accounts.service.pictures import SIZES, make_squares

RED, GREEN, BLUE, WHITE = (200, 20, 20), (20, 160, 20), (20, 20, 200), (240, 240, 240)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
CORNERS = (0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)
# Where the corners of the upright picture are stored, by EXIF orientation.
STORED = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # as members of Image.Transpose


def quarters(width: int = 600, height: int = 600) -> Image.Image:
    """Red and green above, blue and white below."""
    image = Image.new("RGB", (width, height), RED)
    draw, right, down = ImageDraw.Draw(image), width // 2, height // 2
    draw.rectangle((right, 0, width, down), GREEN)
    draw.rectangle((0, down, right, height), BLUE)
    draw.rectangle((right, down, width, height), WHITE)
    return image


def opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def corners(image: Image.Image) -> list[str]:
    names = {RED: "red", GREEN: "green", BLUE: "blue", WHITE: "white"}
    found: list[str] = []
    for x, y in CORNERS:
        pixel = image.convert("RGB").getpixel((int(x * image.width), int(y * image.height)))
        found.append(names[min(names, key=lambda color: sum(abs(a - b) for a, b in zip(color, pixel, strict=True)))])
    return found


@pytest.mark.parametrize("image_format", FORMATS)
def test_every_size_is_a_square_webp(image_format: str) -> None:
    squares = make_squares(encode(quarters(700, 500), image_format))
    assert set(squares) == set(SIZES)
    for size, content in squares.items():
        square = opened(content)
        assert (square.format, square.size) == ("WEBP", (size, size))
        assert corners(square) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (40, 30), (4000, 3000)])
def test_any_shape_gives_a_square(size: tuple[int, int]) -> None:
    for image_format in FORMATS:
        squares = make_squares(encode(Image.new("RGB", size, RED), image_format))
        assert [opened(content).size for content in squares.values()] == [(side, side) for side in SIZES]


def test_the_middle_is_what_is_kept() -> None:
    image = Image.new("RGB", (3000, 1000), RED)
    ImageDraw.Draw(image).rectangle((1000, 0, 2000, 1000), BLUE)
    assert corners(opened(make_squares(encode(image, "PNG"))[64])) == ["blue"] * 4


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_taken_sideways_stands_upright(orientation: int, image_format: str) -> None:
    stored = quarters()
    if (turned := STORED[orientation]) is not None:
        stored = stored.transpose(Image.Transpose(turned))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encode(stored, image_format, exif=exif.tobytes())
    assert corners(opened(make_squares(content)[256])) == ["red", "green", "blue", "white"]


def test_nothing_but_pixels_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "a description"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # where it was taken
    content = encode(quarters(), "JPEG", exif=exif.tobytes(), comment=b"a comment", icc_profile=b"a profile")
    for square in make_squares(content).values():
        image = opened(square)
        assert not dict(image.getexif())
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(image.info)
        assert not any(chunk in square for chunk in (b"EXIF", b"XMP ", b"ICCP"))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_stays_so(mode: str) -> None:
    image = Image.new("RGBA", (300, 300), (*RED, 255))
    image.paste((0, 0, 0, 0), (0, 0, 150, 300))
    content = encode(image.convert(mode) if mode != "P" else image.quantize(8), "PNG")
    square = opened(make_squares(content)[128]).convert("RGBA")
    assert [square.getpixel((x, 64))[3] for x in (10, 118)] == [0, 255]  # type: ignore[index]


def test_no_dark_edge_around_what_is_transparent() -> None:
    """Transparent black next to opaque white mixes to white that is half there."""
    image = Image.new("RGBA", (600, 600), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (301, 0, 600, 600))
    square = opened(make_squares(encode(image, "PNG"))[64]).convert("RGBA")
    edge = [square.getpixel((x, 32)) for x in range(64)]
    assert all(min(pixel[:3]) > 200 for pixel in edge if pixel[3] > 40)  # type: ignore[index]


@pytest.mark.parametrize("image_format", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_picture(image_format: str) -> None:
    frames = [Image.new("RGB", (200, 200), color) for color in (BLUE, RED, GREEN)]
    content = encode(frames[0], image_format, save_all=True, append_images=frames[1:], duration=50, loop=0)
    assert opened(content).n_frames == 3  # type: ignore[attr-defined]
    square = opened(make_squares(content)[64])
    assert getattr(square, "n_frames", 1) == 1
    assert corners(square) == ["blue"] * 4


@pytest.mark.parametrize(("mode", "image_format"), [("L", "PNG"), ("1", "PNG"), ("CMYK", "JPEG"), ("I;16", "PNG")])
def test_other_kinds_of_pixels_keep_their_brightness(mode: str, image_format: str) -> None:
    if mode == "I;16":
        image = Image.new("I;16", (100, 100), 0x4000)
    else:
        image = Image.new("L", (100, 100), 0x40).convert(mode, dither=Image.Dither.NONE)
    expected = 0 if mode == "1" else 0x40
    pixel = opened(make_squares(encode(image, image_format))[64]).convert("RGB").getpixel((32, 32))
    assert pixel == pytest.approx((expected,) * 3, abs=4)


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(100_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def gif_that_claims(width: int, height: int) -> bytes:
    small = encode(Image.new("P", (1, 1)), "GIF")
    return small[:6] + struct.pack("<HH", width, height) + small[10:]


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [5_001, 9_000, 12_000, 30_000, 65_535])
@pytest.mark.parametrize("make", [png_that_claims, gif_that_claims])
def test_a_bomb_is_not_unpacked(make: Callable[[int, int], bytes], side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    content, unpacked = make(side, side), list[object]()
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: unpacked.append(self))
    with pytest.raises(NotAnImage):
        make_squares(content)
    assert unpacked == []


def test_a_large_photo_is_decoded_at_a_fraction(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    convert = Image.Image.convert

    def spy(self: Image.Image, *args: object, **kwargs: object) -> Image.Image:
        decoded.append(self.size)
        return convert(self, *args, **kwargs)  # type: ignore[arg-type]

    content = encode(quarters(6400, 4800), "JPEG")
    monkeypatch.setattr(Image.Image, "convert", spy)
    make_squares(content)
    assert decoded[0] == (800, 600)


@pytest.mark.parametrize(
    "content",
    [
        *[b"", b"GIF89a", b"\x00" * 4000, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<script>1</script>"],
        *[b"%PDF-1.7", b"RIFF\x00\x00\x00\x00WAVEfmt ", encode(quarters(), "PNG")[:200]],
        *[encode(quarters(), kind) for kind in ("BMP", "TIFF", "ICO", "PPM", "PDF", "TGA", "JPEG2000")],
    ],
)
def test_what_is_none_of_the_four_formats_is_refused(content: bytes) -> None:
    with pytest.raises(NotAnImage):
        make_squares(content)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(FORMATS), st.data())
def test_a_damaged_file_is_read_or_refused(image_format: str, data: st.DataObject) -> None:
    content = bytearray(DAMAGEABLE[image_format])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        squares = make_squares(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except NotAnImage:
        return
    assert [opened(square).size for square in squares.values()] == [(side, side) for side in SIZES]


def _with_exif(image_format: str) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encode(quarters(60, 40), image_format, **({} if image_format == "GIF" else {"exif": exif.tobytes()}))


DAMAGEABLE = {image_format: _with_exif(image_format) for image_format in FORMATS}

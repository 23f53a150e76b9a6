"""Makes squares of what people upload as their picture.

It comes from strangers: four formats are decoded, whatever the file is called, never more pixels than stated here, and
nothing but pixels is kept of it (a photo says where it was taken).
"""

import io

import msgspec
from PIL import Image, ImageOps

from tutti.services.accounts.api import NotAnImage

SIZES = (64, 128, 256, 512)
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# JPEG is decoded at a fraction of its size, other formats whole: 25 million pixels of four channels are 100 MB.
_MAX_PIXELS = 25_000_000
_MAX_PIXELS_JPEG = 50_000_000
_QUALITY = 85
_ORIENTATION = 0x0112
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to set an image upright, by its EXIF orientation (Exif 2.32, §4.6.4 A); 1 is upright."""


class Squares(msgspec.Struct, frozen=True, tag=True):
    """What `make_squares` returned in the process that decodes."""

    by_size: dict[int, bytes]


class Unusable(msgspec.Struct, frozen=True, tag=True):
    """Why it returned nothing, in a sentence."""

    reason: str


def make_squares(content: bytes) -> dict[int, bytes]:
    """Return the middle of an image (the first of an animated one) as WebP, by the length of a side in pixels.

    Raises:
        NotAnImage: it cannot be read, or has more pixels than are decoded.
    """
    largest = _largest(content)
    return {size: _encode(ImageOps.fit(largest, (size, size), Image.Resampling.LANCZOS)) for size in SIZES}


def _largest(content: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            if image.width * image.height > (_MAX_PIXELS_JPEG if image.format == "JPEG" else _MAX_PIXELS):
                raise NotAnImage("The image has too many pixels.")
            turn = _TURNED.get(image.getexif().get(_ORIENTATION, 1))
            image.draft("RGB", (SIZES[-1], SIZES[-1]))
            square = ImageOps.fit(_in_eight_bits(image), (SIZES[-1], SIZES[-1]), Image.Resampling.LANCZOS)
    except NotAnImage:
        raise
    except Exception as error:  # a decoder fed with a stranger's bytes may raise anything at all
        raise NotAnImage("An avatar is a JPEG, PNG, WebP or GIF image.") from error
    return square if turn is None else square.transpose(turn)


def _in_eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # a grey PNG of 16 bits; converting would cut off above 255
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    has_alpha = image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()

"""Looks at cover art and makes the sizes that are served.

Images come from strangers: only four formats are decoded, never more than `MAX_COVER_PIXELS`, and no metadata is kept.
"""

import io
from collections.abc import Generator
from contextlib import contextmanager
from typing import Literal

import msgspec
from PIL import Image, ImageOps

from tutti.services.catalog.service.reading.blurhash import blurhash
from tutti.services.catalog.service.reading.covers import MAX_COVER_BYTES
from tutti.services.catalog.service.reading.palette import Palette, find_palette

# 5000 x 5000: no scan of a cover is larger, and its four channels take 100 MB while it is decoded.
MAX_COVER_PIXELS = 25_000_000
MAX_SIZE_PX = 4_096
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")

# What palette and blurhash are made of; both blur, so more would cost and tell nothing.
_SAMPLE_PX = 64
_BLURHASH_PX = 32
# JPEG has no transparency; the page behind a cover is dark as often as light.
_BEHIND_TRANSPARENCY = (255, 255, 255)

_ORIENTATION = 0x0112
# EXIF orientations in which the image lies on its side.
_LYING = (5, 6, 7, 8)
_METADATA = ("exif", "xmp", "icc_profile", "XML:com.adobe.xmp", "comment", "Raw profile type exif")


class UnreadableCover(Exception):
    """The bytes are no image that we show; `reason` says why in plain words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class CoverInfo(msgspec.Struct, frozen=True):
    """What the web app shows before it has the image; sizes in pixels, upright."""

    width: int
    height: int
    mime: str
    palette: Palette
    blurhash: str


def describe_image(content: bytes) -> CoverInfo:
    """Return what an image is and looks like. Raises UnreadableCover."""
    with _opened(content) as image:
        mime = Image.MIME[image.format or ""]
        turned = image.getexif().get(_ORIENTATION, 1) in _LYING
        width, height = reversed(image.size) if turned else image.size
        sample = _flat(_shrunk(image, _SAMPLE_PX))
    small = sample.copy()
    small.thumbnail((_BLURHASH_PX, _BLURHASH_PX))
    return CoverInfo(width, height, mime, find_palette(sample), blurhash(small))


def resize_cover(content: bytes, size_px: int, image_format: Literal["webp", "jpeg"], quality: int = 82) -> bytes:
    """Return the image inside a square of `size_px`, its shape kept and never enlarged, upright, without metadata.

    Raises UnreadableCover; ValueError for a size outside 1 to `MAX_SIZE_PX` or a quality outside 1 to 100.
    """
    if not 1 <= size_px <= MAX_SIZE_PX or not 1 <= quality <= 100:
        raise ValueError(f"no such size or quality: {size_px}, {quality}")
    with _opened(content) as image:
        shrunk = _shrunk(image, size_px)
        # A new image: Pillow writes the metadata of the old one along with it.
        result = _flat(shrunk) if image_format == "jpeg" else shrunk.convert("RGBA" if _has_alpha(shrunk) else "RGB")
    target = io.BytesIO()
    if image_format == "jpeg":
        result.save(target, "JPEG", quality=quality, optimize=True, progressive=True)
    else:
        result.save(target, "WEBP", quality=quality, method=4)
    return target.getvalue()


@contextmanager
def _opened(content: bytes) -> Generator[Image.Image]:
    if len(content) > MAX_COVER_BYTES:
        raise UnreadableCover(f"the image is larger than {MAX_COVER_BYTES // 1024**2} MB")
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MAX_COVER_PIXELS:
                raise UnreadableCover(f"the image has more pixels than can be shown ({width} x {height})")
            yield image
    except UnreadableCover:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnreadableCover("the image has more pixels than can be shown") from error
    except Exception as error:  # a decoder fed with a stranger's bytes may raise anything at all
        raise UnreadableCover(f"it is no image that can be shown ({error})") from error


def _shrunk(image: Image.Image, size_px: int) -> Image.Image:
    """At most `size_px` wide and high, upright. JPEG is decoded at the smallest scale that serves."""
    image.draft("RGB", (size_px, size_px))
    if image.mode not in ("RGB", "RGBA", "L", "LA"):
        image = image.convert("RGBA" if _has_alpha(image) else "RGB")
    image.thumbnail((size_px, size_px), Image.Resampling.LANCZOS, reducing_gap=2.0)
    upright = ImageOps.exif_transpose(image)
    for key in _METADATA:
        upright.info.pop(key, None)
    return upright


def _has_alpha(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def _flat(image: Image.Image) -> Image.Image:
    if not _has_alpha(image):
        return image.convert("RGB")
    ground = Image.new("RGB", image.size, _BEHIND_TRANSPARENCY)
    ground.paste(image, mask=image.convert("RGBA").getchannel("A"))
    return ground

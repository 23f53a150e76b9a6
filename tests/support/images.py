"""Images for tests: real ones, small, of any size and colour."""

import io
import struct

from PIL import Image, ImageDraw


def cover(width: int = 64, height: int = 64, color: str = "#204080", image_format: str = "JPEG") -> bytes:
    """Return an image of one colour with a light bar across its upper quarter."""
    image = Image.new("RGB", (width, height), color)
    ImageDraw.Draw(image).rectangle((0, 0, width, height // 4), fill="#f0e0c0")
    return encode(image, image_format)


def noise(size_px: int, seed: str = "noise") -> bytes:
    """Return a JPEG that does not compress, to make a large file of few pixels."""
    image = Image.effect_noise((size_px, size_px), 90)
    ImageDraw.Draw(image).text((0, 0), seed, fill=255)
    return encode(image, "JPEG", quality=95)


def encode(image: Image.Image, image_format: str, **options: object) -> bytes:
    """Return an image as a file of this format."""
    target = io.BytesIO()
    image.save(target, image_format, **options)
    return target.getvalue()


def picture_block(content: bytes, kind: int = 3, mime: str = "image/jpeg") -> bytes:
    """Return a FLAC PICTURE block (RFC 9639 §8.8) around an image; 3 is the front cover."""
    head = struct.pack(">II", kind, len(mime)) + mime.encode()
    return head + struct.pack(">IIIIII", 0, 0, 0, 0, 0, len(content)) + content

"""Avatars: squares in a few sizes, stored by the digest of what was uploaded."""

import asyncio
import hashlib
import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from tutti.kit.auth import Identity
from tutti.kit.errors import TooLarge
from tutti.kit.storage import Storage
from tutti.services.accounts.api import AvatarNotFound, Me, NotAnImage
from tutti.services.accounts.service.people import AccountsService
from tutti.services.accounts.service.settings import AccountsSettings

SIZES = (64, 128, 256, 512)
MAX_PIXELS = 50_000_000  # a few kilobytes can claim to be a picture of gigabytes
_QUALITY = 85


class AvatarsService:
    """Use cases around avatars."""

    def __init__(self, settings: AccountsSettings, storage: Storage, accounts: AccountsService) -> None:
        self._settings = settings
        self._storage = storage
        self._accounts = accounts

    async def put(self, identity: Identity, content: bytes) -> Me:
        """Make the image the avatar of the user.

        Raises:
            TooLarge: more bytes than the setting allows.
            NotAnImage: it cannot be read, or claims absurd dimensions.
        """
        if len(content) > self._settings.avatar_max_bytes:
            raise TooLarge(f"An avatar has {self._settings.avatar_max_bytes} bytes at the most.")
        squares = await asyncio.to_thread(_squares, content)
        avatar_id = hashlib.blake2b(content, digest_size=16).hexdigest()
        for size, square in squares.items():
            await self._storage.put(_key(avatar_id, size), square)
        await self._accounts.set_avatar(identity.user_id, avatar_id)
        return await self._accounts.get_me(identity)

    async def delete(self, identity: Identity) -> None:
        """Take the avatar away; others may have uploaded the same image, so it stays stored."""
        await self._accounts.set_avatar(identity.user_id, None)

    async def get(self, avatar_id: str, size: int) -> bytes:
        """Return an avatar as WebP, in the smallest size that is large enough.

        Raises:
            AvatarNotFound: there is none.
        """
        chosen = next((each for each in SIZES if each >= size), SIZES[-1])
        content = await self._storage.find(_key(avatar_id, chosen)) if avatar_id.isalnum() else None
        if content is None:
            raise AvatarNotFound("There is no such avatar.")
        return content


def _key(avatar_id: str, size: int) -> str:
    return f"avatars/{avatar_id[:2]}/{avatar_id}-{size}.webp"


def _squares(content: bytes) -> dict[int, bytes]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "GIF"))
            if image.width * image.height > MAX_PIXELS:
                raise NotAnImage("The image has too many pixels.")
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAnImage("An avatar is a JPEG, PNG, WebP or GIF image.") from None
    return {size: _encode(ImageOps.fit(upright, (size, size), Image.Resampling.LANCZOS)) for size in SIZES}


def _encode(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY)
    return buffer.getvalue()

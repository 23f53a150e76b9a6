"""Avatars: squares in a few sizes, stored by the digest of what was uploaded."""

import asyncio
import hashlib
import re
from contextlib import AbstractAsyncContextManager

import msgspec

from tutti.kit.auth import Identity
from tutti.kit.confined import Limits, Overstepped, ask_confined
from tutti.kit.db import Database
from tutti.kit.errors import TooLarge
from tutti.kit.storage import Storage
from tutti.services.accounts.api import AvatarNotFound, Me, NotAnImage
from tutti.services.accounts.repository.users import has_avatar
from tutti.services.accounts.service.people import AccountsService
from tutti.services.accounts.service.pictures import SIZES, Squares, Unusable
from tutti.services.accounts.service.settings import AccountsSettings

_PROGRAM = "tutti.services.accounts.service.pictures_program"
_ANSWER_BYTES = 4 * 1024 * 1024  # a square of the largest size has a megabyte before it is compressed
_decoder = msgspec.msgpack.Decoder(Squares | Unusable)
_ID = re.compile("[0-9a-f]{32}")
_PATIENCE_S = 10.0  # others store a few small files, or delete them


class AvatarsService:
    """Use cases around avatars."""

    def __init__(self, settings: AccountsSettings, db: Database, storage: Storage, accounts: AccountsService) -> None:
        self._settings = settings
        self._db = db
        self._storage = storage
        self._accounts = accounts
        self._decoding = asyncio.Lock()  # it takes memory

    async def put(self, identity: Identity, content: bytes) -> Me:
        """Make the image the avatar of the user.

        Raises:
            TooLarge: more bytes than the setting allows.
            NotAnImage: it cannot be read, or claims absurd dimensions.
        """
        if len(content) > self._settings.avatar_max_bytes:
            raise TooLarge(f"An avatar has {self._settings.avatar_max_bytes} bytes at the most.")
        avatar_id = hashlib.blake2b(content, digest_size=16).hexdigest()
        async with self._decoding:
            squares = await self._decode(content)
        before = (await self._accounts.get_me(identity)).avatar_id
        async with self._alone_with(avatar_id):
            for size, square in squares.items():
                await self._storage.put(_key(avatar_id, size), square)
            await self._accounts.set_avatar(identity.user_id, avatar_id)
        await self.forget(before)
        return await self._accounts.get_me(identity)

    async def delete(self, identity: Identity) -> None:
        """Take the avatar away."""
        before = (await self._accounts.get_me(identity)).avatar_id
        await self._accounts.set_avatar(identity.user_id, None)
        await self.forget(before)

    async def forget(self, avatar_id: str | None) -> None:
        """Delete an avatar that a user had, unless another one has uploaded the same image."""
        if avatar_id is None:
            return
        async with self._alone_with(avatar_id):
            if not await self._db.read(has_avatar, avatar_id):
                await self._storage.delete(*(_key(avatar_id, size) for size in SIZES))

    async def get(self, avatar_id: str, size: int) -> bytes:
        """Return an avatar as WebP, of one of `SIZES`.

        Raises:
            AvatarNotFound: there is none.
        """
        content = await self._storage.find(_key(avatar_id, size)) if _ID.fullmatch(avatar_id) else None
        if content is None:
            raise AvatarNotFound("There is no such avatar.")
        return content

    async def _decode(self, content: bytes) -> dict[int, bytes]:
        """Make squares of a stranger's image in a process of its own."""
        settings = self._settings
        limits = Limits(
            memory_bytes=settings.avatar_memory_bytes,
            cpu_s=settings.avatar_cpu_s,
            wall_s=settings.avatar_timeout_s,
            output_bytes=_ANSWER_BYTES,
        )
        try:
            found = _decoder.decode(await ask_confined(_PROGRAM, content, limits))
        except Overstepped as error:
            raise NotAnImage("Decoding the image takes more than an avatar should.", reason=str(error)) from error
        if isinstance(found, Unusable):
            raise NotAnImage(found.reason)
        return found.by_size

    def _alone_with(self, avatar_id: str) -> AbstractAsyncContextManager[object]:
        """Let nobody, in any process, delete what somebody else is about to point at."""
        return self._db.exclusive(f"avatars {avatar_id[0]}", patience_s=_PATIENCE_S)


def fitting_size(wanted_px: int) -> int:
    """Return the smallest size that is large enough, or the largest."""
    return next((size for size in SIZES if size >= wanted_px), SIZES[-1])


def _key(avatar_id: str, size: int) -> str:
    return f"avatars/{avatar_id[:2]}/{avatar_id}-{size}.webp"

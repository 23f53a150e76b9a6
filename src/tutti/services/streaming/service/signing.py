"""Signed stream addresses: for one user's session, one track, until a moment.

``sig`` is a `KeyRing`'s, ``kid.user.session.admin.expires.mac``, about the track. A new key is made now and then, and
an old one forgotten when every address that it signed has expired.
"""

import msgspec

from tutti.kit.auth import REVOCATION_MEMORY_S
from tutti.kit.keyring import KeyRing
from tutti.kit.secrets import SecretStore
from tutti.services.streaming.api import BadSignature, StreamExpired

_NAME = "stream-keys"
_MAX_LENGTH = 400
_KEPT_S = REVOCATION_MEMORY_S
"""No address lives longer, however the settings were when it was made."""


class Grant(msgspec.Struct, frozen=True):
    """What a signature says."""

    user_id: str
    session_id: str
    is_admin: bool
    expires_at: int
    """Unix time."""


class Signer:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, secrets: SecretStore) -> None:
        self._keys = KeyRing(secrets, _NAME)

    async def load(self) -> None:
        """Read the keys, making one at the first start."""
        await self._keys.load()

    async def renew(self, present: float, every_s: int) -> None:
        """Have a new key sign soon if the present one has signed for ``every_s`` seconds."""
        await self._keys.renew(present, every_s, _KEPT_S)

    def sign(self, track_id: str, grant: Grant) -> str:
        """Return the signature that lets the holder hear ``track_id``."""
        is_admin = "1" if grant.is_admin else "0"
        return self._keys.sign(track_id, grant.user_id, grant.session_id, is_admin, str(grant.expires_at))

    def check(self, track_id: str, signature: str, present: float, skew_s: int) -> Grant:
        """Return what the signature says.

        Raises:
            BadSignature: altered, of another track, or made with a key that is no longer ours.
            StreamExpired: it was good once.
        """
        fields = self._keys.read(track_id, signature[:_MAX_LENGTH])
        if fields is None:
            raise BadSignature("This stream address is not valid.")
        user_id, session_id, is_admin, expires_at = fields
        if int(expires_at) + skew_s < present:
            raise StreamExpired("This stream address has expired; ask for a new one.")
        return Grant(user_id, session_id, is_admin == "1", int(expires_at))

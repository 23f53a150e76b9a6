"""Signed addresses of our own, for objects in a local folder: ``sig`` is a `KeyRing`'s, and says when it expires."""

from tutti.kit.keyring import KeyRing
from tutti.kit.secrets import SecretStore
from tutti.kit.storage.errors import AddressAltered, AddressExpired

MAX_SIGNATURE = 200
_NAME = "upload-keys"


class AddressSigner:
    """Signs and checks; both take microseconds and no look-up."""

    def __init__(self, secrets: SecretStore) -> None:
        self._keys = KeyRing(secrets, _NAME)

    async def load(self) -> None:
        """Read the keys, making one at the first start."""
        await self._keys.load()

    def sign(self, what: str, expires_at: int) -> str:
        """Return the signature that allows ``what`` until then (Unix time)."""
        return self._keys.sign(what, str(expires_at))

    def check(self, what: str, signature: str, present: float) -> None:
        """Let pass who holds a signature for ``what``.

        Raises:
            AddressAltered: it is for something else, or none of ours.
            AddressExpired: it was good once.
        """
        fields = self._keys.read(what, signature[:MAX_SIGNATURE])
        if fields is None:
            raise AddressAltered("This address is not valid; send to it exactly as it was given.")
        if int(fields[0]) < present:
            raise AddressExpired("This address has expired; ask for a new one.")

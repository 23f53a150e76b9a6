"""Letting us into NATS by a credentials file: a JWT, and the seed that signs what the server asks.

The file is what ``nsc`` writes. NKEYS (https://github.com/nats-io/nkeys): base32 of two bytes that say what it is, the
32 bytes of an Ed25519 seed, and a checksum (CRC-16/XMODEM, little endian). The JWT goes along as it is.
"""

import base64
import binascii
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tutti.kit.settings import BadSetting

_PART = re.compile(r"-+BEGIN [A-Z ]+-+\s*(\S+)\s*-+END [A-Z ]+-+")
_SEED = slice(2, 34)
_DECODED_BYTES = 36


class Credentials:
    """Read once, at start."""

    def __init__(self, path: Path) -> None:
        try:
            parts = _PART.findall(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"TUTTI_EVENTS_NATS_CREDENTIALS: cannot read {path}: {error}") from error
        if len(parts) != 2:
            raise BadSetting(f"TUTTI_EVENTS_NATS_CREDENTIALS: {path} holds no JWT and seed; make it with `nsc`.")
        self._jwt, self._key = parts[0].encode(), _read_seed(parts[1], path)

    def jwt(self) -> bytes:
        """Say who we are."""
        return self._jwt

    def sign(self, nonce: str) -> bytes:
        """Prove it."""
        return base64.b64encode(self._key.sign(nonce.encode()))


def _read_seed(text: str, path: Path) -> Ed25519PrivateKey:
    try:
        raw = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raw = b""
    if len(raw) != _DECODED_BYTES or binascii.crc_hqx(raw[:-2], 0) != int.from_bytes(raw[-2:], "little"):
        raise BadSetting(f"TUTTI_EVENTS_NATS_CREDENTIALS: the seed in {path} is damaged; make it again with `nsc`.")
    return Ed25519PrivateKey.from_private_bytes(raw[_SEED])

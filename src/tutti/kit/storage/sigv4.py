"""AWS Signature Version 4 in the query of an address: whoever has the address may send that one request for a while.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

import msgspec

MAX_LIFETIME_S = 7 * 24 * 3600
_ALGORITHM = "AWS4-HMAC-SHA256"
_SERVICE = "s3"


class Credentials(msgspec.Struct, frozen=True):
    """Who signs, and for which region."""

    key_id: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Credentials({self.key_id!r}, region={self.region!r})"


def presign(
    credentials: Credentials,
    method: str,
    url: str,
    *,
    at: datetime,
    lifetime_s: int,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> str:
    """Return ``url`` (without a query) signed for ``method``, from ``at`` (UTC) on for ``lifetime_s`` seconds.

    The request has to carry exactly ``headers``; its body is not covered, but by what they say of it
    (``content-length``).
    """
    parts = urlsplit(url)
    signed = {"host": parts.netloc} | {name.lower(): " ".join(value.split()) for name, value in (headers or {}).items()}
    names = ";".join(sorted(signed))
    day = f"{at:%Y%m%d}"
    scope = f"{day}/{credentials.region}/{_SERVICE}/aws4_request"
    parameters = dict(query or {}) | {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{credentials.key_id}/{scope}",
        "X-Amz-Date": f"{at:%Y%m%dT%H%M%SZ}",
        "X-Amz-Expires": str(min(lifetime_s, MAX_LIFETIME_S)),
        "X-Amz-SignedHeaders": names,
    }
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    asked = "&".join(f"{name}={value}" for name, value in pairs)
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    request = f"{method}\n{parts.path or '/'}\n{asked}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
    digest = hashlib.sha256(request.encode()).hexdigest()
    to_sign = f"{_ALGORITHM}\n{at:%Y%m%dT%H%M%SZ}\n{scope}\n{digest}"
    key = f"AWS4{credentials.secret_key}".encode()
    for step in (day, credentials.region, _SERVICE, "aws4_request"):
        key = _mac(key, step)
    return f"{url}?{asked}&X-Amz-Signature={_mac(key, to_sign).hex()}"


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")

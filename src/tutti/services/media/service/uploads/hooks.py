"""Notifications from outside: signed with a shared secret, and only good for a while.

``X-Tutti-Timestamp`` holds the Unix time and ``X-Tutti-Signature`` the HMAC-SHA256, in hex, of ``timestamp.body``. What
a notification sets off happens once however often it comes, so one repeated within the window changes nothing.
"""

import hmac
from pathlib import Path
from urllib.parse import unquote_plus

import msgspec

from tutti.kit.clock import now
from tutti.kit.errors import Invalid
from tutti.kit.settings import BadSetting
from tutti.services.media.api import HookRefused, HooksOff
from tutti.services.media.service.uploads.settings import UploadsSettings

MAX_BODY_BYTES = 1024 * 1024
_CREATED = "ObjectCreated:"


class _Object(msgspec.Struct):
    key: str = ""


class _Entity(msgspec.Struct):
    object: _Object = msgspec.field(default_factory=_Object)


class _Record(msgspec.Struct, rename={"event_name": "eventName"}):
    event_name: str = ""
    s3: _Entity = msgspec.field(default_factory=_Entity)


class _Notification(msgspec.Struct, rename={"records": "Records"}):
    records: list[_Record] = msgspec.field(default_factory=list[_Record])


class HookGate:
    """Lets signed notifications pass."""

    def __init__(self, settings: UploadsSettings) -> None:
        """Raises `BadSetting` where the file of the secret cannot be read."""
        self._secret = _read_secret(settings)
        self._window_s = settings.hook_window_s

    def check(self, timestamp: str, signature: str, body: bytes) -> None:
        """Let pass what was signed with our secret, now.

        Raises:
            HooksOff: there is no secret.
            HookRefused: it was not.
        """
        if not self._secret:
            raise HooksOff("Notifications are not taken here: set TUTTI_UPLOADS_HOOK_SECRET first.")
        expected = sign_hook(self._secret, timestamp, body)
        if not hmac.compare_digest(expected.encode(), signature.strip().lower().encode()):
            raise HookRefused("The signature is not that of this notification, made with our secret.")
        if not timestamp.isdecimal() or abs(now().timestamp() - int(timestamp)) > self._window_s:
            raise HookRefused(f"The notification was not signed within the last {self._window_s} s; check both clocks.")


def sign_hook(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a notification sent at ``timestamp`` (Unix time, in digits), in hex."""
    return hmac.digest(secret.encode(), timestamp.encode() + b"." + body, "sha256").hex()


def read_created_keys(body: bytes) -> list[str]:
    """Return the keys of objects that a notification in the form of S3 tells to be there now.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html

    Raises:
        Invalid: it is of another form.
    """
    try:
        notification = msgspec.json.decode(body, type=_Notification)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise Invalid("A notification is JSON with `Records`, as S3 sends it.") from error
    created = (record for record in notification.records if _CREATED in record.event_name)
    return [unquote_plus(record.s3.object.key) for record in created]


def _read_secret(settings: UploadsSettings) -> str:
    if not settings.hook_secret_file:
        return settings.hook_secret
    try:
        return Path(settings.hook_secret_file).read_text("utf-8").strip()
    except OSError as error:
        raise BadSetting(f"TUTTI_UPLOADS_HOOK_SECRET_FILE: cannot be read: {error.strerror}") from error

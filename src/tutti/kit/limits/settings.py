"""How many requests there may be: by kind, all of them far above what people do."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Kind = Literal["read", "write", "search", "stream", "upload", "sign_in", "refused"]

_READ = "Requests that read, of one user in a minute; 0 for no limit"
_WRITE = "Requests that change something, of one user in a minute; 0 for no limit"
_SEARCH = "Searches of one user in a minute; 0 for no limit"
_STREAM = "Tracks begun and playlists of segments asked for, of one user in a minute; 0 for no limit"
_UPLOAD = "Steps of uploads of one user in a minute, without the bytes themselves; 0 for no limit"
_SIGN_IN = "Logins, renewals and new accounts from one address in a minute; 0 for no limit"

_LIVE = "Messages that one live socket may send in a minute; 0 for no limit"
_REFUSED = (
    "Requests from one address in a minute that are refused for want of a valid token, or of a valid signature; "
    "0 for no limit"
)


class LimitSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Section ``limits``, per `Kind`, and for each live socket.

    Who is not logged in shares the limit with all of the same address.
    """

    read: Annotated[int, Meta(ge=0, description=_READ)] = 6000
    write: Annotated[int, Meta(ge=0, description=_WRITE)] = 1200
    search: Annotated[int, Meta(ge=0, description=_SEARCH)] = 1200
    stream: Annotated[int, Meta(ge=0, description=_STREAM)] = 1200
    upload: Annotated[int, Meta(ge=0, description=_UPLOAD)] = 6000
    sign_in: Annotated[int, Meta(ge=0, description=_SIGN_IN)] = 300
    refused: Annotated[int, Meta(ge=0, description=_REFUSED)] = 600
    live: Annotated[int, Meta(ge=0, description=_LIVE)] = 600

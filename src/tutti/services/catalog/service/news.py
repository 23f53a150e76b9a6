"""What clients hear live of the catalogue."""

import msgspec

from tutti.kit.live import Live
from tutti.services.catalog.service.scanner.progress import CHANNEL as SCANS

LIBRARY = "library"


class Changed(msgspec.Struct, frozen=True):
    """Something did; which library is not said, since not everybody may know of it."""


class News:
    """The catalogue's channels: ``scans`` for admins, ``library`` for everybody."""

    def __init__(self, live: Live) -> None:
        self._live = live
        live.allow(SCANS, lambda identity, rest: identity.is_admin and not rest)
        live.allow(LIBRARY, lambda _, rest: not rest)

    def tell(self) -> None:
        """Say that lists are worth asking for again."""
        self._live.show(LIBRARY, "changed", Changed())

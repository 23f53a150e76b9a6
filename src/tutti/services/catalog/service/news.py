"""What clients hear live of the catalogue."""

import msgspec

from tutti.kit.live import Live
from tutti.services.catalog.api.channels import LIBRARY


class Changed(msgspec.Struct, frozen=True):
    """Something did; which library is not said, since not everybody may know of it."""


class News:
    """What everybody hears; scans are shown by themselves."""

    def __init__(self, live: Live) -> None:
        self._live = live

    def tell(self) -> None:
        """Say that lists are worth asking for again."""
        self._live.show(LIBRARY, "changed", Changed())

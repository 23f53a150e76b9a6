"""The catalogue's live channels, and who may listen: by who somebody is alone, so that every process can tell."""

from collections.abc import Callable, Mapping

from tutti.kit.auth import Identity

SCANS = "scans"
LIBRARY = "library"

CHANNELS: Mapping[str, Callable[[Identity, str], bool]] = {
    SCANS: lambda identity, rest: identity.is_admin and not rest,
    LIBRARY: lambda _, rest: not rest,
}
"""``scans`` is for admins, ``library`` for everybody; neither has more to its name."""

"""What an admin says of a library."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tutti.services.catalog.api.patches import Name

FolderPath = Annotated[str, Meta(min_length=1, max_length=4096, pattern=r"\S")]
UserIds = Annotated[list[UUID], Meta(max_length=10_000)]


class NewLibrary(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A folder of music, read in place and never written to."""

    name: Name
    path: FolderPath
    """Absolute, on the machine that runs Tutti."""
    everyone: bool = True
    user_ids: UserIds = []
    """Who may see it when not everyone."""
    watch: bool = True


class LibraryPatch(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Changes to a library: a field left out stays. A new path means the same files are found there now."""

    name: Name | UnsetType = UNSET
    path: FolderPath | UnsetType = UNSET
    everyone: bool | UnsetType = UNSET
    user_ids: UserIds | UnsetType = UNSET
    watch: bool | UnsetType = UNSET


class ScanRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to scan."""

    full: bool = False
    """Read every file again, also those that seem unchanged."""

"""What can go wrong with bytes on their way in, as clients see it."""

import errno

from obstore.exceptions import BaseError as StorageError

from tutti.kit.errors import AppError, Conflict, Forbidden, Unavailable, Unprocessable

__all__ = [
    "AddressAltered",
    "AddressExpired",
    "BodyCut",
    "BodyStalled",
    "SentAgain",
    "StorageAway",
    "StorageError",
    "StorageFull",
    "as_answer",
]

_RETRY_S = 5
_NO_ROOM = f"(os error {errno.ENOSPC})"  # obstore has no error of its own for it


class AddressAltered(Forbidden):
    """The address was altered, or was made for something else."""


class AddressExpired(Forbidden):
    """The address has expired; ask for a new one."""


class BodyStalled(AppError):
    """No bytes came for too long; send it again."""

    status = 408


class BodyCut(Unprocessable):
    """The body ended early, or is longer than it should be; send it again."""


class SentAgain(Conflict):
    """The same bytes are being sent anew over another connection, which goes before this one."""


class StorageAway(Unavailable):
    """The object storage does not answer, or refuses what is asked of it; the log says why."""


class StorageFull(AppError):
    """There is no room for this on the server's disk; its operator has to make some."""

    status = 507


def as_answer(error: StorageError) -> AppError:
    """Return what clients are told of a store that fails."""
    if _NO_ROOM in str(error):
        return StorageFull("This server's disk is full; ask its operator to make room.")
    return StorageAway("The storage does not answer; try again soon.", retry_after_s=_RETRY_S)

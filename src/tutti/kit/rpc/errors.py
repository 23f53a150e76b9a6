"""What becomes of a call whose peer gave no answer; an error that the peer raised is raised here as the same class.

Clients are not told that there are parts: the codes are those that one process alone would send.
"""

from tutti.kit.errors import AppError, TooLarge, Unavailable


class PeerAway(Unavailable):
    """A part of this server cannot be reached at the moment."""

    code = "UNAVAILABLE"


class PeerLate(Unavailable):
    """A part of this server did not answer in time."""

    code = "UNAVAILABLE"


class PeerBusy(Unavailable):
    """A part of this server has as many calls under way as it takes."""

    code = "UNAVAILABLE"


class PeerRefused(Unavailable):
    """A part of this server does not take this process for one of its own."""

    code = "UNAVAILABLE"


class PeerOutdated(Unavailable):
    """A part of this server is of an older version, and does not know this call yet."""

    code = "UNAVAILABLE"


class MessageTooLarge(TooLarge):
    """A request or an answer is larger than parts of this server send each other."""


class PeerFailed(AppError):
    """A part of this server failed; its log says why, by the trace id."""

    code = "INTERNAL"

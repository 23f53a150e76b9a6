"""Why nothing is made of an upload, and never will be."""

from tutti.services.media.api import FailureCode


class Refused(Exception):
    """Trying again would not help; the message is a sentence for the uploader."""

    def __init__(self, code: FailureCode, reason: str, *, duplicate_of: str | None = None) -> None:
        super().__init__(reason)
        self.code: FailureCode = code
        self.reason = reason
        self.duplicate_of = duplicate_of


class Withdrawn(Exception):
    """The track was deleted while it was being made."""

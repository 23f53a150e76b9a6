"""What can go wrong with uploads and jobs, as clients see it."""

from tutti.kit.errors import (
    AppError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    TooLarge,
    TooManyRequests,
    Unprocessable,
    UnsupportedType,
)


class UploadNotFound(NotFound):
    """No such upload of yours."""


class UploadTooLarge(TooLarge):
    """The file is larger than this server takes."""


class QuotaExceeded(TooLarge):
    """The file does not fit into what you may store."""


class ContentTypeRefused(UnsupportedType):
    """This is not a kind of audio file that is taken here."""


class FilenameUnusable(Invalid):
    """Nothing is left of the filename once what cannot be in one is taken away."""


class TooManyUploads(TooManyRequests):
    """You have uploaded as many files as one may in a day."""


class UploadClosed(Conflict):
    """The upload takes no more bytes: they have come already, or it has ended."""


class UploadIncomplete(Conflict):
    """Not all the bytes have come yet; send what is missing."""


class UploadUnderWay(Conflict):
    """The upload is being made a track of, or has become one; delete the track then."""


class NotADuplicate(Conflict):
    """Only an upload that failed as a duplicate can be kept nevertheless."""


class PartOutOfRange(Invalid):
    """The upload has no part of this number."""


class LengthRequired(AppError):
    """Say how long the body is, in Content-Length."""

    status = 411


class LengthMismatch(Unprocessable):
    """The body is not as long as was said when the upload began."""


class HooksOff(NotFound):
    """Notifications are not taken here: no secret is set."""


class HookRefused(Forbidden):
    """The notification is not signed with our secret, or was sent too long ago."""


class JobNotFound(NotFound):
    """No such job."""


class JobNotDead(Conflict):
    """Only a job that was given up can be tried again."""

"""What a failure of the world around says to the person at the terminal; a mistake of ours keeps its traceback."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from tutti.kit.errors import AppError
from tutti.kit.settings import BadSetting


class Refused(Exception):
    """The command cannot be carried out; the message says why and what to do."""


FAILURES = (AppError, BadSetting, Refused, OSError, sqlite3.Error, SQLAlchemyError)
"""What `explain` has a sentence for."""

_SPACE = "Make room on the disk and try again."
_RIGHTS = "Let this user write there, or choose another place."
_PATH = "Check the path."
_OS_ADVICE = {
    errno.ENOSPC: _SPACE,
    errno.EDQUOT: _SPACE,
    errno.EFBIG: _SPACE,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: _RIGHTS,
    errno.ENOENT: _PATH,
    errno.ENOTDIR: _PATH,
    errno.EISDIR: _PATH,
    errno.EEXIST: _PATH,
}
_DATABASE_ADVICE = (
    ("not a database", "Bring back a backup: tutti restore FILE --force"),
    ("malformed", "Bring back a backup: tutti restore FILE --force"),
    ("full", _SPACE),
    ("disk i/o", _SPACE),
    ("readonly", _RIGHTS),
    ("unable to open", _RIGHTS),
    ("locked", "Another program holds it; try again when that is done."),
)


def explain(error: BaseException) -> str:
    """Return one line that says what is wrong and, where it can be known, what to do."""
    if isinstance(error, AppError):
        path = error.details.get("path")
        return f"{error.message} ({path})" if path else error.message
    if isinstance(error, DBAPIError):
        return _explain_database(find_reason(error))
    if isinstance(error, sqlite3.Error):
        return _explain_database(error)
    if isinstance(error, OSError):
        return explain_os_error(error)
    return str(error)


def explain_os_error(error: OSError) -> str:
    """Return what the system refuses, on which file, and what to do."""
    said = error.strerror or str(error) or type(error).__name__
    named = f"{error.filename}: {said}." if error.filename else f"{said}."
    return _with_advice(named, _OS_ADVICE.get(error.errno or 0))


def find_reason(error: DBAPIError) -> BaseException:
    """Return what the driver raised, without the wrappings."""
    return error.orig.__cause__ or error.orig if error.orig is not None else error


def _explain_database(error: BaseException) -> str:
    said = str(error)
    advice = next((advice for phrase, advice in _DATABASE_ADVICE if phrase in said.lower()), None)
    return _with_advice(f"The database refuses: {said}.", advice)


def _with_advice(said: str, advice: str | None) -> str:
    return f"{said} {advice}" if advice else said

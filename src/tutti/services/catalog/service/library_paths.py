"""Which folders may be libraries, and the look around for them on the server's own disk."""

import os
from collections.abc import Sequence
from pathlib import Path

from tutti.services.catalog.api import FolderEntry, FolderListing, LibraryPathTaken, NotAFolder

_MOST_SHOWN = 2_000


def check_path(path: str, data_dir: Path) -> str:
    """Return the real path of a folder that may become a library, if no other is in its way. Blocking: for a thread.

    Raises:
        NotAFolder: it is not absolute, no folder, not readable, or holds Tutti's own data.
    """
    if not Path(path).is_absolute():
        raise NotAFolder("Give the whole path, from the root.", path=path)
    real = Path(os.path.realpath(path))
    if not real.is_dir() or not os.access(real, os.R_OK | os.X_OK):
        raise NotAFolder("There is no folder here that this server can read.", path=path)
    own = data_dir.resolve()
    if real == own or real in own.parents or (own in real.parents and _is_state(real, own)):
        raise NotAFolder("This folder holds Tutti's own data.", path=path)
    return str(real)


def require_apart(path: str, others: Sequence[str]) -> None:
    """Refuse a folder that other libraries read already; all paths are real ones.

    Raises:
        LibraryPathTaken: it lies in or around one of ``others``, or is one.
    """
    real = Path(path)
    for other in map(Path, others):
        if real == other or real in other.parents or other in real.parents:
            raise LibraryPathTaken("Another library reads this folder, or one in or above it.", path=str(other))


def _is_state(real: Path, own: Path) -> bool:
    """Whether a folder inside the data folder holds state; the demo library lies there too, and holds music."""
    return real.relative_to(own).parts[0] != "demo"


def list_folders(path: str | None, roots: Sequence[str]) -> FolderListing:
    """Return the folders inside ``path``, hidden ones left out; without a path those of the first root.

    Raises:
        NotAFolder: it is not below a root, or cannot be read.
    """
    allowed = [Path(os.path.realpath(root)) for root in roots]
    if path is None and len(allowed) != 1:
        return FolderListing("", None, [FolderEntry(str(root), str(root)) for root in allowed])
    real = Path(os.path.realpath(path)) if path is not None else allowed[0]
    if path is not None and not Path(path).is_absolute():
        raise NotAFolder("Give the whole path, from the root.", path=path)
    # By the real path: a link inside a root that leads out of it is not followed.
    if not any(real == root or root in real.parents for root in allowed):
        raise NotAFolder("There is no folder here that this server can read.", path=str(path))
    try:
        with os.scandir(real) as entries:
            names = sorted((entry.name for entry in entries if _is_shown(entry)), key=str.casefold)
    except OSError as error:
        raise NotAFolder("There is no folder here that this server can read.", path=str(real)) from error
    above = None if real in allowed else str(real.parent)
    return FolderListing(str(real), above, [FolderEntry(name, str(real / name)) for name in names[:_MOST_SHOWN]])


def _is_shown(entry: os.DirEntry[str]) -> bool:
    try:
        entry.name.encode()
        return not entry.name.startswith(".") and entry.is_dir()
    except (OSError, UnicodeEncodeError):
        return False

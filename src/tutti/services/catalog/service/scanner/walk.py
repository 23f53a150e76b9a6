"""Walks a library: what lies in each of its folders, with one digest that tells whether any of it changed.

Runs in a thread, and is the whole cost of a scan that finds nothing new: one `scandir` per folder, one `stat` per audio
file, and nothing more per file than an entry in a list.
"""

import os
import re
from collections.abc import Iterator
from fnmatch import translate
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from stat import S_ISDIR

import msgspec

from tutti.services.catalog.service.reading.covers import find_folder_cover
from tutti.services.catalog.service.reading.formats import BY_EXTENSION

NOMEDIA = ".nomedia"
_DIGEST_BYTES = 16
_TO_LIST = os.O_RDONLY | os.O_DIRECTORY
_AUDIO = frozenset(BY_EXTENSION)
_BESIDE = frozenset({".lrc", ".jpg", ".jpeg", ".png", ".webp", ".gif"})

FoundFile = tuple[str, int, int, str | None]
"""Name, size in bytes, mtime in ns, a stamp of the ``.lrc`` beside it. A tuple, since each file of a walk is one."""
_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[FoundFile]).decode


class WalkRules(msgspec.Struct, frozen=True):
    """What a walk leaves out, besides what is hidden and folders with a ``.nomedia``."""

    excluded: tuple[str, ...] = ()
    """Shell patterns of names, of files and of folders."""


class Listing(msgspec.Struct, frozen=True, gc=False):
    """A folder as it lies there; ``path`` is relative to the library, the root's is empty.

    Its files stay packed: in a folder that is as it was, nobody looks at them.
    """

    path: str
    file_count: int
    packed_files: bytes
    folders: list[str]
    """Names of the folders inside, sorted, without those left out."""
    cover_name: str | None
    cover_stamp: str | None
    skipped: int
    """Files that are no audio we read, nor belong to it."""
    digest: str
    """Of the path and all that is in the folder."""

    @property
    def files(self) -> list[FoundFile]:
        """Audio, by name."""
        return _unpack(self.packed_files)


class UnreadableFolder(msgspec.Struct, frozen=True, gc=False):
    """A folder that is there and cannot be read: nothing is known of what is in it, so nothing in it is missing."""

    path: str
    reason: str


def walk(root: str, start: str, rules: WalkRules) -> Iterator[Listing | UnreadableFolder]:
    """Yield the folder ``start`` (relative to ``root``) and those below it, each before those in it, by name.

    Links to folders are followed, but not back to where the way down came from.
    """
    pending = [start]
    while pending:
        path = pending.pop()
        try:
            found = _list(f"{root}/{path}" if path else root, path, rules)
        except OSError as error:
            if path != start and isinstance(error, FileNotFoundError | NotADirectoryError):
                continue  # gone since its own was listed
            yield UnreadableFolder(path, error.strerror or "it cannot be read")
            continue
        yield found
        if found.folders:
            pending += [f"{path}/{name}" if path else name for name in reversed(found.folders)]


def _list(absolute: str, path: str, rules: WalkRules) -> Listing:
    folder = os.open(absolute, _TO_LIST)
    try:
        return _list_opened(folder, absolute, path, rules)
    finally:
        os.close(folder)


def _list_opened(folder: int, absolute: str, path: str, rules: WalkRules) -> Listing:
    """List a folder by its descriptor: what is in it is found from there, and not from the top each time."""
    folders: list[str] = []
    files: list[FoundFile] = []
    beside: dict[str, os.DirEntry[str]] = {}
    names_excluded, shapes_excluded = _excluded(rules.excluded)
    skipped = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name[0] == ".":
                if name == NOMEDIA and path:
                    return Listing(path, 0, _pack([]), [], None, None, 0, _digest(_pack((path, NOMEDIA))))
                continue
            if name in names_excluded or (shapes_excluded and shapes_excluded.match(name)):
                continue
            ending = name[name.rfind(".") :]  # its last character where there is no dot
            if ending in _AUDIO or (ending := ending.lower()) in _AUDIO:
                try:
                    status = entry.stat()
                except OSError:
                    continue  # a link to nowhere, or gone since
                if not S_ISDIR(status.st_mode):  # which spares most entries the question below
                    files.append((name, status.st_size, status.st_mtime_ns, None))
                    continue
            if _is_folder(entry, absolute):
                folders.append(name)
            elif ending in _BESIDE:
                beside[name] = entry
            else:
                skipped += 1
    folders.sort()
    files.sort()
    return _listing(path, _with_lyrics(files, beside), folders, beside, skipped)


@lru_cache(maxsize=16)
def _excluded(patterns: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str] | None]:
    """The patterns that are plain names, which cost one look into a set, and all others as one expression."""
    shapes = [pattern for pattern in patterns if any(sign in pattern for sign in "*?[")]
    return frozenset(patterns) - frozenset(shapes), re.compile("|".join(map(translate, shapes))) if shapes else None


def _listing(
    path: str, files: list[FoundFile], folders: list[str], beside: dict[str, os.DirEntry[str]], skipped: int
) -> Listing:
    cover = find_folder_cover(beside) if beside else None
    stamp = _stamp(beside[cover]) if cover else None
    try:
        packed = _pack(files)
        about = _pack((path, folders, cover, stamp))
    except UnicodeEncodeError:
        # Names that are no UTF-8 can be neither stored nor sent; what bears one is passed over.
        named = [file for file in files if _is_text(file[0])]
        skipped += len(files) - len(named)
        kept = {name: entry for name, entry in beside.items() if _is_text(name)}
        return _listing(path, named, [name for name in folders if _is_text(name)], kept, skipped)
    return Listing(path, len(files), packed, folders, cover if stamp else None, stamp, skipped, _digest(about + packed))


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()


def _with_lyrics(files: list[FoundFile], beside: dict[str, os.DirEntry[str]]) -> list[FoundFile]:
    words = {name[:-4]: entry for name, entry in beside.items() if name.endswith(".lrc")}
    if not words:
        return files
    found = ((file, words.get(file[0][: file[0].rfind(".")])) for file in files)
    return [(*file[:3], _stamp(entry) if entry else None) for file, entry in found]


def _is_folder(entry: os.DirEntry[str], absolute: str) -> bool:
    try:
        if not entry.is_dir():
            return False
        return not entry.is_symlink() or not _leads_back(f"{absolute}/{entry.name}", absolute)
    except OSError:
        return False


def _leads_back(link: str, absolute: str) -> bool:
    """Whether a link goes to a folder on the way down to it: following it would never end."""
    target = Path(link).resolve()
    here = Path(absolute)
    return any(target == above.resolve() for above in (here, *here.parents))


def _stamp(entry: os.DirEntry[str]) -> str | None:
    try:
        status = entry.stat()
    except OSError:
        return None
    return f"{status.st_size}:{status.st_mtime_ns}"


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

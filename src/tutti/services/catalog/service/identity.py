"""Which file that was read is which one that was lost: docs/decisions/0005-track-identity.md, step 3. Pure."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from tutti.services.catalog.repository.scanned import ScannedFile
from tutti.services.catalog.repository.scanning import KnownFile
from tutti.services.catalog.repository.writing import LOST_MARK

MAX_DIFFERENCE_MS = 2_000


class Described(msgspec.Struct, frozen=True, gc=False):
    """What tells tracks of the same audio apart."""

    mbids: tuple[str, str | None] | None
    """Recording and release; None without a recording."""
    names: tuple[object, ...]
    """Title, artists, album, disc and number."""
    duration_ms: int


class Lost(msgspec.Struct, frozen=True, gc=False):
    """A file that vanished, or whose audio is not what it was."""

    known: KnownFile
    described: Described


def describe(file: ScannedFile) -> Described:
    """Return what tells the track of a file apart."""
    columns, album = file.columns, file.album
    recording = columns.mbid_recording
    names = (
        columns.title,
        columns.artist_name,
        album.title if album else None,
        columns.disc_number,
        columns.track_number,
    )
    release = album.mbid_release if album else None
    return Described((recording, release) if recording else None, names, columns.duration_ms)


def match(found: Sequence[ScannedFile], lost: Sequence[Lost]) -> dict[str, Lost]:
    """Return what the files at these paths were before; each lost one at most once. The rest is new."""
    matched: dict[str, Lost] = {}
    for rule in (_by_audio, _by_path, _by_tags):
        taken = {each.known.id for each in matched.values()}
        left = [each for each in lost if each.known.id not in taken]
        matched |= rule([file for file in found if file.path not in matched], left)
    return matched


def _by_audio(found: Sequence[ScannedFile], lost: Sequence[Lost]) -> dict[str, Lost]:
    alike: defaultdict[str, list[Lost]] = defaultdict(list)
    for each in lost:
        alike[each.known.fingerprint].append(each)
    pairs = [
        (_likeness(file, each), file.path, each.known.path, each) for file in found for each in alike[file.fingerprint]
    ]
    pairs.sort(key=lambda pair: pair[:3])
    matched: dict[str, Lost] = {}
    taken: set[str] = set()
    for _, path, _, each in pairs:
        if path not in matched and each.known.id not in taken:
            matched[path] = each
            taken.add(each.known.id)
    return matched


def _likeness(file: ScannedFile, lost: Lost) -> tuple[bool, bool, bool]:
    """Sorts the likeliest first: False before True."""
    this = describe(file)
    same_mbids = this.mbids is not None and this.mbids == lost.described.mbids
    return not same_mbids, this.names != lost.described.names, _name(file.path) != _name(lost.known.path)


def _by_path(found: Sequence[ScannedFile], lost: Sequence[Lost]) -> dict[str, Lost]:
    at = {each.known.path.partition(LOST_MARK)[0]: each for each in lost}
    return {file.path: at[file.path] for file in found if file.path in at}


def _by_tags(found: Sequence[ScannedFile], lost: Sequence[Lost]) -> dict[str, Lost]:
    by_mbids: defaultdict[object, list[Lost]] = defaultdict(list)
    by_names: defaultdict[object, list[Lost]] = defaultdict(list)
    for each in lost:
        by_mbids[each.described.mbids].append(each)
        by_names[each.described.names].append(each)
    claims: defaultdict[str, list[tuple[str, Lost]]] = defaultdict(list)
    for file in found:
        this = describe(file)
        alike = (by_mbids[this.mbids] if this.mbids else []) or by_names[this.names]
        near = [each for each in alike if abs(each.described.duration_ms - this.duration_ms) <= MAX_DIFFERENCE_MS]
        if len(near) == 1:
            claims[near[0].known.id].append((file.path, near[0]))
    return dict(claimed[0] for claimed in claims.values() if len(claimed) == 1)


def _name(path: str) -> str:
    return path.partition(LOST_MARK)[0].rpartition("/")[2]

"""What a walk says of a folder."""

import os
from pathlib import Path

from tutti.services.catalog.service.scanner.walk import Listing, WalkRules, walk


def listings(root: Path) -> dict[str, Listing]:
    found = list(walk(str(root), "", WalkRules()))
    return {each.path: each for each in found if isinstance(each, Listing)}


def lay(path: Path, content: bytes = b"sound", mtime_ns: int = 1_000) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(mtime_ns, mtime_ns))


def test_files_are_named_in_order_with_what_tells_that_they_changed(tmp_path: Path) -> None:
    lay(tmp_path / "album/2.flac", b"longer")
    lay(tmp_path / "album/1.mp3", mtime_ns=2_000)
    lay(tmp_path / "album/1.lrc", b"words")
    lay(tmp_path / "album/notes.txt")
    album = listings(tmp_path)["album"]
    assert album.files == [("1.mp3", 5, 2_000, "5:1000"), ("2.flac", 6, 1_000, None)]
    assert (album.file_count, album.skipped) == (2, 1)


def test_folders_that_hold_the_same_are_told_apart(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        lay(tmp_path / folder / "song.mp3")
    found = listings(tmp_path)
    assert found["one"].files == found["two"].files
    assert found["one"].digest != found["two"].digest


def test_folders_that_are_left_out_are_told_apart(tmp_path: Path) -> None:
    """Or one that is to be left out from now on would pass for one that was before."""
    for folder in ("one", "two"):
        lay(tmp_path / folder / "song.mp3")
        (tmp_path / folder / ".nomedia").touch()
    found = listings(tmp_path)
    assert found["one"].file_count == 0
    assert found["one"].digest != found["two"].digest
    before = found["one"].digest
    lay(tmp_path / "one/other.mp3")
    assert listings(tmp_path)["one"].digest == before


def test_the_digest_changes_with_the_folder_and_not_by_itself(tmp_path: Path) -> None:
    lay(tmp_path / "song.mp3")
    before = listings(tmp_path)[""].digest
    assert listings(tmp_path)[""].digest == before
    seen = {before}
    for change in (
        lambda: lay(tmp_path / "song.mp3", mtime_ns=5_000),
        lambda: lay(tmp_path / "song.mp3", b"other sound", mtime_ns=5_000),
        lambda: lay(tmp_path / "song.lrc"),
        lambda: lay(tmp_path / "cover.jpg"),
        lambda: (tmp_path / "folder").mkdir(),
        lambda: (tmp_path / "song.mp3").rename(tmp_path / "other.mp3"),
    ):
        change()
        seen.add(listings(tmp_path)[""].digest)
    assert len(seen) == 7

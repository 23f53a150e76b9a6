"""Of two who make or change libraries at once, the second is refused what the first has taken."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from support.scanning import Shelves
from tutti.services.catalog.api import Library, LibraryPathTaken
from tutti.services.catalog.api.libraries import LibraryPatch, NewLibrary


def new(folder: Path, name: str) -> NewLibrary:
    folder.mkdir(parents=True, exist_ok=True)
    return NewLibrary(name=name, path=str(folder), watch=False)


async def one_succeeds(*asked: Awaitable[Library]) -> None:
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if not isinstance(answer, Library)]
    assert [type(answer) for answer in refused] == [LibraryPathTaken] * (len(asked) - 1)


@pytest.mark.parametrize(
    "wanted",
    [
        [("a", "Music"), ("b", "music"), ("c", "MUSIC ")],
        [("a", "One"), ("a", "Two")],
        [("a", "Around"), ("a/b", "Inside")],
    ],
    ids=["name", "folder", "inside"],
)
async def test_one_of_several_at_once_is_made(shelves: Shelves, tmp_path: Path, wanted: list[tuple[str, str]]) -> None:
    await one_succeeds(*(shelves.libraries.create_library(new(tmp_path / path, name)) for path, name in wanted))
    assert len(await shelves.libraries.list_rows()) == 1


@pytest.mark.parametrize("what", ["name", "path"])
async def test_one_of_several_at_once_is_changed(shelves: Shelves, tmp_path: Path, what: str) -> None:
    library_ids = [await shelves.add(name) for name in ("a", "b", "d", "e")]
    (tmp_path / "c").mkdir()
    patch = LibraryPatch(name="c") if what == "name" else LibraryPatch(path=str(tmp_path / "c"))
    await one_succeeds(*(shelves.libraries.update_library(id_, patch) for id_ in library_ids))

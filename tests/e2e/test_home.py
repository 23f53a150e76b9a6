"""The first page, while music comes in."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from e2e.listener import Listener, prepare, rescan
from support.audio import make_audio
from support.server import Server

pytestmark = pytest.mark.browser


def add_albums(music: Path, names: range) -> None:
    for number in names:
        make_audio(music / "Ada Quartet" / f"Album {number}", "01 Song", "flac", seconds=0.1, pitch_hz=220 + number)


def first_visible(shelf: Locator) -> str:
    """The name of the leftmost cover of which all can be seen."""
    return shelf.evaluate(
        """list => {
            const from = list.getBoundingClientRect().left;
            return [...list.children].find(item => item.getBoundingClientRect().left >= from).textContent;
        }"""
    )


def test_a_shelf_stays_at_its_beginning_while_albums_come_in(fresh_server: Server, page: Page, tmp_path: Path) -> None:
    music = tmp_path / "music"
    add_albums(music, range(10))
    prepare(fresh_server, music)
    listener = Listener(page, fresh_server)
    listener.log_in()
    shelf = page.get_by_role("region", name="New here").get_by_role("list")
    expect(shelf.get_by_role("listitem").nth(9)).to_be_attached()
    back, on = listener.button("New here: back"), listener.button("New here: on")
    expect(back).to_be_disabled()
    expect(on).to_be_enabled()
    listener.is_told_of("library")

    add_albums(music, range(10, 13))
    rescan(fresh_server)
    expect(shelf.get_by_text("Album 12")).to_be_attached()
    listener.wait_until(lambda: first_visible(shelf).startswith("Album 1"))
    assert shelf.evaluate("list => list.scrollLeft") == 0

    on.click()
    listener.wait_until(lambda: shelf.evaluate("list => list.scrollLeft") > 100)
    expect(back).to_be_enabled()

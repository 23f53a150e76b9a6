"""The code of a page does not come: the line is down, or the server has a newer version of the app."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.listener import Listener, make_album, prepare
from support.server import Server, running_server

pytestmark = pytest.mark.browser

PARTS = "**/assets/**"
_MARK = "window.isTheSame = true"
_IS_MARKED = "window.isTheSame === true"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("parts")
    with running_server(folder / "data") as started:
        prepare(started, make_album(folder / "music"))
        yield started


@pytest.fixture
def ada(page: Page, server: Server) -> Listener:
    listener = Listener(page, server)
    listener.log_in()
    return listener


def test_the_music_goes_on_where_a_page_does_not_come(ada: Listener) -> None:
    ada.play_album()
    page = ada.page
    page.evaluate(_MARK)
    for address in (PARTS, ada.server.url + "/"):
        page.route(address, lambda route: route.abort())
    link = page.get_by_role("navigation").first.get_by_role("link", name="Genres")
    link.hover()
    page.wait_for_timeout(500)
    link.click()
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    ada.hears_more()

    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Genres", level=1)).to_be_visible()
    ada.hears_more()
    assert page.evaluate(_IS_MARKED)


def test_the_app_is_loaded_anew_where_the_server_has_a_newer_one(ada: Listener) -> None:
    page = ada.page
    page.evaluate(_MARK)
    page.route(PARTS, lambda route: route.fulfill(status=404))
    link = page.get_by_role("navigation").first.get_by_role("link", name="Genres")
    link.hover()
    page.wait_for_timeout(500)
    assert page.evaluate(_IS_MARKED), "nobody wanted the page yet"

    def answer_anew(route: Route) -> None:
        page.unroute(PARTS)
        route.continue_()

    page.route("**/genres", answer_anew)
    link.click()
    expect(page.get_by_role("heading", name="Genres", level=1)).to_be_visible()
    assert not page.evaluate(_IS_MARKED)

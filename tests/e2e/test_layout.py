"""Pages stay where they are while they load: whoever is about to press something presses that."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from e2e.listener import TITLES, Listener, make_album, prepare
from support.server import Server, running_server, wait_for
from support.solo import answer, play

pytestmark = pytest.mark.browser

_NOTE_JUMPS = """
window.jumps = [];
new PerformanceObserver((list) => {
  for (const jump of list.getEntries()) {
    const moved = jump.sources.map(({node, previousRect: from, currentRect: to}) =>
      `${node?.textContent?.slice(0, 40)}: ${from.x},${from.y} -> ${to.x},${to.y}`);
    window.jumps.push(`${jump.value.toFixed(4)} ${moved.join("; ")}`);
  }
}).observe({type: "layout-shift", buffered: true});
"""
SETTINGS = ("/settings", "/settings/account", "/settings/keys", "/settings/libraries")
PLACES = ("/", "/albums", "/artists", "/tracks", "/genres", "/search", "/uploads", *SETTINGS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is set up, has scanned, and where something was heard."""
    folder = tmp_path_factory.mktemp("layout")
    music = make_album(folder / "music", seconds=10)  # short enough to be heard at once, as a client tells it
    with running_server(folder / "data") as started:
        prepare(started, music)
        with started.client(started.log_in("ada")) as client:
            play(client, [track["id"] for track in answer(client, "/tracks")["items"]])
            wait_for(lambda: len(answer(client, "/me/history")["items"]) == len(TITLES), lambda: "heard nothing")
        yield started


@pytest.fixture
def ada(page: Page, server: Server) -> Listener:
    listener = Listener(page, server)
    listener.log_in()
    return listener


class LateFonts:
    """Keeps the fonts of a page back for a while."""

    def __init__(self, ada: Listener) -> None:
        self._ada = ada
        self._page = ada.page
        self._held: list[Route] | None = None
        ada.page.route("**/*.woff2", self._meet)

    def _meet(self, route: Route) -> None:
        if self._held is None:
            route.continue_()
        else:
            self._held.append(route)

    def open(self, path: str) -> None:
        """Open a page without them; it is not loaded before they are."""
        self._held = []
        self._page.goto(self._ada.server.url + path, wait_until="domcontentloaded")

    def come(self) -> None:
        """Let them come, and wait until the page has them."""
        held, self._held = self._held, None
        assert held
        for route in held:
            route.continue_()
        self._page.evaluate("document.fonts.ready.then(() => null)")


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_while_a_page_loads(ada: Listener, width: int) -> None:
    ada.page.set_viewport_size({"width": width, "height": 2400})  # what is out of sight is not looked at
    ada.page.add_init_script(_NOTE_JUMPS)
    ada.open("/")
    ada.button("Play Dawn Ada Quartet").wait_for()  # what was heard last, above all else
    fonts = LateFonts(ada)
    jumps: dict[str, list[str]] = {}
    for place in PLACES:
        fonts.open(place)
        ada.page.get_by_role("heading", level=1).first.wait_for()
        ada.page.wait_for_timeout(1_000)  # what the page shows comes by several requests
        fonts.come()
        jumps[place] = ada.page.evaluate("new Promise((tell) => setTimeout(() => tell(window.jumps), 500))")
    assert {place: seen for place, seen in jumps.items() if seen} == {}


def test_what_is_pressed_while_fonts_come_is_pressed(ada: Listener) -> None:
    fonts = LateFonts(ada)
    fonts.open("/settings")
    saver = ada.page.get_by_role("radio", name="Data saver")
    box = saver.bounding_box()
    assert box is not None
    ada.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    ada.page.mouse.down()
    fonts.come()
    ada.page.mouse.up()
    expect(saver).to_be_checked()

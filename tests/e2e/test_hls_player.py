"""HLS in a browser: what is heard when the listener, the line or the server wants a track in another form."""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, expect

from e2e.conftest import FLAGS, PATIENCE_MS, chromium
from e2e.listener import Listener, make_album, prepare
from support.server import Server, running_server

pytestmark = pytest.mark.browser

SECONDS = 120
FAR = "music.example"
MASTER = "**/master.m3u8*"
SEGMENTS = re.compile(r"/aac\d+/\d+\.m4s")
ADAPTIVE = r"AAC \d+ kbit/s · HLS"
"""Any rung: which one a busy machine bears is its own affair."""

# How much an element has when it is told to play: a next track that is ready has the future (3), or all (4).
_REMEMBER_READINESS = """
window.readiness = [];
const begin = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  window.readiness.push(this.readyState);
  return begin.call(this);
};
"""
_REMEMBER_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.shifts.push(shift.value);
}).observe({type: 'layout-shift', buffered: false});
"""
_REMEMBER_VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective));
"""


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_album(tmp_path_factory.mktemp("hls") / "music", "wav", SECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("served") / "data") as started:
        prepare(started, music)
        yield started


@pytest.fixture
def ada(page: Page, server: Server) -> Listener:
    listener = Listener(page, server)
    page.add_init_script(_REMEMBER_READINESS + _REMEMBER_VIOLATIONS)
    listener.log_in()
    return listener


@pytest.fixture
def far_page(browser: Browser) -> Iterator[Page]:
    """A page that takes the server for one far away, by its name."""
    flags = [*FLAGS, f"--host-resolver-rules=MAP {FAR} 127.0.0.1"]
    launched = browser.browser_type.launch(executable_path=chromium(), args=flags)
    page = launched.new_page(locale="en-GB")
    page.set_default_timeout(PATIENCE_MS)
    yield page
    launched.close()


def far(server: Server) -> Server:
    """The same server under its name far away."""
    return replace(server, url=server.url.replace("127.0.0.1", FAR))


def change_quality(listener: Listener, name: str) -> None:
    """In the bar, while it plays."""
    listener.player.get_by_role("button", name="Sound quality").click()
    listener.page.get_by_role("menuitemradio", name=name).click()


def hears_as(listener: Listener, rendition: str) -> None:
    """Wait until the bar says so (a regular expression), and the sound goes on."""
    button = listener.player.get_by_role("button", name="Sound quality")
    expect(button).to_have_accessible_name(re.compile(f"^Sound quality: {rendition}$"))
    listener.hears_more()


def answers_to(page: Page, address: re.Pattern[str]) -> list[Response]:
    """The list that all answers to such requests are put into from now on."""
    seen: list[Response] = []
    page.on("response", lambda response: seen.append(response) if address.search(response.url) else None)
    return seen


def test_the_quality_changes_while_it_plays_and_the_place_does_not(ada: Listener) -> None:
    ada.play_album()
    hears_as(ada, "PCM lossless · original")
    for name, rendition in (
        ("High", "AAC 256 kbit/s · HLS"),
        ("Data saver", "AAC 64 kbit/s · HLS"),
        ("Lossless", "PCM lossless · original"),
        ("High", "AAC 256 kbit/s · HLS"),
    ):
        ada.seek(0.2)  # each time, so that the track does not end on a busy machine
        ada.hears_more()
        looked, place = time.monotonic(), ada.position_s()
        change_quality(ada, name)
        hears_as(ada, rendition)
        now, heard = time.monotonic(), ada.position_s()
        assert place < heard < place + (now - looked) + 10  # no further than it could be heard meanwhile
    assert ada.page.evaluate("window.violations") == []


def test_the_quality_changes_while_it_is_paused(ada: Listener) -> None:
    ada.play_album()
    ada.seek(0.5)
    ada.hears_more()
    ada.player.get_by_role("button", name="Pause", exact=True).click()
    ada.wait_until(lambda: not ada.sound().playing)
    change_quality(ada, "Data saver")
    expect(ada.player.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert not ada.sound().playing
    ada.player.get_by_role("button", name="Play", exact=True).click()
    hears_as(ada, "AAC 64 kbit/s · HLS")
    assert SECONDS * 0.45 < ada.position_s() < SECONDS * 0.8


def test_nothing_is_loaded_before_its_time(ada: Listener) -> None:
    script = answers_to(ada.page, re.compile(r"/assets/hls"))
    segments = answers_to(ada.page, SEGMENTS)
    ada.set_quality("Data saver")
    ada.open("/albums")
    ada.page.wait_for_load_state("networkidle")
    assert script == []
    ada.play_album()
    hears_as(ada, "AAC 64 kbit/s · HLS")
    assert len(script) == 1
    loaded = {answer.url.partition("?")[0] for answer in segments if answer.ok}
    assert len(loaded) < (ada.position_s() + SECONDS * 0.6) / 6


def test_a_place_that_is_not_loaded_yet_is_heard(ada: Listener) -> None:
    ada.set_quality("Data saver")
    ada.play_album()
    ada.seek(0.8)
    assert SECONDS * 0.75 < ada.hears_more().at < SECONDS * 0.98
    ada.seek(0.1)
    assert SECONDS * 0.05 < ada.hears_more().at < SECONDS * 0.5


def test_the_next_track_is_ready_when_it_is_due(ada: Listener) -> None:
    ada.set_quality("Data saver")
    ada.play_album()
    ada.seek(0.8)  # as much before the end as loading the next may take on a busy machine
    assert ada.hears("Noon").source.startswith("blob:")
    assert ada.page.evaluate("window.readiness.at(-1)") >= 3


def test_an_original_that_the_browser_cannot_play_is_heard(page: Page, tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", "alac", SECONDS, ("Dawn",))
    with running_server(tmp_path / "data") as server:
        prepare(server, music)
        listener = Listener(page, server)
        listener.log_in()
        listener.play_album()
        hears_as(listener, ADAPTIVE)


def test_hls_that_fails_makes_way_for_a_transcode(ada: Listener) -> None:
    ada.page.route(MASTER, lambda route: route.fulfill(status=500, body=""))
    ada.set_quality("Data saver")
    ada.play_album()
    hears_as(ada, "Opus 96 kbit/s · transcode")
    ada.seek(0.7)
    ada.hears_more()
    assert ada.position_s() > SECONDS * 0.65


def test_an_original_that_fails_makes_way_for_hls(ada: Listener) -> None:
    ada.page.route("**/direct*", lambda route: route.fulfill(status=404, json={"code": "ORIGINAL_AWAY"}))
    ada.play_album()
    hears_as(ada, ADAPTIVE)


def test_a_busy_server_is_asked_again(ada: Listener) -> None:
    asked: list[str] = []

    def refuse_twice(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) > 2:
            route.fallback()
        else:
            route.fulfill(status=429, headers={"Retry-After": "1"}, json={"code": "TRANSCODES_BUSY"})

    ada.page.route(SEGMENTS, refuse_twice)
    ada.set_quality("Data saver")
    ada.play_album()
    hears_as(ada, "AAC 64 kbit/s · HLS")
    assert asked[0].split("?")[0] == asked[1].split("?")[0] == asked[2].split("?")[0]


def test_a_line_that_is_cut_is_waited_for(ada: Listener, context: BrowserContext) -> None:
    ada.set_quality("Data saver")
    ada.play_album()
    context.set_offline(True)
    ada.seek(0.8)
    expect(ada.player.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    ada.page.wait_for_timeout(2_000)
    context.set_offline(False)
    assert ada.hears_more().at > SECONDS * 0.75


def test_a_server_that_restarts_is_waited_for(page: Page, tmp_path: Path, music: Path) -> None:
    with running_server(tmp_path / "data") as server:
        prepare(server, music)
        listener = Listener(page, server)
        listener.log_in()
        listener.set_quality("Data saver")
        listener.play_album()
        listener.restart_server()
        assert listener.hears_more().at > SECONDS * 0.7


def test_signatures_that_end_are_not_noticed(page: Page, tmp_path: Path, music: Path) -> None:
    lifetimes = {
        "TUTTI_ACCOUNTS_ACCESS_TOKEN_S": "6",
        "TUTTI_STREAMING_URL_LIFETIME_S": "20",
        "TUTTI_STREAMING_CLOCK_SKEW_S": "0",
    }
    with running_server(tmp_path / "data", **lifetimes) as short_lived:
        prepare(short_lived, music)
        listener = Listener(page, short_lived)
        listener.log_in()
        listener.set_quality("Data saver")
        segments = answers_to(page, SEGMENTS)
        source = listener.play_album().source
        page.wait_for_timeout(21_000)
        listener.seek(0.8)
        heard = listener.hears_more()
        assert heard.at > SECONDS * 0.75
        assert heard.source == source
        assert {answer.status for answer in segments} == {200}


def test_the_now_playing_view_says_what_is_heard_and_keeps_its_places(ada: Listener) -> None:
    ada.page.add_init_script(_REMEMBER_SHIFTS)
    ada.set_quality("Data saver")
    ada.play_album()
    hears_as(ada, "AAC 64 kbit/s · HLS")
    ada.page.locator("body").press("f")
    view = ada.page.get_by_role("dialog")
    view.get_by_role("button", name="Sound quality: AAC 64 kbit/s · HLS").press("Enter")
    high = ada.page.get_by_role("menuitemradio", name="High")
    expect(high).to_be_visible()
    ada.wait_until(lambda: is_at_rest(ada.page))
    before = ada.page.evaluate("window.shifts.length")
    high.press("Enter")
    expect(view.get_by_role("button", name="Sound quality: AAC 256 kbit/s · HLS")).to_be_focused()
    assert ada.page.evaluate("window.shifts.length") == before


def is_at_rest(page: Page) -> bool:
    """Whether nothing shifts for a while: of what has come in a slow browser tells later."""
    before = page.evaluate("window.shifts.length")
    page.wait_for_timeout(1_500)
    return page.evaluate("window.shifts.length") == before


def test_from_afar_it_is_hls(far_page: Page, server: Server) -> None:
    listener = Listener(far_page, far(server))
    listener.log_in()
    listener.play_album()
    hears_as(listener, ADAPTIVE)


def test_from_afar_a_poor_line_gets_what_it_bears(far_page: Page, server: Server) -> None:
    listener = Listener(far_page, far(server))
    listener.log_in()
    listener.open("/albums")
    listener.slow_down(bytes_per_s=25_000)
    listener.play_album()
    hears_as(listener, "AAC (64|128) kbit/s · HLS")


def test_from_afar_lossless_is_lossless(far_page: Page, tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", "flac", SECONDS, ("Dawn",))
    with running_server(tmp_path / "data") as server:
        prepare(server, music)
        listener = Listener(far_page, far(server))
        listener.log_in()
        listener.set_quality("Lossless")
        listener.play_album()
        hears_as(listener, "FLAC lossless · HLS")
        listener.seek(0.8)
        assert listener.hears_more().at > SECONDS * 0.75

"""A newcomer in a browser: from the printed address to sound, and what may happen on the way."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from e2e.listener import ALBUM, Listener, make_album, prepare, rescan
from support.server import PASSWORD, Server, running_server

pytestmark = pytest.mark.browser
SECONDS = 120
"""Of each track, so that none ends before a busy machine has looked at it."""
COMPOSED_MS = 240_000
"""Longest time for the demo music, or its first album, on a machine that is busy with other tests."""


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_album(tmp_path_factory.mktemp("listening") / "music", seconds=SECONDS)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, music: Path) -> Iterator[Server]:
    """A server that is set up and has scanned."""
    with running_server(tmp_path_factory.mktemp("served") / "data") as started:
        prepare(started, music)
        yield started


@pytest.fixture
def ada(page: Page, server: Server) -> Listener:
    listener = Listener(page, server)
    listener.log_in()
    return listener


def create_account(listener: Listener) -> None:
    """The first step of the first run, from the address that the server printed."""
    listener.open(f"/setup?token={listener.server.setup_token}")
    listener.page.get_by_label("Name").fill("ada")
    listener.page.get_by_label("Password", exact=True).fill(PASSWORD)
    listener.button("Create the account").click()


def test_a_newcomer_hears_their_music(page: Page, fresh_server: Server, music: Path) -> None:
    listener = Listener(page, fresh_server)
    listener.open("/")
    expect(page).to_have_url(re.compile("/setup"))
    create_account(listener)
    page.get_by_text("Choose a folder").click()
    page.get_by_label("Folder", exact=True).fill(str(music))
    listener.button("Use this folder").click()
    expect(page.get_by_role("heading", name="All set")).to_be_visible()
    expect(page.get_by_text("3 new")).to_be_visible()
    page.get_by_role("link", name="Start listening").click()
    page.get_by_role("link", name=ALBUM).first.click()
    listener.button(f"Play {ALBUM}").first.click()
    listener.hears("Dawn")
    listener.open(f"/setup?token={fresh_server.setup_token}")
    expect(page.get_by_label("Password", exact=True)).to_have_count(0)


def test_who_has_no_music_at_hand_hears_the_demo(page: Page, fresh_server: Server) -> None:
    listener = Listener(page, fresh_server)
    create_account(listener)
    page.get_by_text("Try the demo library").click()
    first = page.get_by_role("link", name="Weather for Sleeping")
    expect(first).to_be_visible(timeout=COMPOSED_MS)
    expect(page.get_by_role("heading", name="Composing your demo")).to_be_visible()
    first.click()
    listener.button("Play Weather for Sleeping").first.click()
    listener.hears_more()
    listener.open("/albums")
    expect(page.get_by_role("link", name="Études pour une fenêtre")).to_be_visible(timeout=COMPOSED_MS)


def test_a_demo_that_a_killed_server_left_goes_on_at_a_click(page: Page, fresh_server: Server) -> None:
    listener = Listener(page, fresh_server)
    create_account(listener)
    page.get_by_text("Try the demo library").click()
    expect(page.get_by_role("link", name="Weather for Sleeping")).to_be_visible(timeout=COMPOSED_MS)
    fresh_server.kill()
    fresh_server.begin_again()
    # Where its lock is still held by the process that is gone, it is a minute until that is known.
    expect(page.get_by_role("alert")).to_contain_text("The server stopped meanwhile.", timeout=COMPOSED_MS)
    listener.button("Try again").click()
    expect(page.get_by_role("heading", name="All set")).to_be_visible(timeout=COMPOSED_MS)
    expect(page.get_by_role("list", name="Albums so far").get_by_role("link")).to_have_count(6)


def test_new_music_appears_without_a_reload(page: Page, tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", seconds=0.2)
    with running_server(tmp_path / "data") as server:
        prepare(server, music)
        listener = Listener(page, server)
        listener.log_in()
        listener.open("/albums")
        expect(page.get_by_role("link", name=ALBUM).first).to_be_visible()
        listener.is_told_of("library")
        (music / "Ada Quartet" / ALBUM).rename(music / "Ada Quartet" / "Second Light")
        make_album(music, seconds=0.3)
        rescan(server)
        expect(page.get_by_role("link", name="Second Light").first).to_be_visible()


def test_next_previous_pause_and_seek(ada: Listener) -> None:
    ada.play_album()
    ada.button("Next").click()
    ada.hears("Noon")
    ada.goes_back_to("Dawn")
    ada.seek(0.75)
    heard = ada.hears_more()
    assert SECONDS * 0.75 < heard.at < SECONDS * 0.95
    ada.player.get_by_role("button", name="Pause", exact=True).click()
    ada.wait_until(lambda: not ada.sound().playing)
    ada.player.get_by_role("button", name="Play", exact=True).click()
    assert ada.hears_more().at > heard.at


def test_one_track_follows_the_other(ada: Listener) -> None:
    ada.play_album()
    ada.seek(0.97)
    ada.hears("Noon")


def test_the_keyboard_is_enough(ada: Listener) -> None:
    ada.play_album()
    ada.page.locator("body").press("k")
    ada.hears("Noon")
    ada.page.locator("body").press("Space")
    ada.wait_until(lambda: not ada.sound().playing)
    ada.page.locator("body").press("Space")
    ada.hears_more()


def test_a_transcode_is_heard_and_sought(page: Page, tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", seconds=300, titles=("Dawn",))
    with running_server(tmp_path / "data") as server:
        prepare(server, music)
        listener = Listener(page, server)
        page.route("**/master.m3u8*", lambda route: route.fulfill(status=404))  # or it would be HLS
        listener.log_in()
        listener.set_quality("Data saver")
        listener.open("/albums")
        listener.slow_down(bytes_per_s=50_000)  # or all of it is there before the click
        assert "format=" in listener.play_album().source
        listener.seek(0.8)
        listener.wait_until(lambda: "offsetMs=" in listener.sound().source)
        listener.hears_more()
        assert 235 < listener.position_s() < 290


def test_a_reload_goes_on_where_it_was(ada: Listener) -> None:
    ada.play_album()
    ada.seek(0.5)
    ada.hears_more()
    ada.page.reload()
    ada.player.get_by_role("button", name="Play", exact=True).click()
    assert ada.hears("Dawn").at > SECONDS * 0.48


def test_search_finds_what_is_typed_without_accents(ada: Listener) -> None:
    ada.open("/search")
    ada.page.get_by_role("searchbox").fill("first li")
    expect(ada.page.get_by_role("link", name=ALBUM).first).to_be_visible()
    ada.page.get_by_role("searchbox").fill("zzzz")
    expect(ada.page.get_by_text("zzzz").last).to_be_visible()
    expect(ada.page.get_by_role("link", name=ALBUM)).to_have_count(0)


def test_a_picture_is_seen_at_once(ada: Listener, tmp_path: Path) -> None:
    picture = tmp_path / "me.png"
    Image.new("RGB", (900, 600), "teal").save(picture)
    ada.open("/settings/account")
    ada.page.get_by_label("Picture").set_input_files(picture)
    shown = ada.page.locator("img[src*='/avatars/']")
    expect(shown).to_be_visible()
    ada.wait_until(lambda: shown.evaluate("image => image.naturalWidth === image.naturalHeight && image.complete"))
    picture.write_bytes(b"no picture at all")
    ada.page.get_by_label("Picture").set_input_files(picture)
    expect(ada.page.get_by_role("alert")).to_be_visible()
    ada.button("Remove").click()
    expect(shown).to_have_count(0)


def test_tokens_that_expire_are_not_noticed(page: Page, tmp_path: Path, music: Path) -> None:
    lifetimes = {
        "TUTTI_ACCOUNTS_ACCESS_TOKEN_S": "6",
        "TUTTI_STREAMING_URL_LIFETIME_S": "10",
        "TUTTI_STREAMING_CLOCK_SKEW_S": "0",
    }
    with running_server(tmp_path / "data", **lifetimes) as short_lived:
        prepare(short_lived, music)
        listener = Listener(page, short_lived)
        listener.log_in()
        first = listener.play_album().source
        listener.wait_until(lambda: listener.position_s() > 12)  # beyond the end of the address and of two tokens
        listener.seek(0.8)
        listener.wait_until(lambda: listener.sound().at > SECONDS * 0.78)
        assert listener.hears_more().source != first, "the address that had ended is still in use"
        listener.button("Next").click()
        listener.hears("Noon")


def test_a_server_that_restarts_is_waited_for(page: Page, tmp_path: Path) -> None:
    music = make_album(tmp_path / "music", "wav", seconds=200)  # too large to be loaded ahead
    with running_server(tmp_path / "data") as server:
        prepare(server, music)
        listener = Listener(page, server)
        listener.log_in()
        listener.play_album()
        listener.restart_server()
        assert listener.hears_more().at > 145


def test_signing_out_ends_everything(ada: Listener, context: BrowserContext) -> None:
    source = ada.play_album().source
    ada.open("/settings/account")
    ada.button("Sign out").click()  # here, not one of the other devices that are listed above it
    expect(ada.page).to_have_url(re.compile("/login"))
    ada.wait_until(lambda: not ada.sound().playing)
    ada.wait_until(lambda: context.request.get(source).status in {401, 403})
    ada.open("/albums")
    expect(ada.page).to_have_url(re.compile("/login"))

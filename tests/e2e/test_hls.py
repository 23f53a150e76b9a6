"""HLS in a browser: segments come out of the loudspeaker as they are made, and seeking finds its place."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Request

from e2e.listener import Listener, make_album, prepare
from support.server import Server, running_server

pytestmark = pytest.mark.browser

SECONDS = 90
_SEGMENT = re.compile(r"/stream/[0-9a-f-]{36}/(\w+)/(\d+)\.m4s\?")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose only user wants to save data: lossless originals are more than that."""
    music: Path = make_album(tmp_path_factory.mktemp("hls") / "music", "flac", SECONDS)
    with running_server(tmp_path_factory.mktemp("served") / "data") as started:
        prepare(started, music)
        with started.client(started.log_in("ada")) as client:
            preferences = client.get("/me/preferences").raise_for_status().json()
            client.put("/me/preferences", json=preferences | {"audioQuality": "data-saver"}).raise_for_status()
        yield started


@pytest.fixture
def asked(page: Page) -> list[tuple[str, int]]:
    """Renditions and numbers of the segments that the page asks for."""
    found: list[tuple[str, int]] = []

    def note(request: Request) -> None:
        if segment := _SEGMENT.search(request.url):
            found.append((segment[1], int(segment[2])))

    page.on("request", note)
    return found


def test_segments_are_heard_as_they_are_made(page: Page, server: Server, asked: list[tuple[str, int]]) -> None:
    listener = Listener(page, server)
    listener.log_in()
    listener.play_album()
    listener.hears_more()
    assert {rendition for rendition, _ in asked} == {"aac64"}
    assert asked[0] == ("aac64", 0)


def test_seeking_asks_for_the_segment_of_the_place(page: Page, server: Server, asked: list[tuple[str, int]]) -> None:
    listener = Listener(page, server)
    listener.log_in()
    listener.play_album()
    listener.seek(0.8)
    listener.wait_until(lambda: ("aac64", int(0.8 * SECONDS / 6)) in asked)
    listener.hears_more()
    assert abs(listener.position_s() - 0.8 * SECONDS) < 10


def test_a_page_that_is_left_open_goes_on_after_its_server_was_away(
    context: BrowserContext, page: Page, server: Server, asked: list[tuple[str, int]]
) -> None:
    listener = Listener(page, server)
    listener.log_in()
    listener.play_album()
    context.set_offline(True)
    listener.seek(0.6)
    before = len(asked)
    context.set_offline(False)
    listener.wait_until(lambda: len(asked) > before)
    listener.hears_more()

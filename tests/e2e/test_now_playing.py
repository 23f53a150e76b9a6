"""The now playing view leaves everything its place, in whatever window."""

import re
from collections.abc import Iterator
from itertools import combinations

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from e2e.listener import ALBUM, Listener, make_album, prepare
from support.images import cover
from support.server import Server, running_server, wait_for

pytestmark = pytest.mark.browser

LONG = "A Title That Goes On And On, Past The Edge Of Every Window That It Was Ever Shown In (Extended Live Version)"
SIZES = ((1280, 800), (1280, 640), (360, 640), (844, 390))
_WORDS = "[00:01.00] One\n[00:02.00] Two\n[00:03.00] Three\n"
# Whatever moves in has arrived; what moves for ever, as a spinner does, is left aside.
_REST = """() => Promise.all(
  document.getAnimations()
    .filter(({effect}) => effect.getComputedTiming().iterations < 100)
    .map(({finished}) => finished.catch(() => null))
)"""
_ARRANGED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
_BOXES = """() => Object.fromEntries([...document.querySelectorAll('[role=dialog] [data-part]')].map((part) => {
  const {left, top, right, bottom} = part.getBoundingClientRect();
  return [part.dataset.part, [left, top, right, bottom]];
}))"""
_OVERFLOW = """() => ['', '[role=tabpanel]', '[data-part=cover]', '[data-part=words]'].filter(
  (which) => [...document.querySelectorAll(`[role=dialog] ${which}`.trim())].some(
    ({scrollHeight, clientHeight}) => scrollHeight > clientHeight + 1
  )
)"""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, in CSS pixels."""


class Viewer(Listener):
    """Somebody who looks at the view."""

    def look(self, width: int, height: int) -> None:
        self.page.set_viewport_size(ViewportSize(width=width, height=height))
        self.page.wait_for_function("width => innerWidth === width", arg=width)
        self.page.evaluate(_ARRANGED)

    def boxes(self) -> dict[str, Box]:
        """Where the parts are, once they rest."""
        self.page.evaluate(_REST)
        return self.page.evaluate(_BOXES)

    def show(self, tab: str) -> None:
        self.page.get_by_role("dialog").get_by_role("tab", name=tab).click()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an album that has a cover, words, and a title too long for any window."""
    music = make_album(tmp_path_factory.mktemp("viewing") / "music", seconds=200, titles=("Dawn", LONG))
    album = next(path for path in music.rglob(ALBUM))
    (album / "cover.jpg").write_bytes(cover(600, 600))
    (album / "01 Dawn.lrc").write_text(_WORDS)
    with running_server(tmp_path_factory.mktemp("served") / "data") as started:
        prepare(started, music)
        yield started


@pytest.fixture
def ada(page: Page, server: Server) -> Viewer:
    """She plays the album, and looks at what plays."""
    viewer = Viewer(page, server)
    viewer.log_in()
    viewer.play_album()
    page.keyboard.press("f")
    expect(page.get_by_role("dialog").get_by_role("button", name="Close", exact=True)).to_be_visible()
    return viewer


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes lie over each other by more than rounding."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[2], other[2]), min(one[3], other[3])
    return right - left > 1 and bottom - top > 1


def assert_tidy(viewer: Viewer, expected: set[str]) -> dict[str, Box]:
    """See that all is in its place, as soon as the page has drawn itself anew."""
    boxes: dict[str, Box] = {}
    wrong: list[object] = []

    def is_tidy() -> bool:
        boxes.clear()
        boxes.update(viewer.boxes())
        wrong[:] = faults(viewer, boxes, expected)
        return not wrong

    wait_for(is_tidy, lambda: f"{wrong} in {boxes}")
    return boxes


def faults(viewer: Viewer, boxes: dict[str, Box], expected: set[str]) -> list[object]:
    size = viewer.page.viewport_size
    assert size is not None
    outside = [
        name
        for name, (left, top, right, bottom) in boxes.items()
        if not (0 <= left < right <= size["width"] + 1 and 0 <= top < bottom <= size["height"] + 1)
    ]
    over = [pair for pair in combinations(boxes, 2) if meet(boxes[pair[0]], boxes[pair[1]])]
    return [*expected - set(boxes), *outside, *over, *viewer.page.evaluate(_OVERFLOW)]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_nothing_lies_over_anything(ada: Viewer, size: tuple[int, int]) -> None:
    ada.look(*size)
    parts = {"cover", "words", "scrubber", "transport"}
    if size[0] > 1000:
        ada.show("Queue")
    else:
        ada.show("Cover")
    if size[1] > size[0] or size[0] > 1000:  # there is no room for it on a phone that lies on its side
        parts.add("waveform")
    boxes = assert_tidy(ada, parts)
    left, top, right, bottom = boxes["cover"]
    assert right - left == pytest.approx(bottom - top, abs=1)
    assert right - left >= 0.3 * min(size)
    ada.page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    assert_tidy(ada, parts)
    ada.page.get_by_role("dialog").get_by_role("button", name="Next", exact=True).click()
    expect(ada.page.get_by_role("dialog").get_by_title(LONG)).to_be_visible()
    assert_tidy(ada, parts)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_words_and_queue_have_room_beside_the_controls(ada: Viewer, size: tuple[int, int]) -> None:
    ada.look(*size)
    for tab, name in (("Lyrics", "Lyrics"), ("Queue", "Queue")):
        ada.show(tab)
        panel = ada.page.get_by_role("dialog").get_by_role("list", name=name, exact=True)
        expect(panel).to_be_visible()
        boxes = assert_tidy(ada, {"words", "scrubber", "transport"})
        shown = ada.page.get_by_role("tabpanel", name=re.compile(tab)).bounding_box()
        assert shown is not None
        room: Box = (shown["x"], shown["y"], shown["x"] + shown["width"], shown["y"] + shown["height"])
        assert shown["height"] >= 200
        assert [part for part, box in boxes.items() if meet(room, box)] == []


def test_one_edge_runs_down_the_column_of_a_wide_window(ada: Viewer) -> None:
    for width, height in ((1280, 800), (1440, 900), (2560, 1440)):
        ada.look(width, height)
        boxes = assert_tidy(ada, {"cover", "words", "waveform", "scrubber"})
        assert {round(boxes[part][0]) for part in ("cover", "words", "waveform", "scrubber")} == {
            round(boxes["words"][0])
        }

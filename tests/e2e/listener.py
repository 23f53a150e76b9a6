"""What a person does in the browser, and what comes out of the loudspeaker."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, WebSocket, expect

from support.audio import make_audio
from support.server import PASSWORD, Server, wait_for

ALBUM = "First Light"
TITLES = ("Dawn", "Noon", "Dusk")

# The elements that play are not in the page: remember each as it starts.
_REMEMBER_MEDIA = """
window.playing = [];
const play = HTMLMediaElement.prototype.play;
HTMLMediaElement.prototype.play = function () {
  if (!window.playing.includes(this)) window.playing.push(this);
  return play.call(this);
};
"""
_SOUND = """() => {
  const element = window.playing.find((media) => !media.paused && !media.ended);
  const decoded = window.playing.reduce((sum, media) => sum + media.webkitAudioDecodedByteCount, 0);
  return element === undefined
    ? {playing: false, at: 0, decoded, source: ""}
    : {playing: true, at: element.currentTime, decoded, source: element.currentSrc};
}"""


@dataclass(frozen=True)
class Sound:
    """What is heard at a moment; ``at`` counts seconds in the element, not in a track that starts at an offset."""

    playing: bool
    at: float
    decoded: int
    source: str


def make_album(root: Path, kind: str = "flac", seconds: float = 40, titles: tuple[str, ...] = TITLES) -> Path:
    """An album without tags: its names come from the path."""
    folder = root / "Ada Quartet" / ALBUM
    for number, title in enumerate(titles, 1):
        make_audio(folder, f"{number:02} {title}", kind, seconds=seconds, pitch_hz=220 * number)
    return root


class Listener:
    """Somebody at a page of the web app."""

    def __init__(self, page: Page, server: Server) -> None:
        self.page = page
        self.server = server
        self._told_of: set[str] = set()
        page.add_init_script(_REMEMBER_MEDIA)
        page.on("websocket", self._listen_in)

    def open(self, path: str) -> None:
        self._told_of = set()
        self.page.goto(self.server.url + path)

    def log_in(self, name: str = "ada") -> None:
        self.open("/login")
        self.page.get_by_label("Name or e-mail").fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("navigation").first.wait_for()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def set_quality(self, name: str) -> None:
        """As one does before anything plays."""
        self.open("/settings")
        choice = self.page.get_by_role("radio", name=name)
        choice.click()
        expect(choice).to_be_checked()

    def play_album(self) -> Sound:
        """From the list of albums to the sound of its first track."""
        self.open("/albums")
        self.page.get_by_role("link", name=ALBUM).first.click()
        self.page.get_by_role("heading", name=ALBUM, level=1).wait_for()
        self.button(f"Play {ALBUM}").first.click()
        return self.hears("Dawn")

    def is_told_of(self, channel: str) -> None:
        """Wait until the page that was opened last hears what happens on a channel."""
        self.wait_until(lambda: channel in self._told_of)

    def _listen_in(self, socket: WebSocket) -> None:
        """Note the channels of this connection alone: one of the page before may still be told of something."""
        told_of = self._told_of = set[str]()

        def note(frame: str | bytes) -> None:
            message = json.loads(frame)
            if message["type"] == "subscribed":
                told_of.add(message["channel"])

        socket.on("framereceived", note)

    def slow_down(self, bytes_per_s: int) -> None:
        """Give the page a slow line."""
        line = {"offline": False, "latency": 20, "downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s}
        self.page.context.new_cdp_session(self.page).send("Network.emulateNetworkConditions", line)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def player(self) -> Locator:
        return self.page.get_by_role("region", name="Player")

    def sound(self) -> Sound:
        return Sound(**self.page.evaluate(_SOUND))

    def hears(self, title: str) -> Sound:
        """Wait until the player shows ``title``, and its sound goes on."""
        self.player.get_by_text(title, exact=True).first.wait_for()
        return self.hears_more()

    def hears_more(self) -> Sound:
        """Wait until a second more is heard than now."""
        before = heard = self.sound()

        def moved_on() -> bool:
            nonlocal heard
            heard = self.sound()
            same = heard.source == before.source
            return heard.playing and heard.decoded > 0 and (heard.at > before.at + 1 if same else heard.at > 1)

        self.wait_until(moved_on)
        return heard

    def goes_back_to(self, title: str) -> Sound:
        """Press "Previous" until it is heard: a track that was heard for longer than seconds begins anew at first."""

        def is_shown() -> bool:
            if self.player.get_by_text(title, exact=True).count():
                return True
            self.button("Previous").click()
            self.page.wait_for_timeout(500)
            return False

        self.wait_until(is_shown)
        return self.hears(title)

    def restart_server(self) -> None:
        """Kill the server, want a place that is not loaded, and start the server again after a while.

        Much is left of the track there: its sound may come back long before the last process does.
        """
        self.server.kill()
        self.seek(0.75)
        self.page.wait_for_timeout(10_000)
        self.server.begin_again()

    def position_s(self) -> float:
        """Where the player says that it is."""
        return float(self.player.get_by_role("slider", name="Seek").get_attribute("aria-valuenow") or 0) / 1000

    def seek(self, share: float) -> None:
        """Click into the bar."""
        bar = self.player.get_by_role("slider", name="Seek").locator("xpath=ancestor::*[@data-orientation][last()]")
        box = bar.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        def check() -> bool:
            self.page.wait_for_timeout(50)  # lets the page's events come in, as sleeping would not
            return holds()

        wait_for(check, lambda: f"{self.sound()} {self.page.url}\n{self.page.locator('body').inner_text()[:2000]}")


def prepare(server: Server, music: Path) -> None:
    """Make the admin and a scanned library, without a browser."""
    with server.client(server.set_up()) as client:
        body = {"name": "Music", "path": str(music), "watch": False}
        client.post("/libraries", json=body).raise_for_status()
    rescan(server)


def rescan(server: Server) -> None:
    """Scan the one library there is, to the end."""
    with server.client(server.log_in("ada")) as client:
        library_id = client.get("/libraries").raise_for_status().json()[0]["id"]
        client.post(f"/libraries/{library_id}/scan", json={}).raise_for_status()

        def is_done() -> bool:
            answer = client.get(f"/libraries/{library_id}/scan")
            if answer.status_code == httpx.codes.UNAUTHORIZED:  # some tests have tokens that are short-lived
                client.headers["Authorization"] = f"Bearer {server.log_in('ada')}"
                return False
            return answer.raise_for_status().json()["state"] == "done"

        wait_for(is_done, lambda: client.get(f"/libraries/{library_id}/scan").text)

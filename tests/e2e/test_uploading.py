"""Somebody uploads in a browser: from the drop to sound, and what may happen on the way."""

import re
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Dialog, Locator, Page, Request, expect

from e2e.listener import Listener
from support.audio import make_audio
from support.images import cover, noise
from support.s3 import S3Server, environment
from support.server import Server, running_server
from support.tagging import write_tags

pytestmark = pytest.mark.browser

MIB = 2**20
PART_BYTES = 5 * MIB
LIMITS = {
    "TUTTI_UPLOADS_MULTIPART_FROM_BYTES": str(2 * PART_BYTES),
    "TUTTI_UPLOADS_PART_BYTES": str(PART_BYTES),
    "TUTTI_STORAGE_MIN_FREE_BYTES": "0",
}
READY_MS = 180_000


class Uploader(Listener):
    """Somebody who may upload, at the page for it."""

    def __init__(self, page: Page, server: Server) -> None:
        super().__init__(page, server)
        self.list = page.get_by_role("list", name="Files", exact=True)
        self._devtools = page.context.new_cdp_session(page)

    def begin(self) -> None:
        self.log_in()
        self.page.get_by_role("link", name="Upload", exact=True).first.click()
        self.page.get_by_role("heading", name="Drop music here").wait_for()

    def drop(self, *paths: Path) -> None:
        """Drag files and folders from elsewhere over the page, and let go once it says that it takes them."""
        dragged = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}

        def send(step: str) -> None:
            self._devtools.send("Input.dispatchDragEvent", {"type": step, "x": 200, "y": 300, "data": dragged})

        def is_expected() -> bool:
            send("dragEnter")
            return self.page.get_by_text("Drop to upload").is_visible()

        self.wait_until(is_expected)
        send("dragOver")
        send("drop")

    def be_on_a_line_of(self, bytes_per_s: int) -> None:
        """Give the page a line of that speed: -1 is without limit, 0 is none at all."""
        line = {"offline": not bytes_per_s, "latency": 20}
        speeds = {"downloadThroughput": bytes_per_s, "uploadThroughput": bytes_per_s}
        self._devtools.send("Network.enable")
        self._devtools.send("Network.emulateNetworkConditions", line | speeds)

    def choose(self, *paths: Path) -> None:
        """Choose files where the browser has nothing better than a plain input."""
        self.page.get_by_label("Files to upload").set_input_files(list(paths))

    def give_cover(self, path: Path, *, shown: bool = True) -> None:
        """Choose a picture in the editor, and see it there."""
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("Picture for the cover").set_input_files(path)
        expect(dialog.get_by_role("img", name="The new cover")).to_have_count(int(shown))

    def becomes_ready(self, *titles: str) -> None:
        for title in titles:
            expect(self.list.get_by_text(title, exact=True)).to_be_visible(timeout=READY_MS)

    def hears_own(self, title: str) -> None:
        """Play a track from the list, and hear it."""
        self.list.get_by_role("button", name=re.compile(f"^Play {title} by")).click()
        self.hears(title)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with running_server(tmp_path / "data", **LIMITS) as started:
        started.set_up()
        yield started


@pytest.fixture
def ada(page: Page, server: Server) -> Uploader:
    uploader = Uploader(page, server)
    uploader.begin()
    return uploader


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return tmp_path / "music"


def make_large(folder: Path, name: str, size_bytes: int) -> Path:
    """Silence of CD quality, of about that size."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(bytes(size_bytes // 4 * 4))
    return path


def shows_cover(place: Locator) -> None:
    """See an image of the server there, decoded."""
    expect(place.locator("img").first).to_have_js_property("complete", value=True)
    expect(place.locator("img").first).not_to_have_js_property("naturalWidth", value=0)


def sent_parts(requests: Sequence[Request]) -> list[int]:
    """Numbers of the parts in these requests."""
    address = re.compile(r"/parts/(\d+)\?sig=|[?&]partNumber=(\d+)")  # of Tutti itself, of S3
    found = [address.search(request.url) for request in requests if request.method == "PUT"]
    return [int(match[1] or match[2]) for match in found if match]


def test_what_is_dropped_is_heard(ada: Uploader, music: Path) -> None:
    folder = music / "First Light"
    for number, (title, kind) in enumerate({"Dawn": "flac", "Noon": "mp3", "Dusk": "opus"}.items(), 1):
        make_audio(folder, f"{number:02} {title}", kind, seconds=40, pitch_hz=220 * number)
    (folder / "cover.jpg").write_bytes(b"lies beside, and is no matter")
    (music / "fake.mp3").write_text("no sound at all " * 100)
    (music / "film.avi").write_bytes(b"RIFF")
    ada.drop(folder, music / "fake.mp3", music / "film.avi")
    ada.becomes_ready("Dawn", "Noon", "Dusk")
    expect(ada.list.get_by_text("not in any audio format")).to_be_visible(timeout=READY_MS)
    ada.page.get_by_text("1 file left out").click()
    expect(ada.page.get_by_role("list", name="Files left out")).to_contain_text("film.avi It is a video.")
    expect(ada.page.get_by_role("heading", name="All done")).to_be_visible()
    ada.hears_own("Dusk")
    ada.button("Clear finished").click()
    # What failed is discarded by the server with that; it may still be listed for a moment.
    recent = ada.page.get_by_role("list", name="Recent uploads").get_by_role("listitem")
    expect(recent).to_have_count(3)
    for title in ("Dawn", "Noon", "Dusk"):  # in no order: files of one drop are sent at the same time
        expect(recent.filter(has_text=re.compile(f"^{title}"))).to_have_count(1)


def test_the_stored_ladder_is_heard_and_sought(ada: Uploader, music: Path) -> None:
    make_audio(music, "Long", "flac", seconds=120)
    ada.drop(music)
    ada.becomes_ready("Long")
    expect(ada.page.get_by_role("heading", name="All done")).to_be_visible(timeout=READY_MS)  # all of it is stored
    ada.set_quality("Data saver")
    segments: list[str] = []
    ada.page.on("response", lambda answer: segments.append(answer.url) if ".m4s" in answer.url else None)
    ada.open("/tracks")
    ada.button("Play Long by Unknown Artist").click()
    ada.hears("Long")
    quality = ada.player.get_by_role("button", name="Sound quality")
    expect(quality).to_have_accessible_name("Sound quality: AAC 64 kbit/s · HLS")
    ada.seek(0.72)
    ada.hears_more()
    assert 80 < ada.position_s() < 118
    heard = {int(number) for url in segments for number in re.findall(r"/aac64/(\d+)\.m4s", url)}
    assert {0, 14} <= heard  # of six seconds each


def test_uploads_go_on_while_one_looks_elsewhere(ada: Uploader, music: Path) -> None:
    song = make_large(music, "Long", 6 * MIB)
    ada.be_on_a_line_of(200_000)  # slow enough to be seen from elsewhere by a busy machine
    ada.drop(song)
    ada.page.get_by_role("link", name="Tracks").first.click()
    ada.page.get_by_role("link", name="Uploading 1 file").wait_for()
    ada.be_on_a_line_of(-1)
    expect(ada.page.get_by_role("link", name=re.compile("Uploading|Preparing"))).to_have_count(0, timeout=READY_MS)
    expect(ada.page.get_by_role("button", name="Play Long by Unknown Artist")).to_be_visible()


def test_an_interrupted_upload_goes_on_with_what_is_missing(ada: Uploader, music: Path) -> None:
    song = make_large(music, "Long", 8 * PART_BYTES)
    warnings: list[Dialog] = []
    ada.page.on("dialog", lambda dialog: (warnings.append(dialog), dialog.accept()))
    begun: list[Request] = []
    ada.page.on("request", lambda request: begun.append(request))
    before: list[Request] = []
    ada.page.on("requestfinished", lambda request: before.append(request))
    ada.be_on_a_line_of(1_250_000)
    ada.choose(song)
    ada.wait_until(lambda: len(sent_parts(before)) >= 2)
    ada.page.reload()
    assert [warning.type for warning in warnings] == ["beforeunload"]
    expect(ada.page.get_by_text("1 upload interrupted")).to_be_visible()
    done = set(sent_parts(before))
    # Of what was under way the server may have had all, with nobody there any more to hear so.
    under_way = set(sent_parts(begun)) - done
    missing = set(range(1, 10)) - done
    after: list[Request] = []
    ada.page.on("request", lambda request: after.append(request))
    ada.be_on_a_line_of(-1)
    ada.choose(song)
    ada.becomes_ready("Long")
    assert missing - under_way <= set(sent_parts(after)) <= missing
    assert missing - under_way, "it was interrupted too late"


def test_a_duplicate_is_reviewed(ada: Uploader, music: Path) -> None:
    first = make_audio(music, "Dawn", "flac", seconds=40)
    ada.drop(first)
    ada.becomes_ready("Dawn")
    copies = [first.with_name(f"{name}.flac") for name in ("Kept", "Discarded")]
    for copy in copies:
        copy.write_bytes(first.read_bytes())
    ada.drop(*copies)
    review = ada.page.get_by_role("dialog")
    expect(ada.page.get_by_text("2 uploads are here already")).to_be_visible(timeout=READY_MS)
    ada.button("Review Kept.flac").click()
    review.get_by_role("button", name="Play Dawn by Unknown Artist").first.click()
    ada.hears_more()
    review.get_by_role("button", name="Discard Discarded.flac").click()
    expect(review.get_by_text("1 duplicate")).to_be_visible()
    review.get_by_role("button", name="Keep both of Kept.flac").click()
    expect(review).to_have_count(0)
    ada.becomes_ready("Dawn", "Kept")
    expect(ada.list.get_by_role("listitem")).to_have_count(2)


def test_tags_are_edited_before_publishing(ada: Uploader, music: Path) -> None:
    songs = [make_audio(music, name, "mp3", seconds=5, pitch_hz=300 + 100 * at) for at, name in enumerate(("a", "b"))]
    write_tags(songs[1], {"title": ["Mittag"], "artist": ["Ada"], "tracknumber": ["7/12"]})
    ada.page.get_by_label("Let me look at the tags").check()
    ada.drop(*songs)
    expect(ada.page.get_by_role("heading", name="2 files to publish")).to_be_visible()
    ada.page.get_by_label("Select all").check()
    ada.button("Edit tags and cover").click()
    dialog = ada.page.get_by_role("dialog")
    dialog.get_by_label("Artists", exact=True).fill("Ada; Bo")
    dialog.get_by_label("Album", exact=True).fill("First Light")
    dialog.get_by_label("Year").fill("soon")
    expect(dialog.get_by_role("button", name="Save")).to_be_disabled()
    dialog.get_by_label("Year").fill("1999")
    dialog.get_by_label("Number the tracks").check()
    dialog.get_by_role("button", name="Save").click()
    ada.button("Edit tags and cover of b.mp3").click()
    expect(dialog.get_by_label("Title")).to_have_value("Mittag")
    expect(dialog.get_by_label("Artists", exact=True)).to_have_value("Ada; Bo")
    dialog.get_by_label("Title").fill("Noon")
    dialog.get_by_role("button", name="Save").click()
    ada.button("Publish all").click()
    ada.becomes_ready("a", "Noon")
    expect(ada.list.get_by_text("Ada, Bo · First Light")).to_have_count(2, timeout=READY_MS)
    ada.list.get_by_role("link", name="Noon").click()
    expect(ada.page.get_by_role("heading", name="First Light", level=1)).to_be_visible()
    expect(ada.page.get_by_text("1999").first).to_be_visible()


def test_a_cover_is_given_before_publishing(ada: Uploader, music: Path) -> None:
    songs = [make_audio(music, name, "mp3", seconds=5, pitch_hz=300 + 100 * at) for at, name in enumerate(("a", "b"))]
    for song in songs:
        write_tags(song, {"title": [song.stem], "artist": ["Ada"], "album": ["First Light"]})
    picture = music / "front.png"
    picture.write_bytes(cover(300, 300, "#204080", "PNG"))
    ada.page.get_by_label("Let me look at the tags").check()
    ada.drop(*songs)
    expect(ada.page.get_by_role("heading", name="2 files to publish")).to_be_visible()
    ada.page.get_by_label("Select all").check()
    ada.button("Edit tags and cover").click()
    dialog = ada.page.get_by_role("dialog")
    ada.give_cover(picture)
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    ada.page.reload()  # it is kept as the files are
    ada.button("Publish all").click()
    ada.becomes_ready("a", "b")
    shows_cover(ada.list.get_by_role("listitem").first)
    ada.list.get_by_role("link", name="a", exact=True).click()
    expect(ada.page.get_by_role("heading", name="First Light", level=1)).to_be_visible()
    shows_cover(ada.page.get_by_role("main"))


def test_the_cover_of_a_track_is_replaced_and_removed(page: Page, tmp_path: Path, music: Path) -> None:
    song = make_audio(music, "Dawn", "mp3", seconds=5)
    write_tags(song, {"title": ["Dawn"], "artist": ["Ada"], "album": ["First Light"]})
    pictures = {"large": noise(1200), "words": b"no picture", "front": cover(300, 300)}
    paths = {name: music / f"{name}.jpg" for name in pictures}
    for name, path in paths.items():
        path.write_bytes(pictures[name])
    with running_server(tmp_path / "data", **LIMITS, TUTTI_COVERS_UPLOAD_BYTES=str(MIB)) as server:
        server.set_up()
        ada = Uploader(page, server)
        ada.begin()
        ada.drop(song)
        ada.becomes_ready("Dawn")
        ada.button("Edit tags and cover of Dawn.mp3").click()
        dialog = page.get_by_role("dialog")
        ada.give_cover(paths["words"], shown=False)
        expect(dialog.get_by_role("alert")).to_contain_text("no picture that can be shown")
        ada.give_cover(paths["large"])
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_text("An image may have 1 MiB.")).to_be_visible(timeout=READY_MS)
        ada.give_cover(paths["front"])
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0, timeout=READY_MS)
        shows_cover(ada.list)
        ada.button("Edit tags and cover of Dawn.mp3").click()
        dialog.get_by_role("button", name="Remove the cover").press("Enter")
        dialog.get_by_role("button", name="Save").press("Enter")
        expect(dialog).to_have_count(0, timeout=READY_MS)
        expect(ada.list.locator("img")).to_have_count(0)


def test_a_pause_and_a_lost_network_lose_nothing(ada: Uploader, music: Path) -> None:
    song = make_large(music, "Long", 3 * PART_BYTES)
    progress = ada.list.get_by_role("progressbar")
    ada.be_on_a_line_of(500_000)
    ada.drop(song)
    ada.wait_until(lambda: int(progress.get_attribute("aria-valuenow") or 0) > 5)
    ada.button("Pause Long.wav").click()
    expect(ada.list.get_by_text("Paused")).to_be_visible()
    ada.be_on_a_line_of(0)
    ada.button("Resume Long.wav").click()
    expect(ada.list.get_by_text("No connection")).to_be_visible()
    ada.be_on_a_line_of(-1)
    ada.becomes_ready("Long")


def test_limits_are_told(page: Page, tmp_path: Path, music: Path) -> None:
    songs = [make_audio(music, name, "mp3", seconds=2, pitch_hz=300 + 100 * at) for at, name in enumerate(("a", "b"))]
    large = make_large(music, "large", 3 * MIB)
    limits = {"TUTTI_UPLOADS_FILES_PER_DAY": "1", "TUTTI_UPLOADS_MAX_BYTES": "2000000"}
    with running_server(tmp_path / "data", **LIMITS | limits) as server:
        server.set_up()
        ada = Uploader(page, server)
        ada.begin()
        expect(page.get_by_text("up to 2 MB each")).to_be_visible()
        ada.drop(*songs, large)
        expect(page.get_by_text("You have uploaded 1 files in 24 hours")).to_be_visible()
        # They are begun side by side: either may be the one.
        expect(ada.list.get_by_role("button", name=re.compile("^Play "))).to_have_count(1, timeout=READY_MS)
        expect(ada.list.get_by_text("Waits for the limit")).to_be_visible()
        page.get_by_text("1 file left out").click()
        expect(page.get_by_text("It has 3.1 MB; a file may have 2 MB here.")).to_be_visible()


def test_listeners_are_told_that_they_may_not(page: Page, server: Server) -> None:
    with server.client(server.log_in("ada")) as client:
        invite = client.post("/invites", json={"role": "listener"}).raise_for_status().json()
        body = {"name": "lee", "password": "correct horse battery", "invite": invite["code"]}
        client.post("/users", json=body).raise_for_status()
    lee = Uploader(page, server)
    lee.log_in("lee")
    lee.open("/uploads")
    expect(page.get_by_role("heading", name="You may not upload")).to_be_visible()
    expect(page.get_by_role("link", name="Upload", exact=True)).to_have_count(0)


def test_bytes_go_from_the_browser_straight_to_a_bucket(page: Page, tmp_path: Path, music: Path, s3: S3Server) -> None:
    song = make_audio(music, "Dawn", "flac", seconds=40)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "PUT" else None)
    with running_server(tmp_path / "data", **LIMITS, **environment(s3.fresh_bucket())) as server:
        server.set_up()
        ada = Uploader(page, server)
        ada.begin()
        ada.drop(song)
        ada.becomes_ready("Dawn")
        ada.hears_own("Dawn")
    assert sent
    assert all(url.startswith(s3.endpoint) for url in sent), sent

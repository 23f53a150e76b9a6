"""Renditions over a socket: right in every format and from every place, and as good as a file once they are made."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from services.streaming.station import RISING, Station, heard, on_air, position_s, record
from support.audio import KINDS, make_audio
from support.server import wait_for

SECONDS = 20
MIME = {"mp3": "audio/mpeg", "aac": "audio/aac", "opus": "audio/ogg", "flac": "audio/flac"}
SOURCES = {
    name: KINDS[name].arguments for name in ("flac", "mp3", "mp3-vbr", "m4a", "alac", "ogg", "opus", "wav", "aiff")
} | {
    "wma": KINDS["wma"].arguments,
    "wv": KINDS["wv"].arguments,
    "dsf": (),
    "mp3-bare": ("-c:a", "libmp3lame", "-q:a", "5", "-write_xing", "0", "-id3v2_version", "0"),
}

LATER = RISING.replace("*t", "*(t+10)")
"""The same from its tenth second on."""


def extension(source: str) -> str:
    return ".mp3" if source == "mp3-bare" else KINDS[source].extension


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    folder = tmp_path_factory.mktemp("transcodes") / "music" / "Ada" / "Album"
    for name, arguments in SOURCES.items():
        record(folder / f"{name}{extension(name)}", SECONDS, RISING, *arguments)
    make_audio(folder, "damaged", "ape")
    for name in ("silenced", "emptied"):
        make_audio(folder, name, "flac", seconds=3)
    halves = [record(tmp_path_factory.mktemp("halves") / "half.ogg", 10, source) for source in (RISING, LATER)]
    (folder / "chained.ogg").write_bytes(b"".join(half.read_bytes() for half in halves))
    record(folder / "surround.wav", 2, "aevalsrc=0.2*sin(2*PI*440*t):s=192000:c=7.1:d=2")
    settings = {"TUTTI_STREAMING_DEFAULT_BIT_RATE_KBPS": "96"}
    with on_air(tmp_path_factory.mktemp("served") / "data", folder.parent.parent, **settings) as opened:
        for name, keep_bytes in (("silenced", 200), ("emptied", 0)):  # after the scan, as disks do
            path = folder / f"{name}.flac"
            path.write_bytes(path.read_bytes()[:keep_bytes] + bytes(path.stat().st_size - keep_bytes))
        yield opened


@pytest.fixture
def http(station: Station) -> Iterator[httpx.Client]:
    with httpx.Client(timeout=60) as opened:
        yield opened
    station.settle()


@pytest.mark.parametrize("form", list(MIME))
def test_every_format_is_heard_whole(station: Station, http: httpx.Client, form: str, tmp_path: Path) -> None:
    got = http.get(f"{station.sign('wav')}&format={form}")
    assert got.status_code == 200
    assert got.headers["content-type"] == MIME[form]
    samples = heard(got.content, tmp_path / "out")
    assert len(samples) / 8000 == pytest.approx(SECONDS, abs=0.1)
    assert position_s(samples, 10) == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize("form", list(MIME))
def test_all_streams_of_chained_ogg_are_heard(station: Station, http: httpx.Client, form: str, tmp_path: Path) -> None:
    samples = heard(http.get(f"{station.sign('chained')}&format={form}").content, tmp_path / "out")
    assert len(samples) / 8000 == pytest.approx(SECONDS, abs=0.1)
    for second in (5, 15):
        assert position_s(samples, second) == pytest.approx(second, abs=0.1)


@pytest.mark.parametrize("form", list(MIME))
@pytest.mark.parametrize("offset_ms", [10, 4321, 15_990])
def test_an_offset_starts_there(
    station: Station, http: httpx.Client, form: str, offset_ms: int, tmp_path: Path
) -> None:
    got = http.get(f"{station.sign('flac')}&format={form}&offsetMs={offset_ms}&bitRateKbps=160")
    samples = heard(got.content, tmp_path / "out")
    assert len(samples) / 8000 == pytest.approx(SECONDS - offset_ms / 1000, abs=0.1)
    assert position_s(samples, 2) == pytest.approx(offset_ms / 1000 + 2, abs=0.1)


@pytest.mark.parametrize("source", [*SOURCES, "chained"])
def test_an_offset_starts_there_whatever_the_source(
    station: Station, http: httpx.Client, source: str, tmp_path: Path
) -> None:
    got = http.get(f"{station.sign(source)}&format=opus&offsetMs=12340")
    samples = heard(got.content, tmp_path / "out")
    assert len(samples) / 8000 == pytest.approx(SECONDS - 12.34, abs=0.15)
    assert position_s(samples, 3) == pytest.approx(15.34, abs=0.1)


def test_the_bit_rate_is_what_was_asked_for(station: Station, http: httpx.Client) -> None:
    url = f"{station.sign('flac')}&format=mp3"
    sizes = {rate: len(http.get(f"{url}&bitRateKbps={rate}").content) for rate in (64, 96, 320)}
    for rate, size in sizes.items():
        assert size * 8 / SECONDS / 1000 == pytest.approx(rate, rel=0.05)
    assert len(http.get(url).content) == sizes[96]


@pytest.mark.parametrize("form", ["mp3", "aac", "opus"])
def test_one_channel_at_the_highest_rate_is_heard_as_loud_as_ever(
    station: Station, http: httpx.Client, form: str, tmp_path: Path
) -> None:
    url = f"{station.sign('wav')}&format={form}"
    usual, most = (heard(http.get(f"{url}&bitRateKbps={rate}").content, tmp_path / "out") for rate in (128, 512))
    assert len(most) / 8000 == pytest.approx(SECONDS, abs=0.1)
    assert position_s(most, 10) == pytest.approx(10, abs=0.1)
    assert np.std(most) == pytest.approx(np.std(usual), rel=0.1)  # LAME makes it 5 % softer at low rates


def test_there_is_nothing_beyond_the_end(station: Station, http: httpx.Client) -> None:
    for form in MIME:
        got = http.get(f"{station.sign('flac')}&format={form}&offsetMs={SECONDS * 1000 + 5000}")
        assert (got.status_code, got.json()["code"]) == (422, "SOURCE_UNPLAYABLE")


@pytest.mark.parametrize("form", list(MIME))
def test_surround_at_a_high_rate_is_heard(station: Station, http: httpx.Client, form: str, tmp_path: Path) -> None:
    got = http.get(f"{station.sign('surround')}&format={form}")
    assert len(heard(got.content, tmp_path / "out")) / 8000 == pytest.approx(2, abs=0.1)


def test_a_finished_rendition_answers_like_an_original(station: Station, http: httpx.Client) -> None:
    url = f"{station.sign('flac')}&format=opus&offsetMs=1000"
    made = http.get(url)
    assert made.headers["accept-ranges"] == "none"
    assert "etag" not in made.headers
    content, size = made.content, len(made.content)
    # No date is said within the second of the last write. It is the only one: to be asked for changes nothing.
    wait_for(lambda: "last-modified" in http.head(url).headers, lambda: http.head(url).headers)
    head, whole = http.head(url), http.get(url)
    assert "last-modified" in head.headers
    assert whole.content == content
    assert {k: v for k, v in head.headers.items() if k not in ("date", "x-trace-id")} == {
        k: v for k, v in whole.headers.items() if k not in ("date", "x-trace-id")
    }
    assert head.headers["content-length"] == str(size)
    assert head.headers["accept-ranges"] == "bytes"
    part = http.get(url, headers={"Range": "bytes=100-199", "If-Range": head.headers["etag"]})
    assert (part.status_code, part.content) == (206, content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{size}"
    assert http.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416
    assert http.get(url, headers={"If-None-Match": head.headers["etag"]}).status_code == 304
    assert http.head(url.removesuffix("1000") + "1005").headers["etag"] == head.headers["etag"], (
        "offsets are rounded down to 10 ms"
    )
    assert http.head(url.removesuffix("1000") + "2000").headers.get("etag") != head.headers["etag"]


@pytest.mark.parametrize("title", ["damaged", "silenced", "emptied"])
@pytest.mark.parametrize("form", list(MIME))
def test_what_is_damaged_is_said_to_be(station: Station, http: httpx.Client, title: str, form: str) -> None:
    before = station.renditions
    got = http.get(f"{station.sign(title)}&format={form}")
    assert (got.status_code, got.json()["code"]) == (422, "SOURCE_UNPLAYABLE")
    assert "retry-after" not in got.headers
    assert station.renditions == before

"""What a player does with HLS: follow the playlists, fetch the segments, hear them."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import httpx

from services.streaming.station import Station

_EXTINF = re.compile(r"#EXTINF:([\d.]+),")
_MAP = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')


@dataclass(frozen=True)
class Playlist:
    """One rendition as its playlist tells it; all addresses are whole."""

    init: str
    segments: list[str]
    durations_s: list[float]


@dataclass
class Player:
    """Somebody who holds the address of a master playlist and nothing else."""

    master: str
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def get(self, url: str, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.get(url, headers=self.headers | named, timeout=60)

    def renditions(self) -> dict[str, str]:
        """Addresses of the media playlists, by the name of the rendition."""
        lines = self.text(self.master).splitlines()
        assert lines[0] == "#EXTM3U"
        uris = [line for line in lines if line and not line.startswith("#")]
        return {uri.partition("/")[0]: urljoin(self.master, uri) for uri in uris}

    def playlist(self, rendition: str) -> Playlist:
        url = self.renditions()[rendition]
        text = self.text(url)
        lines = text.splitlines()
        assert lines[-1] == "#EXT-X-ENDLIST"
        found = _MAP.search(text)
        assert found is not None
        segments = [urljoin(url, line) for line in lines if line and not line.startswith("#")]
        return Playlist(urljoin(url, found[1]), segments, [float(each) for each in _EXTINF.findall(text)])

    def text(self, url: str) -> str:
        answer = self.get(url)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
        return answer.text

    def fetch(self, url: str) -> bytes:
        answer = self.get(url)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "audio/mp4"
        return answer.content

    def whole(self, rendition: str) -> bytes:
        """Every segment in order, after the init segment."""
        playlist = self.playlist(rendition)
        return b"".join(map(self.fetch, [playlist.init, *playlist.segments]))


def tune_in(station: Station, title: str, token: str | None = None) -> Player:
    """A player that plays a track of a station."""
    with station.client(token) as client:
        stream = client.post(f"/stream/{station.tracks[title]}").raise_for_status().json()
    return Player(station.server.url + stream["hls"])


def cached(station: Station) -> list[Path]:
    """The segments in the station's cache."""
    return [path for path in station.renditions if path.suffix != ".part"]

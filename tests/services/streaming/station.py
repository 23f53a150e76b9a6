"""A real server with a scanned library, and what a listener does with it over a socket."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from support.audio import ffmpeg
from support.dsd import GIVEN_RATE_HZ, dsf
from support.files import entries_of
from support.processes import name_of
from support.server import PASSWORD, Server, start_server, wait_for

RATE_HZ = 8000
RISING = "aevalsrc='0.5*sin(2*PI*(200*t+10*t*t))':s=44100"
"""Its pitch tells the time: 200 Hz, and 20 Hz more for each second."""
NOISE = "anoisesrc=r=44100:a=0.3"
_SETTLES_S = 150


@dataclass
class Station:
    """A server that has scanned one folder, with its admin logged in."""

    server: Server
    token: str
    library_id: str
    tracks: dict[str, str]
    """Ids by title; a file without tags is titled by its name."""

    def client(self, token: str | None = None) -> httpx.Client:
        return self.server.client(token or self.token)

    def sign(self, title: str, token: str | None = None) -> str:
        """The whole address of a track, good without a bearer."""
        with self.client(token) as client:
            answer = client.post(f"/stream/{self.tracks[title]}")
            return self.server.url + answer.raise_for_status().json()["direct"]

    def newcomer(self, name: str) -> str:
        """Make a listener and return their id."""
        with self.server.client() as client:
            made = client.post("/users", json={"name": name, "password": PASSWORD})
            return made.raise_for_status().json()["id"]

    def ffmpegs(self) -> list[psutil.Process]:
        """The transcodes that run now."""
        streaming = psutil.Process(self.server.pid_of("streaming"))
        return [each for each in streaming.children(True) if "ffmpeg" in name_of(each)]

    def settle(self, running: int = 0) -> None:
        """Wait until so many transcodes run, and nothing half made is left where none does.

        One that only goes ahead ends after half a minute.
        """
        wait_for(lambda: len(self.ffmpegs()) == running, lambda: str(self.ffmpegs()), limit_s=_SETTLES_S)
        if not running:  # what an ended one wrote goes a moment after it
            wait_for(lambda: not self._half_made, lambda: str(self.renditions), limit_s=_SETTLES_S)

    @property
    def renditions(self) -> list[Path]:
        """What lies in the cache, whole or half."""
        return entries_of(self.server.folder_of("streaming") / "cache/renditions")

    @property
    def _half_made(self) -> list[Path]:
        return [path for path in self.renditions if path.suffix == ".part"]


@contextmanager
def on_air(data_dir: Path, music: Path, **settings: str) -> Generator[Station, None, None]:
    """A station for the length of a block."""
    station = Station(start_server(data_dir, TUTTI_ACCOUNTS_REGISTRATION="open", **settings), "", "", {})
    try:
        station.token = station.server.set_up()
        with station.client() as client:
            made = client.post("/libraries", json={"name": "m", "path": str(music), "watch": False})
            station.library_id = made.raise_for_status().json()["id"]
        scan(station)
        yield station
    finally:
        if station.server.runs:  # a test may have put another in its place
            station.server.stop()


def scan(station: Station) -> None:
    """Scan to the end, and learn the tracks."""
    with station.client() as client:
        client.post(f"/libraries/{station.library_id}/scan", json={}).raise_for_status()
        last: dict[str, Any] = {}

        def finished() -> bool:
            last.update(client.get(f"/libraries/{station.library_id}/scan").raise_for_status().json())
            return last["state"] != "running"

        wait_for(finished, lambda: str(last))
        items = client.get("/tracks", params={"limit": 200}).raise_for_status().json()["items"]
    station.tracks = {item["title"]: item["id"] for item in items}


def record(path: Path, seconds: float, source: str = RISING, *arguments: str) -> Path:
    """Make a source file by ffmpeg, in the format that its name and ``arguments`` say."""
    path.parent.mkdir(parents=True, exist_ok=True)
    command = [ffmpeg(), "-v", "error", "-nostdin", "-f", "lavfi", "-i", source, "-t", str(seconds)]
    if path.suffix == ".dsf":
        raw = subprocess.run(
            [*command, "-ac", "2", "-ar", str(GIVEN_RATE_HZ), "-f", "f32le", "-"], check=True, capture_output=True
        )
        path.write_bytes(dsf(np.frombuffer(raw.stdout, "<f4").reshape(-1, 2)))
    else:
        subprocess.run([*command, *arguments, str(path)], check=True)
    return path


def slow_ffmpeg(folder: Path, speed: float) -> str:
    """Make an ffmpeg that reads no faster than ``speed`` times real time; return a PATH that leads to it."""
    folder.mkdir(parents=True, exist_ok=True)
    script = folder / "ffmpeg"
    script.write_text(
        f'#!/bin/sh\n[ "$1" = -version ] && exec {ffmpeg()} -version\n'
        f'exec {ffmpeg()} -readrate {speed} -readrate_initial_burst 2 "$@"\n'
    )
    script.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def heard(content: bytes, path: Path) -> np.ndarray:
    """Decode to samples at `RATE_HZ`; raises CalledProcessError for what is no audio."""
    path.write_bytes(content)
    command = [ffmpeg(), "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", "-"]
    return np.frombuffer(subprocess.run(command, check=True, capture_output=True).stdout, np.int16)


def position_s(samples: np.ndarray, at_s: float) -> float:
    """Where in `RISING` the sound is from that is heard at ``at_s``: by the pitch of the second around it."""
    start = int((at_s - 0.5) * RATE_HZ)
    window = samples[start : start + RATE_HZ].astype(np.float64) * np.hanning(RATE_HZ)
    pitch_hz = float(np.argmax(np.abs(np.fft.rfft(window, RATE_HZ * 20)))) / 20
    return (pitch_hz - 200) / 20

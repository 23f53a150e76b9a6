"""Traffic as people make it: they look at lists, listen in both ways, report what they heard, upload, log in, join."""

import io
import random
import threading
import wave
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from split.faults.caller import Caller, Interrupted, Record
from support.server import PASSWORD, wait_for

RANGE_BYTES = 65_536
LISTENED_MS = 19_000
_PAUSE_S = 0.02
_RARE_PAUSE_S = 0.5
_UPLOAD_PAUSE_S = 2.0
CONFLICT = httpx.codes.CONFLICT
ENDED = ("ready", "failed")
_UPLOADS_AT_ONCE = 4
"""Under work, of one person who waits for them: on a slow machine they would come faster than they end."""


@dataclass(frozen=True)
class Song:
    """A track, and the file that it has to sound like."""

    track_id: str
    path: Path


@dataclass
class Written:
    """What was acknowledged, and so may not be lost."""

    plays: list[str] = field(default_factory=list[str])
    uploads: list[str] = field(default_factory=list[str])
    people: list[str] = field(default_factory=list[str])


@dataclass
class Traffic:
    """Some people, each in a thread, all as the same account but the newcomers."""

    url: str
    name: str
    songs: list[Song]
    chance: random.Random = field(default_factory=lambda: random.Random(17))
    record: Record = field(default_factory=Record)
    written: Written = field(default_factory=Written)
    _under_work: list[str] = field(default_factory=list[str])
    _stopped: threading.Event = field(default_factory=threading.Event)
    _run: str = field(default_factory=lambda: f"{datetime.now(UTC):%H%M%S%f}")

    @contextmanager
    def flowing(self, *kinds: str) -> Generator[None, None, None]:
        """Let it flow for the length of a block: these kinds, or all."""
        offered = self._kinds()
        threads = [threading.Thread(target=self._people, args=(offered[kind],)) for kind in kinds or offered]
        self._stopped.clear()
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join()

    def wait_until_all_flow(self, *kinds: str) -> None:
        """Wait until each kind had two more answers than now: the last one begun after this call."""
        before = dict(self.record.answered)
        awaited = kinds or tuple(self._kinds())

        def flows() -> bool:
            assert self.record.wrong == []  # whoever was answered wrongly asks no more
            return all(self.record.answered[kind] >= before.get(kind, 0) + 2 for kind in awaited)

        wait_for(flows, lambda: f"{before} → {self.record.answered}; refused {self.record.refused}")

    def _kinds(self) -> dict[str, tuple[Callable[[Caller, int], None], float]]:
        return {
            "listing": (self._list, _PAUSE_S),
            "direct": (self._hear_directly, _PAUSE_S),
            "hls": (self._hear_segments, _PAUSE_S),
            "plays": (self._report, _PAUSE_S),
            "uploads": (self._upload, _UPLOAD_PAUSE_S),
            "logins": (self._log_in, _RARE_PAUSE_S),
            "newcomers": (self._join, _RARE_PAUSE_S),
        }

    def _people(self, behaviour: tuple[Callable[[Caller, int], None], float]) -> None:
        act, pause_s = behaviour
        caller = Caller(self.url, self.record, self._stopped)
        try:
            self._log_in(caller, 0)
            for number in range(1_000_000):
                act(caller, number)
                if self._stopped.wait(pause_s):
                    return
        except Interrupted:
            return
        except AssertionError:
            return  # `Record.wrong` says what it was
        finally:
            caller.close()

    def _list(self, caller: Caller, number: int) -> None:
        path, params = (
            ("/tracks", {"limit": 50}),
            ("/albums", {"limit": 50}),
            ("/search", {"q": "track"}),
            ("/me/history", {"limit": 20}),
        )[number % 4]
        caller.ask("listing", "GET", path, params=params)

    def _hear_directly(self, caller: Caller, number: int) -> None:
        song = self.songs[number % len(self.songs)]
        direct = caller.ask("direct", "POST", f"/stream/{song.track_id}").json()["direct"]
        content = song.path.read_bytes()
        start = self.chance.randrange(max(1, len(content) - RANGE_BYTES))
        headers = {"Range": f"bytes={start}-{start + RANGE_BYTES - 1}"}
        heard = caller.ask("direct", "GET", urljoin(caller.url, direct), headers=headers)
        if heard.content != content[start : start + RANGE_BYTES]:
            self.record.wrong.append(f"direct: other bytes than those of {song.path.name} from {start}")

    def _hear_segments(self, caller: Caller, number: int) -> None:
        song = self.songs[number % len(self.songs)]
        master = urljoin(caller.url, caller.ask("hls", "POST", f"/stream/{song.track_id}").json()["hls"])
        index = urljoin(master, addresses(caller.ask("hls", "GET", master).text)[0])
        text = caller.ask("hls", "GET", index).text
        init = text.partition('URI="')[2].partition('"')[0]
        for address in [init, *addresses(text)[:2]]:
            if not caller.ask("hls", "GET", urljoin(index, address)).content:
                self.record.wrong.append(f"hls: {address} is empty")

    def _report(self, caller: Caller, number: int) -> None:
        begun = datetime.now(UTC) - timedelta(minutes=10)
        play_id = f"{self._run}-{number}"
        play = {"playId": play_id, "trackId": self.songs[number % len(self.songs)].track_id, "positionMs": LISTENED_MS}
        ended = begun + timedelta(minutes=1)
        events = [
            {**play, "kind": "started", "playedMs": 0, "occurredAt": begun.isoformat()},
            {**play, "kind": "completed", "playedMs": LISTENED_MS, "occurredAt": ended.isoformat()},
        ]
        caller.ask("plays", "POST", "/playback/events", json={"events": events})
        self.written.plays.append(play_id)

    def _upload(self, caller: Caller, number: int) -> None:
        states = {each: caller.ask("uploads", "GET", f"/uploads/{each}").json()["state"] for each in self._under_work}
        self._under_work = [each for each, state in states.items() if state not in ENDED]
        if len(self._under_work) >= _UPLOADS_AT_ONCE:
            return
        content = noise(f"{self._run}-{number}")
        wish = {"filename": f"Noise {number}.wav", "sizeBytes": len(content), "contentType": "audio/wav"}
        begun: dict[str, Any] = caller.ask("uploads", "POST", "/uploads", json=wish).json()
        put(urljoin(caller.url, begun["url"]), content, begun["headers"])
        caller.ask("uploads", "POST", f"/uploads/{begun['uploadId']}/complete")
        self.written.uploads.append(begun["uploadId"])
        self._under_work.append(begun["uploadId"])

    def _log_in(self, caller: Caller, number: int) -> None:
        del number
        proof = {"name": self.name, "password": PASSWORD}
        caller.authorise(caller.ask("logins", "POST", "/auth/login", json=proof).json()["accessToken"])
        caller.ask("logins", "GET", "/me")

    def _join(self, caller: Caller, number: int) -> None:
        name = f"n{self._run}{number}"
        # A newcomer whose first request was carried out and never answered is told that the name is taken.
        caller.ask("newcomers", "POST", "/users", json={"name": name, "password": PASSWORD}, also=(CONFLICT,))
        self.written.people.append(name)


def addresses(playlist: str) -> list[str]:
    """Where a playlist leads, as it says it."""
    return [line for line in playlist.splitlines() if line[:1] not in ("", "#")]


def put(url: str, content: bytes, headers: dict[str, str]) -> None:
    """Send bytes to where an upload is awaited."""
    httpx.put(url, content=content, headers=headers, timeout=60).raise_for_status()


def noise(seed: str, seconds: float = 0.5) -> bytes:
    """A WAV that no other seed makes."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(random.Random(seed).randbytes(int(8000 * seconds) * 2))
    return written.getvalue()

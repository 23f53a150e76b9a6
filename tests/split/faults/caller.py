"""A client as good ones are: it asks again where the answer says that it may, and writes down what it was told."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

PATIENCE_S = 90
_REFUSED = httpx.codes.SERVICE_UNAVAILABLE


@dataclass
class Record:
    """What clients were told, by kind of request; shared by threads."""

    answered: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    """503 with Retry-After."""
    cut: Counter[str] = field(default_factory=Counter[str])
    """Bodies that ended early: whoever sent them died. The client asks for the rest."""
    wrong: list[str] = field(default_factory=list[str])
    """Anything else that is no success. There may be none."""
    slowest_s: dict[str, float] = field(default_factory=dict[str, float])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, counted: Counter[str], kind: str) -> None:
        with self._lock:
            counted[kind] += 1

    def took(self, kind: str, seconds: float) -> None:
        with self._lock:
            self.answered[kind] += 1
            self.slowest_s[kind] = max(seconds, self.slowest_s.get(kind, 0))

    def summary(self) -> str:
        """A line for docs/operations.md."""
        asked = sum(self.answered.values())
        slowest = max(self.slowest_s.values(), default=0)
        return (
            f"{asked} answers, {sum(self.refused.values())} times 503 with Retry-After, "
            f"{sum(self.cut.values())} bodies cut, {len(self.wrong)} wrong, slowest {slowest:.1f} s"
        )


class Caller:
    """Asks the gateway as one person, until there is an answer."""

    def __init__(self, url: str, record: Record, stopped: threading.Event) -> None:
        self.url = url
        self._record = record
        self._stopped = stopped
        self._http = httpx.Client(base_url=f"{url}/api/v1", timeout=60)

    def close(self) -> None:
        self._http.close()

    def authorise(self, token: str) -> None:
        """Ask as somebody from now on."""
        self._http.headers["Authorization"] = f"Bearer {token}"

    def ask(self, kind: str, method: str, url: str, *, also: tuple[int, ...] = (), **more: Any) -> httpx.Response:
        """Return the answer; ``also`` are statuses of errors that are answers here.

        Raises:
            Interrupted: the test is over.
            AssertionError: there was none in time, or one that may not be; `Record.wrong` has it.
        """
        begun = time.monotonic()
        while time.monotonic() < begun + PATIENCE_S:
            if (answer := self._try(kind, method, url, more)) is None:
                continue
            if answer.is_success or answer.status_code in also:
                self._record.took(kind, time.monotonic() - begun)
                return answer
            if answer.status_code != _REFUSED or "retry-after" not in answer.headers:
                raise self._complain(f"{kind}: {method} {url}: {answer.status_code} {answer.text[:500]}")
            self._record.note(self._record.refused, kind)
            self._wait(float(answer.headers["retry-after"]))
        raise self._complain(f"{kind}: {method} {url}: no answer in {PATIENCE_S} s")

    def _try(self, kind: str, method: str, url: str, more: dict[str, Any]) -> httpx.Response | None:
        try:
            return self._http.request(method, url, **more)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            self._record.note(self._record.cut, kind)
            self._wait(0.05)
            return None

    def _wait(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Interrupted

    def _complain(self, wrong: str) -> AssertionError:
        self._record.wrong.append(wrong)
        return AssertionError(wrong)


class Interrupted(Exception):
    """The traffic is told to stop."""

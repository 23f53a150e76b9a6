"""Processes that hang: they hold their connections and answer nothing (SIGSTOP)."""

import re
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import httpx

from split.faults.traffic import Song, Traffic
from support.cluster.installation import Installation, Member
from support.cluster.serving import Cluster
from support.server import wait_for

Note = Callable[[str, Any], None]
CLOSED, HALF_OPEN, OPEN = 0.0, 1.0, 2.0
TRIALS = 2
AT_ONCE_S = 0.5
"""Told apart for the figures alone: who is refused sooner has waited for nobody."""


def breakers(members: Sequence[Member], peer: str) -> list[float]:
    """The state of each process's breaker for a peer; none where it has never asked it."""
    pattern = re.compile(rf'^tutti_rpc_breaker_state{{peer="{peer}"}} (\S+)$', re.MULTILINE)
    pages = (httpx.get(f"{member.url}/metrics", timeout=30).text for member in members)
    return [float(found[1]) for page in pages if (found := pattern.search(page))]


def test_one_copy_hangs(installation: Installation, traffic: Traffic, record_property: Note) -> None:
    with traffic.flowing():
        traffic.wait_until_all_flow()
        for service in ("catalog", "accounts", "media"):
            hanging = installation.members_with(service)[0]
            hanging.child.pause()
            traffic.wait_until_all_flow()
            hanging.child.resume()
            traffic.wait_until_all_flow()
    assert traffic.record.wrong == []
    record_property("figures", traffic.record.summary())


@dataclass
class Asker:
    """Asks for what cannot be answered without the catalogue, and notes how long each answer took."""

    client: httpx.Client
    track_id: str
    waits: list[float] = field(default_factory=list[float])

    def ask(self) -> httpx.Response:
        begun = time.monotonic()
        answer = self.client.post(f"/stream/{self.track_id}")
        self.waits.append(time.monotonic() - begun)
        return answer

    def is_refused(self) -> None:
        """Ask, and be told by the service itself, not by the gateway, to come again."""
        answer = self.ask()
        assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE"), answer.text
        assert "retry-after" in answer.headers

    @contextmanager
    def asking(self) -> Generator[None, None, None]:
        """Be refused again and again for the length of a block."""
        stop = threading.Event()
        wrong: list[AssertionError] = []

        def keep_asking() -> None:
            try:
                while not stop.wait(0.02):
                    self.is_refused()
            except AssertionError as error:
                wrong.append(error)

        thread = threading.Thread(target=keep_asking)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        assert wrong == []


def expect_single_calls_to_try(streaming: Sequence[Member]) -> None:
    """Wait until a breaker has let a call try and closed its door again, as often as `TRIALS`."""
    for state in (HALF_OPEN, OPEN) * TRIALS:
        wait_for(
            lambda state=state: set(breakers(streaming, "catalog")) == {state},
            lambda: str(breakers(streaming, "catalog")),
        )


def test_a_peer_that_hangs_is_left_alone_until_it_is_back(
    cluster: Cluster, installation: Installation, songs: list[Song], record_property: Note
) -> None:
    asked, *others = installation.members_with("streaming")
    for other in others:
        other.child.stop()  # so that the answers are those of one breaker
    with cluster.client(cluster.log_in("ada")) as client:
        asker = Asker(client, songs[0].track_id)
        wait_for(lambda: asker.ask().is_success, lambda: "streaming does not answer")
        asker.waits.clear()
        for member in installation.members_with("catalog"):
            member.child.pause()
        while set(breakers([asked], "catalog")) != {OPEN}:
            asker.is_refused()
        until_open = asker.waits.copy()
        asker.waits.clear()
        with asker.asking():
            expect_single_calls_to_try([asked])
        for member in installation.members_with("catalog"):
            member.child.resume()
        back = time.monotonic()
        wait_for(lambda: asker.ask().is_success, lambda: str(breakers([asked], "catalog")))
        back_s = time.monotonic() - back
        assert set(breakers([asked], "catalog")) == {CLOSED}
    tried = [wait for wait in asker.waits if wait > AT_ONCE_S]
    at_once = [wait for wait in asker.waits if wait <= AT_ONCE_S]
    record_property(
        "figures",
        f"503 after at most {max(until_open):.1f} s, breaker open after {len(until_open)} of them in "
        f"{sum(until_open):.1f} s; then {len(at_once)} answers after {median(at_once) * 1000:.0f} ms and {len(tried)} "
        f"that tried; {back_s:.1f} s after its return the breaker is closed",
    )

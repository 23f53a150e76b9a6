"""Signatures: good for one track until a moment, and nothing of them can be altered."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.kit import keyring
from tutti.kit.auth import REVOCATION_MEMORY_S
from tutti.kit.ids import new_id
from tutti.kit.keyring import LEAD_S
from tutti.kit.secrets import FileSecrets
from tutti.services.streaming.api import BadSignature, StreamExpired
from tutti.services.streaming.service.signing import Grant, Signer

TRACK, OTHER = new_id(), new_id()
GRANT = Grant(new_id(), new_id(), False, 1_800_000_000)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


class Clock:
    """The time as keys see it."""

    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyring, "time", clock)
        yield clock


def opened(folder: Path) -> Signer:
    """A signer as a process has it after its start."""
    made = Signer(FileSecrets(folder / "secrets"))
    asyncio.run(made.load())
    return made


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return opened(tmp_path_factory.mktemp("signing"))


def test_it_says_for_whom_it_was_made(signer: Signer) -> None:
    assert signer.check(TRACK, signer.sign(TRACK, GRANT), GRANT.expires_at - 1, 0) == GRANT


def test_it_is_good_for_its_track_only(signer: Signer) -> None:
    with pytest.raises(BadSignature):
        signer.check(OTHER, signer.sign(TRACK, GRANT), 0, 0)


def test_it_expires_with_some_leeway_for_clocks(signer: Signer) -> None:
    signature = signer.sign(TRACK, GRANT)
    assert signer.check(TRACK, signature, GRANT.expires_at + 30, 30) == GRANT
    with pytest.raises(StreamExpired):
        signer.check(TRACK, signature, GRANT.expires_at + 31, 30)


def test_another_server_signs_otherwise(signer: Signer, tmp_path: Path) -> None:
    stranger = opened(tmp_path)
    with pytest.raises(BadSignature):
        signer.check(TRACK, stranger.sign(TRACK, GRANT), 0, 0)


def test_the_keys_stay_and_are_nobody_elses(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    assert second.check(TRACK, first.sign(TRACK, GRANT), 0, 0) == GRANT
    assert (tmp_path / "secrets/stream-keys.json").stat().st_mode & 0o777 == 0o600


@given(st.data())
async def test_no_character_of_it_can_be_altered(signer: Signer, data: st.DataObject) -> None:
    signature = signer.sign(TRACK, GRANT)
    at = data.draw(st.integers(0, len(signature) - 1))
    put = data.draw(st.sampled_from(ALPHABET).filter(lambda letter: letter != signature[at]))
    altered = signature[:at] + put + signature[at + 1 :]
    with pytest.raises(BadSignature):
        signer.check(TRACK, altered, 0, 0)


@given(st.text(max_size=600))
async def test_any_text_is_refused_and_nothing_else_happens(signer: Signer, text: str) -> None:
    with pytest.raises(BadSignature):
        signer.check(TRACK, text, 0, 0)


DAY_S = 86_400


async def test_keys_are_renewed_and_forgotten_once_nothing_of_theirs_holds(tmp_path: Path, clock: Clock) -> None:
    signer = Signer(FileSecrets(tmp_path))
    await signer.load()
    first = signer.sign(TRACK, GRANT)
    clock.now += DAY_S - 10
    await signer.renew(clock.now, DAY_S)
    assert signer.sign(TRACK, GRANT) == first, "not yet"
    clock.now += 20
    await signer.renew(clock.now, DAY_S)
    clock.now += LEAD_S - 1
    assert signer.sign(TRACK, GRANT) == first, "every copy has to know the new one first"
    clock.now += 1
    second = signer.sign(TRACK, GRANT)
    assert second.partition(".")[0] != first.partition(".")[0]
    assert signer.check(TRACK, first, 0, 0) == signer.check(TRACK, second, 0, 0) == GRANT
    clock.now += REVOCATION_MEMORY_S - 60
    await signer.renew(clock.now, 10 * DAY_S)
    assert signer.check(TRACK, first, 0, 0) == GRANT, "an address of its last second may live as long"
    clock.now += 120
    await signer.renew(clock.now, 10 * DAY_S)
    assert signer.check(TRACK, second, 0, 0) == GRANT
    with pytest.raises(BadSignature):
        signer.check(TRACK, first, 0, 0)


SKEW_S = 30
MINUTE_S = keyring.READ_AGAIN_S


@given(
    steps=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 3 * 3600)), max_size=25),
    every_s=st.integers(3600, 3 * 3600),
    skews=st.tuples(st.integers(-SKEW_S, SKEW_S), st.integers(-SKEW_S, SKEW_S)),
)
async def test_copies_take_each_others_addresses_however_keys_change(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[int, int]],
    every_s: int,
    skews: tuple[int, int],
) -> None:
    """Two copies with clocks of their own; each reads once a minute, one of them renews, both sign all the time."""
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keyring, "time", clock)
        store = FileSecrets(tmp_path_factory.mktemp("copies"))
        copies = [Signer(store), Signer(store)]
        await asyncio.gather(*(copy.load() for copy in copies))
        true_time, signed = clock.now, list[tuple[float, str]]()
        for who, step_s in steps:
            clock.now = true_time + skews[who]
            await copies[who].renew(clock.now, every_s)
            for passed_s in (0, LEAD_S - 2 * SKEW_S, LEAD_S, LEAD_S + 2 * SKEW_S, step_s):
                if passed_s >= MINUTE_S:
                    await asyncio.gather(*(copy.load() for copy in copies))
                for copy, skew_s in zip(copies, skews, strict=True):
                    clock.now = true_time + passed_s + skew_s
                    signed.append((true_time + passed_s, copy.sign(TRACK, GRANT)))
                holding = [sig for at, sig in signed if true_time + passed_s - at < REVOCATION_MEMORY_S - SKEW_S]
                assert all(copy.check(TRACK, sig, 0, 0) == GRANT for sig in holding for copy in copies)
            true_time += max(step_s, LEAD_S + 2 * SKEW_S)


async def test_a_copy_that_was_kept_from_reading_asks_when_it_meets_a_new_key(tmp_path: Path, clock: Clock) -> None:
    here, there = Signer(FileSecrets(tmp_path)), Signer(FileSecrets(tmp_path))
    await here.load()
    await there.load()
    clock.now += 2 * DAY_S
    await there.renew(clock.now, DAY_S)
    clock.now += LEAD_S
    signature = there.sign(TRACK, GRANT)

    def is_known() -> bool:
        try:
            return here.check(TRACK, signature, 0, 0) == GRANT
        except BadSignature:
            return False

    async with asyncio.timeout(30):
        while not is_known():
            await asyncio.sleep(0.01)


async def test_keys_of_an_older_version_go_on(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "stream-keys.json").write_text('[["aabbccdd","a secret"]]')
    signer = Signer(FileSecrets(tmp_path))
    await signer.load()
    old = signer.sign(TRACK, GRANT)
    assert old.startswith("aabbccdd.")
    await signer.renew(clock.now, DAY_S)
    clock.now += LEAD_S
    assert not signer.sign(TRACK, GRANT).startswith("aabbccdd.")
    assert signer.check(TRACK, old, 0, 0) == GRANT

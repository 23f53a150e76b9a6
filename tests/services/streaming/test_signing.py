"""Signatures: good for one track until a moment, and nothing of them can be altered."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.server import wait_for
from tutti.kit.auth import REVOCATION_MEMORY_S
from tutti.kit.ids import new_id
from tutti.services.streaming.api import BadSignature, StreamExpired
from tutti.services.streaming.service.signing import Grant, Signer

TRACK, OTHER = new_id(), new_id()
GRANT = Grant(new_id(), new_id(), False, 1_800_000_000)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    made = Signer(tmp_path_factory.mktemp("signing"))
    made.load()
    return made


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
    stranger = Signer(tmp_path)
    stranger.load()
    with pytest.raises(BadSignature):
        signer.check(TRACK, stranger.sign(TRACK, GRANT), 0, 0)


def test_the_keys_stay_and_are_nobody_elses(tmp_path: Path) -> None:
    first, second = Signer(tmp_path), Signer(tmp_path)
    first.load()
    second.load()
    assert second.check(TRACK, first.sign(TRACK, GRANT), 0, 0) == GRANT
    assert (tmp_path / "secrets/stream-keys.json").stat().st_mode & 0o777 == 0o600


@given(st.data())
def test_no_character_of_it_can_be_altered(signer: Signer, data: st.DataObject) -> None:
    signature = signer.sign(TRACK, GRANT)
    at = data.draw(st.integers(0, len(signature) - 1))
    put = data.draw(st.sampled_from(ALPHABET).filter(lambda letter: letter != signature[at]))
    altered = signature[:at] + put + signature[at + 1 :]
    with pytest.raises(BadSignature):
        signer.check(TRACK, altered, 0, 0)


@given(st.text(max_size=600))
def test_any_text_is_refused_and_nothing_else_happens(signer: Signer, text: str) -> None:
    with pytest.raises(BadSignature):
        signer.check(TRACK, text, 0, 0)


DAY_S = 86_400


def test_keys_are_renewed_and_forgotten_once_nothing_of_theirs_holds(tmp_path: Path) -> None:
    signer = Signer(tmp_path)
    signer.load()
    start = time.time()
    first = signer.sign(TRACK, GRANT)
    signer.renew(start + DAY_S - 10, DAY_S)
    assert signer.sign(TRACK, GRANT) == first, "not yet"
    signer.renew(start + DAY_S + 10, DAY_S)
    second = signer.sign(TRACK, GRANT)
    assert second.partition(".")[0] != first.partition(".")[0]
    assert signer.check(TRACK, first, 0, 0) == signer.check(TRACK, second, 0, 0) == GRANT
    signer.renew(start + DAY_S + 10 + REVOCATION_MEMORY_S - 60, 10 * DAY_S)
    assert signer.check(TRACK, first, 0, 0) == GRANT, "an address of its last second may live as long"
    signer.renew(start + DAY_S + 10 + REVOCATION_MEMORY_S + 60, 10 * DAY_S)
    assert signer.check(TRACK, second, 0, 0) == GRANT
    with pytest.raises(BadSignature):
        signer.check(TRACK, first, 0, 0)


@given(steps=st.lists(st.integers(1, 3 * REVOCATION_MEMORY_S), max_size=20), every_s=st.integers(3600, 20 * DAY_S))
def test_no_address_is_refused_before_it_expires(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int], every_s: int
) -> None:
    signer = Signer(tmp_path_factory.mktemp("renewed"))
    signer.load()
    present = time.time()
    signed: list[tuple[float, str]] = []
    for step in steps:
        signed.append((present, signer.sign(TRACK, GRANT)))
        present += step
        signer.renew(present, every_s)
        for at, signature in signed:
            if present - at < REVOCATION_MEMORY_S:
                assert signer.check(TRACK, signature, 0, 0) == GRANT


def test_a_process_beside_learns_of_a_new_key(tmp_path: Path) -> None:
    here, there = Signer(tmp_path), Signer(tmp_path)
    here.load()
    there.load()
    there.renew(time.time() + 2 * DAY_S, DAY_S)
    signature = there.sign(TRACK, GRANT)

    def is_known() -> bool:
        try:
            return here.check(TRACK, signature, 0, 0) == GRANT
        except BadSignature:
            return False

    wait_for(is_known, lambda: "the key stays unknown")


def test_keys_of_an_older_version_go_on(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/stream-keys.json").write_text('[["aabbccdd","a secret"]]')
    signer = Signer(tmp_path)
    signer.load()
    old = signer.sign(TRACK, GRANT)
    assert old.startswith("aabbccdd.")
    signer.renew(time.time(), DAY_S)
    assert not signer.sign(TRACK, GRANT).startswith("aabbccdd.")
    assert signer.check(TRACK, old, 0, 0) == GRANT

"""Signatures: good for one track until a moment, and nothing of them can be altered."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

"""Addresses of our own: good for one thing, for a while, over a restart, and through a change of keys."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutti.kit.secrets import FileSecrets
from tutti.kit.storage.errors import AddressAltered, AddressExpired
from tutti.kit.storage.signing import AddressSigner

WHAT = "PUT incoming/0190a000-0000-7000-8000-000000000000"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "upload-keys.json"


@pytest.fixture
def signer(path: Path) -> AddressSigner:
    return load(AddressSigner(FileSecrets(path.parent)))


def load(signer: AddressSigner) -> AddressSigner:
    asyncio.run(signer.load())
    return signer


def test_an_address_is_good_until_it_expires(signer: AddressSigner) -> None:
    signature = signer.sign(WHAT, 1000)
    signer.check(WHAT, signature, 1000)
    with pytest.raises(AddressExpired, match="ask for a new one"):
        signer.check(WHAT, signature, 1000.5)


@pytest.mark.parametrize("other", [WHAT + " 1", WHAT + "0", "", "GET" + WHAT[3:], f"{WHAT}|"])
def test_it_is_good_for_nothing_else(signer: AddressSigner, other: str) -> None:
    with pytest.raises(AddressAltered):
        signer.check(other, signer.sign(WHAT, 1000), 0)


def test_its_expiry_cannot_be_put_off(signer: AddressSigner) -> None:
    kid, _, mac = signer.sign(WHAT, 1000).split(".")
    with pytest.raises(AddressAltered):
        signer.check(WHAT, f"{kid}.9999.{mac}", 0)


@given(st.text())
async def test_nothing_made_up_is_good(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    signer = AddressSigner(FileSecrets(tmp_path_factory.getbasetemp() / "made-up"))
    await signer.load()
    with pytest.raises(AddressAltered):
        signer.check(WHAT, text, 0)


def test_a_restart_changes_nothing(signer: AddressSigner, path: Path) -> None:
    again = load(AddressSigner(FileSecrets(path.parent)))
    again.check(WHAT, signer.sign(WHAT, 1000), 0)
    assert path.stat().st_mode & 0o777 == 0o600


async def test_keys_may_be_changed_without_a_break(signer: AddressSigner, path: Path) -> None:
    before = signer.sign(WHAT, 1000)
    old = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode([["new", "a key"], *old]))
    await signer.load()
    signer.check(WHAT, before, 0)
    assert signer.sign(WHAT, 1000).startswith("new.")
    path.write_bytes(msgspec.json.encode([["new", "a key"]]))
    await signer.load()
    with pytest.raises(AddressAltered):
        signer.check(WHAT, before, 0)

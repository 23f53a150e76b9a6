"""New signing keys: nobody is logged out by one, and an old one is gone when its tokens are."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.accounts.front_door import Clock, clock_of_the_test
from tutti.kit.auth import AUDIENCE, CLOCK_SKEW_S, ISSUER, REVOCATION_MEMORY_S, Authenticator, InvalidToken
from tutti.kit.keyring import LEAD_S
from tutti.kit.secrets import FileSecrets
from tutti.kit.service import Process
from tutti.kit.settings import Settings
from tutti.main import build_process, running
from tutti.services.accounts.service.tokens import TokenKeys

DAY = timedelta(days=1)
EVERY = 3 * DAY
LONGEST_S = REVOCATION_MEMORY_S // 2  # what the setting of a token's lifetime allows
FILE = Path("secrets") / "token-keys.json"
LEAD = timedelta(seconds=LEAD_S)


@pytest.fixture
def clock() -> Iterator[Clock]:
    with clock_of_the_test() as clock:
        yield clock


def sign(keys: TokenKeys, clock: Clock) -> str:
    return keys.sign(
        user_id="u1", name="ada", role="listener", session_id="s1", issued_at=clock.time(), lifetime_s=LONGEST_S
    )


def open_keys(folder: Path) -> TokenKeys:
    """The keys as a process has them after its start."""
    keys = TokenKeys(FileSecrets(folder / FILE.parent))
    asyncio.run(keys.load())
    return keys


def renew(keys: TokenKeys) -> None:
    asyncio.run(keys.renew(EVERY))


def kid_of(token: str) -> str:
    return jwt.get_unverified_header(token)["kid"]


def is_published(keys: TokenKeys, token: str) -> bool:
    """Whether another process could check ``token`` with what it finds at the address of the keys."""
    published = {key.key_id: key for key in jwt.PyJWKSet.from_dict(keys.jwks()).keys}
    if kid_of(token) not in published:
        return False
    options: Any = {"verify_exp": False, "verify_iat": False}
    jwt.decode(token, published[kid_of(token)], algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER, options=options)
    return True


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps_h=st.lists(st.integers(1, 40), max_size=25), restarts=st.integers(0, 2**25))
def test_no_key_goes_before_its_tokens(
    clock: Clock, tmp_path_factory: pytest.TempPathFactory, steps_h: list[int], restarts: int
) -> None:
    """However irregularly the schedule ticks, and over restarts."""
    folder = tmp_path_factory.mktemp("keys")
    keys, authenticator = open_keys(folder), Authenticator()
    signed = [(sign(keys, clock), clock.now)]
    for number, step_h in enumerate(steps_h):
        clock.pass_by(timedelta(hours=step_h))
        if restarts >> number & 1:
            keys = open_keys(folder)
        authenticator.trust(asyncio.run(keys.renew(EVERY)))
        signed.append((sign(keys, clock), clock.now))
        assert len(keys.jwks()["keys"]) <= 2
        for token, signed_at in signed:
            if clock.now - signed_at < timedelta(seconds=LONGEST_S + CLOCK_SKEW_S):
                assert is_published(keys, token)
                assert authenticator.check_token(token).user_id == "u1"
            else:
                with pytest.raises(InvalidToken):
                    authenticator.check_token(token)


def test_a_key_signs_for_its_time_and_verifies_a_day_longer(clock: Clock, tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    first = sign(keys, clock)
    clock.pass_by(EVERY - timedelta(seconds=1))
    renew(keys)
    last_of_first = sign(keys, clock)
    assert kid_of(last_of_first) == kid_of(first)
    clock.pass_by(timedelta(seconds=1))
    renew(keys)
    assert len(keys.jwks()["keys"]) == 2, "everybody learns of the new one"
    clock.pass_by(LEAD - timedelta(seconds=1))
    last_of_first = sign(keys, clock)
    assert kid_of(last_of_first) == kid_of(first), "before it signs"
    clock.pass_by(timedelta(seconds=1))
    assert kid_of(sign(keys, clock)) != kid_of(first)
    assert [key["kid"] for key in keys.jwks()["keys"]] == [kid_of(sign(keys, clock)), kid_of(first)]
    clock.pass_by(DAY - timedelta(seconds=1))
    renew(keys)
    assert is_published(keys, last_of_first)
    clock.pass_by(timedelta(seconds=1))
    renew(keys)
    assert not is_published(keys, last_of_first)


def test_refresh_tokens_outlive_a_new_key(clock: Clock, tmp_path: Path) -> None:
    keys = open_keys(tmp_path)
    successor = keys.successor("token")
    clock.pass_by(EVERY)
    renew(keys)
    assert keys.successor("token") == successor


def test_a_file_that_says_no_time_is_read(clock: Clock, tmp_path: Path) -> None:
    """So did the first ones that were written."""
    keys = open_keys(tmp_path)
    token, path = sign(keys, clock), tmp_path / FILE
    stored = msgspec.json.decode(path.read_bytes())
    del stored["renewed_at"]
    path.write_bytes(msgspec.json.encode(stored))
    again = open_keys(tmp_path)
    renew(again)
    clock.pass_by(LEAD)
    assert is_published(again, token)
    assert kid_of(sign(again, clock)) != kid_of(token)


def test_a_write_that_fails_leaves_the_old_keys(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = open_keys(tmp_path)
    token, before = sign(keys, clock), (tmp_path / FILE).read_bytes()
    clock.pass_by(EVERY)

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        renew(keys)
    assert (tmp_path / FILE).read_bytes() == before
    assert kid_of(sign(keys, clock)) == kid_of(token)


async def test_a_full_disk_keeps_nobody_from_serving(
    client: httpx.AsyncClient, process: Process, grace: dict[str, str], settings: Settings
) -> None:
    age(settings, timedelta(days=91))
    (settings.base.data_dir / FILE).with_suffix(".new").mkdir()  # in the way of the file to be written
    async with running(build_process(settings)) as restarted:
        assert restarted.auth.check_token(grace["Authorization"].removeprefix("Bearer ")).name == "Grace"


def age(settings: Settings, by: timedelta) -> None:
    """Let the signing key have been there for longer."""
    path = settings.base.data_dir / FILE
    stored = msgspec.json.decode(path.read_bytes())
    path.write_bytes(msgspec.json.encode(stored | {"renewed_at": stored["renewed_at"] - by.total_seconds()}))


async def test_the_process_renews_its_key_and_lets_old_tokens_in(
    client: httpx.AsyncClient, process: Process, grace: dict[str, str], settings: Settings
) -> None:
    [schedule] = [each for service in process.services for each in service.schedules if "signing key" in each.name]
    age(settings, timedelta(days=91))
    await process.provided(TokenKeys).load()
    await schedule.tick()
    answer = await client.get("/.well-known/jwks.json")
    assert len(answer.json()["keys"]) == 2
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert (await client.get("/me", headers=grace)).status_code == 200
    async with running(build_process(settings)) as restarted:
        assert restarted.auth.check_token(grace["Authorization"].removeprefix("Bearer ")).name == "Grace"

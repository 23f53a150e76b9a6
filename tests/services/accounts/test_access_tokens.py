"""Access tokens as accounts signs them, and the keys that it signs them with."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from services.accounts.front_door import Clock, clock_of_the_test
from tutti.kit.auth import AUDIENCE, CLOCK_SKEW_S, ISSUER, REVOCATION_MEMORY_S, Authenticator, InvalidToken
from tutti.kit.secrets import FileSecrets
from tutti.services.accounts.service.tokens import TokenKeys

LIFETIMES_S = st.integers(1, REVOCATION_MEMORY_S // 2)
ONE_SETUP = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def clock() -> Iterator[Clock]:
    with clock_of_the_test() as clock:
        yield clock


@pytest.fixture
def keys(tmp_path: Path) -> TokenKeys:
    keys = TokenKeys(FileSecrets(tmp_path / "secrets"))
    asyncio.run(keys.load())
    return keys


def sign(keys: TokenKeys, clock: Clock, lifetime_s: int = 900) -> str:
    return keys.sign(
        user_id="u1", name="ada", role="listener", session_id="s1", issued_at=clock.time(), lifetime_s=lifetime_s
    )


def trusting(keys: TokenKeys) -> Authenticator:
    authenticator = Authenticator()
    authenticator.trust(asyncio.run(keys.load()))
    return authenticator


def is_let_in(authenticator: Authenticator, token: str) -> bool:
    try:
        return authenticator.check_token(token).user_id == "u1"
    except InvalidToken:
        return False


@ONE_SETUP
@given(LIFETIMES_S, st.integers(-2 * CLOCK_SKEW_S, REVOCATION_MEMORY_S))
@example(900, -CLOCK_SKEW_S - 1)
@example(900, -CLOCK_SKEW_S)
@example(900, 900 + CLOCK_SKEW_S - 1)
@example(900, 900 + CLOCK_SKEW_S)
def test_a_token_holds_from_its_issue_until_it_expires(
    keys: TokenKeys, clock: Clock, lifetime_s: int, age_s: int
) -> None:
    """On any clock that is wrong by `CLOCK_SKEW_S` at the most; a negative age is a clock that runs behind."""
    token = sign(keys, clock, lifetime_s)
    clock.pass_by(timedelta(seconds=age_s))
    assert is_let_in(trusting(keys), token) == (-CLOCK_SKEW_S <= age_s < lifetime_s + CLOCK_SKEW_S)


@ONE_SETUP
@given(LIFETIMES_S, st.lists(st.integers(1, 10_000), max_size=8))
def test_a_token_that_was_let_in_before_holds_no_longer_for_it(
    keys: TokenKeys, clock: Clock, lifetime_s: int, pauses_s: list[int]
) -> None:
    authenticator, token, age_s = trusting(keys), sign(keys, clock, lifetime_s), 0
    assert is_let_in(authenticator, token)
    for pause_s in pauses_s:
        clock.pass_by(timedelta(seconds=pause_s))
        age_s += pause_s
        assume(age_s != lifetime_s + CLOCK_SKEW_S)  # the one instant at which a remembered token still holds
        assert is_let_in(authenticator, token) == (age_s < lifetime_s + CLOCK_SKEW_S)


@ONE_SETUP
@given(st.data())
def test_one_other_byte_and_it_is_refused(keys: TokenKeys, clock: Clock, data: st.DataObject) -> None:
    parts = [jwt.utils.base64url_decode(part) for part in sign(keys, clock).split(".")]
    changed = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, len(parts[changed]) - 1))
    altered = bytearray(parts[changed])
    altered[place] ^= data.draw(st.integers(1, 255))
    parts[changed] = bytes(altered)
    assert not is_let_in(trusting(keys), ".".join(jwt.utils.base64url_encode(part).decode() for part in parts))


@pytest.mark.parametrize(
    ("algorithm", "kid", "audience", "issuer", "own_key"),
    [
        ("EdDSA", None, AUDIENCE, ISSUER, False),
        ("EdDSA", "another", AUDIENCE, ISSUER, True),
        ("HS256", None, AUDIENCE, ISSUER, True),
        ("none", None, AUDIENCE, ISSUER, True),
        ("EdDSA", None, "another", ISSUER, True),
        ("EdDSA", None, AUDIENCE, "another", True),
    ],
    ids=["key", "kid", "algorithm", "unsigned", "audience", "issuer"],
)
def test_what_names_something_else_is_refused(
    keys: TokenKeys, clock: Clock, algorithm: str, kid: str | None, audience: str, issuer: str, own_key: bool
) -> None:
    genuine = sign(keys, clock)
    [published] = keys.jwks()["keys"]
    ours = keys._keys[published["kid"]]  # pyright: ignore[reportPrivateUsage]
    secret = {"EdDSA": ours if own_key else Ed25519PrivateKey.generate(), "HS256": published["x"], "none": None}
    claims = jwt.decode(genuine, options={"verify_signature": False}) | {"aud": audience, "iss": issuer}
    forged = jwt.encode(claims, secret[algorithm], algorithm=algorithm, headers={"kid": kid or published["kid"]})
    assert is_let_in(trusting(keys), genuine)
    assert not is_let_in(trusting(keys), forged)


def test_anybody_can_check_a_token_with_the_published_keys(keys: TokenKeys, clock: Clock) -> None:
    token = sign(keys, clock)
    kid = jwt.get_unverified_header(token)["kid"]
    published = jwt.PyJWKSet.from_dict(keys.jwks())[kid]
    claims = jwt.decode(token, published, algorithms=["EdDSA"], audience=AUDIENCE, issuer=ISSUER)
    assert (claims["sub"], claims["sid"], claims["exp"] - claims["iat"]) == ("u1", "s1", 900)
    assert all(set(key) == {"kty", "crv", "use", "alg", "kid", "x"} for key in keys.jwks()["keys"])


def test_the_keys_outlive_a_restart_and_are_for_their_owner_alone(
    keys: TokenKeys, clock: Clock, tmp_path: Path
) -> None:
    token = sign(keys, clock)
    path = tmp_path / "secrets/token-keys.json"
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    again = TokenKeys(FileSecrets(path.parent))
    assert is_let_in(trusting(again), token)
    assert again.successor("refresh token") == keys.successor("refresh token") != keys.successor("another")

"""Who is asking: what an access token proves, for how long, and what no alteration of it does."""

import base64
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import assume, example, given
from hypothesis import strategies as st
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from tutti.kit import auth
from tutti.kit.auth import (
    AUDIENCE,
    CLOCK_SKEW_S,
    ISSUER,
    REVOCATION_MEMORY_S,
    ROLES,
    Authenticator,
    Identity,
    InvalidToken,
    MissingRole,
    MissingScope,
    Role,
    Scope,
    requires,
)

KEY = Ed25519PrivateKey.generate()
OTHER_KEY = Ed25519PrivateKey.generate()
NOT_A_CLAIM = object()
DAY_S = 86_400


def token(key: Any = KEY, kid: str | None = "k1", algorithm: str = "EdDSA", **changed: object) -> str:
    claims: dict[str, object] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "name": "ada", "role": "uploader"}
    claims |= {"sid": "s1", "iat": int(time.time()), "exp": int(time.time()) + 600, **changed}
    kept = {name: value for name, value in claims.items() if value is not NOT_A_CLAIM}
    return jwt.encode(kept, key, algorithm=algorithm, headers={"kid": kid} if kid is not None else None)


@pytest.fixture
def authenticator() -> Authenticator:
    return trusting()


def trusting() -> Authenticator:
    made = Authenticator()
    made.trust({"k1": KEY.public_key()})
    return made


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The time as the authenticator sees it."""
    clock = Clock()
    monkeypatch.setattr(auth, "time", clock)
    yield clock


async def test_a_token_says_who_holds_it(authenticator: Authenticator) -> None:
    expires_at = int(time.time()) + 60
    assert await authenticator.identify(token(exp=expires_at)) == Identity(
        user_id="u1", name="ada", role="uploader", session_id="s1", expires_at=expires_at
    )


@given(st.integers(-10_000, 10_000))
def test_a_token_holds_until_it_expires_give_or_take_the_skew(left_s: int) -> None:
    assume(abs(left_s + CLOCK_SKEW_S) > 60)  # the clock goes on meanwhile
    authenticator, given_token = trusting(), token(exp=int(time.time()) + left_s)
    for _ in range(2):  # the second time it is remembered
        if left_s > -CLOCK_SKEW_S:
            assert authenticator.check_token(given_token).user_id == "u1"
        else:
            with pytest.raises(InvalidToken) as refused:
                authenticator.check_token(given_token)
            assert refused.value.details == {"reason": "expired"}


def test_a_remembered_token_expires_all_the_same(authenticator: Authenticator, clock: Clock) -> None:
    held = token(exp=int(clock.now) + 600)
    authenticator.check_token(held)
    clock.now += 600 + CLOCK_SKEW_S + 2
    with pytest.raises(InvalidToken, match="expired"):
        authenticator.check_token(held)


@given(st.data())
def test_an_altered_token_is_refused(data: st.DataObject) -> None:
    """Any one character: of the header, the claims or the signature; but for bits that base64 does not use."""
    held = token()
    place = data.draw(st.integers(0, len(held) - 1))
    altered = held[:place] + data.draw(st.characters()) + held[place + 1 :]
    assume(unpacked(altered) != unpacked(held))
    with pytest.raises(InvalidToken):
        trusting().check_token(altered)


def unpacked(text: str) -> list[bytes] | str:
    try:
        return [base64.urlsafe_b64decode(part + "==") for part in text.split(".")]
    except ValueError:
        return text


@given(st.text() | st.lists(st.binary(), min_size=3, max_size=3).map(lambda parts: ".".join(map(packed, parts))))
@example("")
@example("..")
@example("\ud800")
@example("ü.ü.ü")
@example("e30.e30.e30")
@example("bnVsbA.bnVsbA.")
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(InvalidToken) as refused:
        trusting().check_token(text)
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_only_keys_that_are_trusted_count(authenticator: Authenticator) -> None:
    for forged in (token(OTHER_KEY), token(OTHER_KEY, kid="k2"), token(kid=None), token(kid="k2"), token(kid="")):
        with pytest.raises(InvalidToken):
            authenticator.check_token(forged)


def test_the_token_does_not_choose_how_it_is_checked(authenticator: Authenticator) -> None:
    """RFC 8725 §2.1: neither none, nor the public key taken for a shared secret."""
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    head, claims, _ = token().split(".")
    for forged in (
        token(None, algorithm="none"),
        token(public, algorithm="HS256"),
        f"{packed(msgspec.json.encode({'alg': 'none', 'kid': 'k1'}))}.{claims}.",
        f"{head}.{claims}.",
    ):
        with pytest.raises(InvalidToken):
            authenticator.check_token(forged)


@pytest.mark.parametrize(
    "changed",
    [
        *({name: NOT_A_CLAIM} for name in ("exp", "sub", "sid", "role", "name", "iss", "aud")),
        {"iss": "another"},
        {"aud": "another"},
        {"role": "owner"},
        {"role": None},
        {"sub": 5},
        {"sid": ["s1"]},
        {"name": None},
        {"exp": "soon"},
        {"nbf": time.time() + DAY_S},
        {"iat": time.time() + DAY_S},
    ],
)
def test_a_token_of_ours_that_says_something_else_is_refused(
    authenticator: Authenticator, changed: dict[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        authenticator.check_token(token(**changed))


def test_keys_can_be_replaced(authenticator: Authenticator) -> None:
    old, new = token(), token(OTHER_KEY, kid="k2")
    authenticator.check_token(old)
    authenticator.trust({"k1": KEY.public_key(), "k2": OTHER_KEY.public_key()})
    authenticator.check_token(old)
    authenticator.check_token(new)
    authenticator.trust({"k2": OTHER_KEY.public_key()})
    authenticator.check_token(new)
    with pytest.raises(InvalidToken, match="key that is not ours"):
        authenticator.check_token(old)


def test_an_ended_session_ends_its_tokens_at_once(authenticator: Authenticator) -> None:
    held, other = token(), token(sid="s2")
    authenticator.check_token(held)
    authenticator.revoke(["s1", "s3"])
    for given_token in (held, token(name="again")):
        with pytest.raises(InvalidToken) as refused:
            authenticator.check_token(given_token)
        assert refused.value.details == {"reason": "revoked"}
    assert authenticator.check_token(other).session_id == "s2"


def test_ended_sessions_are_forgotten_when_their_tokens_have_expired(
    authenticator: Authenticator, clock: Clock
) -> None:
    authenticator.revoke(["first"])
    clock.now += REVOCATION_MEMORY_S - 1
    authenticator.revoke(["second"])
    assert authenticator.is_revoked("first")
    clock.now += 2
    authenticator.revoke(["third"])
    assert [authenticator.is_revoked(id_) for id_ in ("first", "second", "third")] == [False, True, True]


def test_a_session_ended_again_is_remembered_from_then_on(authenticator: Authenticator, clock: Clock) -> None:
    authenticator.revoke(["again"])
    clock.now += REVOCATION_MEMORY_S - 1
    authenticator.revoke(["again"])
    clock.now += 2
    authenticator.revoke(["other"])
    assert authenticator.is_revoked("again")


def test_only_so_many_tokens_are_remembered(authenticator: Authenticator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "_REMEMBERED_TOKENS", 3)
    held = [token(sid=f"s{n}") for n in range(10)]
    for given_token in (*held, *held):
        authenticator.check_token(given_token)
    assert len(authenticator._remembered) == 3  # pyright: ignore[reportPrivateUsage]


async def test_api_keys_go_to_whom_they_belong(authenticator: Authenticator) -> None:
    owner = Identity(user_id="u2", name="bob", role="listener", session_id="key", scopes=("read",))
    asked: list[str] = []

    async def check(key: str) -> Identity:
        asked.append(key)
        return owner

    with pytest.raises(InvalidToken, match="not taken"):
        await authenticator.identify("tutti_abc")
    authenticator.use_api_keys(check)
    assert await authenticator.identify("tutti_abc") is owner
    assert (await authenticator.identify(token())).user_id == "u1"
    assert asked == ["tutti_abc"]


@given(st.sampled_from(ROLES), st.sets(st.sampled_from(("read", "write", "admin"))), st.sampled_from(ROLES), st.data())
def test_a_guard_lets_in_who_has_both_the_role_and_the_scope(
    role: Role, scopes: set[Scope], wanted: Role, data: st.DataObject
) -> None:
    scope: Scope | None = data.draw(st.sampled_from((None, "read", "write", "admin")))
    needed = scope or ("admin" if wanted == "admin" else "read")
    identity = Identity(user_id="u", name="n", role=role, session_id="s", scopes=tuple(scopes))
    connection = cast(ASGIConnection[Any, Any, Any, Any], SimpleNamespace(user=identity))
    guard, handler = requires(wanted, scope), cast(BaseRouteHandler, None)
    if ROLES.index(role) < ROLES.index(wanted):
        with pytest.raises(MissingRole):
            guard(connection, handler)
    elif needed not in scopes:
        with pytest.raises(MissingScope):
            guard(connection, handler)
    else:
        guard(connection, handler)


@pytest.mark.parametrize(
    ("role", "scopes", "is_admin"),
    [
        ("admin", ("read", "write", "admin"), True),
        ("admin", ("read", "write"), False),
        ("uploader", ("read", "write", "admin"), False),
    ],
)
def test_an_admins_key_is_no_admin_without_the_scope(role: Role, scopes: tuple[Scope, ...], is_admin: bool) -> None:
    assert Identity(user_id="u", name="n", role=role, session_id="s", scopes=scopes).is_admin is is_admin

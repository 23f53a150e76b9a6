"""Who may ask: tokens of this installation, for this service, now."""

import time

import jwt
import pytest

from kit.rpc.running import CLUSTER, SECRET, asked
from kit.rpc.sample import Librarian, Shelves
from tutti.kit.cluster import ClusterSettings
from tutti.kit.rpc import tokens
from tutti.kit.rpc.errors import PeerRefused
from tutti.kit.rpc.peers import Peers
from tutti.kit.rpc.server import RpcServer
from tutti.kit.rpc.tokens import CLOCK_SKEW_S, LIFETIME_S, Signer, TokenRefused, Verifier
from tutti.kit.settings import BadSetting

SECRETS = (SECRET.encode(),)
OTHER = b"another secret of thirty-two characters"


class Clock:
    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time as `tokens` sees it; PyJWT sees the real one, at which the clock starts."""
    clock = Clock(time.time())
    monkeypatch.setattr(tokens.time, "time", clock)
    return clock


def test_a_token_names_its_caller_and_is_for_one_service() -> None:
    token = Signer(SECRETS, "playback").token("catalog")

    assert Verifier(SECRETS).check(token, "catalog") == "playback"
    with pytest.raises(TokenRefused, match="is for catalog"):
        Verifier(SECRETS).check(token, "accounts")


def test_a_token_of_another_installation_is_refused() -> None:
    with pytest.raises(TokenRefused, match="not ours"):
        Verifier(SECRETS).check(Signer((OTHER,), "playback").token("catalog"), "catalog")


def test_secrets_are_replaced_without_a_break() -> None:
    old, new = Signer(SECRETS, "playback"), Signer((OTHER, *SECRETS), "playback")

    for signer in (old, new):
        assert Verifier((OTHER, *SECRETS)).check(signer.token("catalog"), "catalog") == "playback"
    with pytest.raises(TokenRefused):
        Verifier(SECRETS).check(new.token("catalog"), "catalog")


def test_a_token_is_used_until_it_is_nearly_over(clock: Clock) -> None:
    signer = Signer(SECRETS, "playback")
    first = signer.token("catalog")
    clock.at += LIFETIME_S / 2
    assert signer.token("catalog") == first
    clock.at += LIFETIME_S / 2 - 1
    second = signer.token("catalog")
    assert second != first
    clock.at -= LIFETIME_S  # the clock was set back: nobody would take the second one
    assert signer.token("catalog") not in (first, second)


def test_a_token_expires_even_where_it_is_remembered(clock: Clock) -> None:
    token, verifier = Signer(SECRETS, "playback").token("catalog"), Verifier(SECRETS)
    clock.at += LIFETIME_S + CLOCK_SKEW_S - 1
    verifier.check(token, "catalog")
    clock.at += 2
    for each in (verifier, Verifier(SECRETS)):
        with pytest.raises(TokenRefused, match="expired"):
            each.check(token, "catalog")


@pytest.mark.parametrize("skew_s", [-CLOCK_SKEW_S + 2, CLOCK_SKEW_S - 2])
def test_clocks_may_differ(clock: Clock, skew_s: float) -> None:
    clock.at += skew_s
    token = Signer(SECRETS, "playback").token("catalog")
    clock.at -= skew_s

    assert Verifier(SECRETS).check(token, "catalog") == "playback"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "playback", "aud": "catalog", "iat": 0, "exp": 2**40},
        {"iss": "playback", "aud": "catalog", "exp": time.time() + 50},
        {"iss": "playback", "iat": time.time(), "exp": time.time() + 50},
        {"iss": "playback", "aud": "catalog", "iat": time.time() + 86_400, "exp": time.time() + 86_450},
        {"iss": "playback", "aud": ["catalog"], "iat": time.time(), "exp": time.time() + 50},
    ],
)
def test_a_token_that_says_too_little_or_too_much_is_refused(claims: dict[str, object]) -> None:
    signer = Signer(SECRETS, "playback")
    token = jwt.encode(claims, signer._key, algorithm="EdDSA", headers={"kid": signer._kid})

    with pytest.raises(TokenRefused):
        Verifier(SECRETS).check(token, "catalog")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é.é.é", "eyJhbGciOiJub25lIn0.e30."])
def test_nonsense_is_refused(token: str) -> None:
    with pytest.raises(TokenRefused):
        Verifier(SECRETS).check(token, "catalog")


async def test_a_stranger_is_not_answered(librarian: Librarian) -> None:
    stranger = ClusterSettings(secrets=(OTHER.decode(),))
    async with asked(librarian, caller_cluster=stranger) as proxy:
        with pytest.raises(PeerRefused) as caught:
            await proxy.get_shelves(["one"])

    assert caught.value.status == 503  # not 401: the browser's own login is well
    assert librarian.calls == 0


async def test_nobody_asks_or_answers_without_a_secret() -> None:
    nothing = ClusterSettings()
    with pytest.raises(BadSetting, match="TUTTI_CLUSTER_SECRETS"):
        RpcServer(nothing, {"shelves": (Shelves, Librarian())})
    with pytest.raises(BadSetting, match="TUTTI_CLUSTER_SECRETS"):
        Peers(nothing, lambda _: ("127.0.0.1:1",), "test")
    with pytest.raises(TypeError, match="does not answer"):
        RpcServer(CLUSTER, {"shelves": (Shelves, object())})

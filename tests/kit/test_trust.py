"""What a process learns of accounts elsewhere: keys and ends; and what it does while nobody answers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tutti.kit.auth import AUDIENCE, ISSUER, Authenticator, Identity, InvalidToken, Trust, TrustAway
from tutti.kit.trust import RememberedApiKeys, TrustFollower

LIMIT_S = 90
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Accounts:
    """Accounts in another process, as far as trust goes."""

    def __init__(self) -> None:
        self.keys = {"one": Ed25519PrivateKey.generate()}
        self.ended: list[str] = []
        self.asked: list[datetime | None] = []
        self.away: Exception | None = None
        self.hang: asyncio.Event | None = None

    async def get_trust(self, since: datetime | None) -> Trust:
        self.asked.append(since)
        if self.hang is not None:
            await self.hang.wait()
        if self.away is not None:
            raise self.away
        public = {kid: key.public_key().public_bytes_raw() for kid, key in self.keys.items()}
        return Trust(public, list(self.ended), AT + timedelta(seconds=len(self.asked)))

    def token(self, kid: str = "one", session_id: str = "s1") -> str:
        key = self.keys.setdefault(kid, Ed25519PrivateKey.generate())
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1", "name": "ada", "role": "admin", "sid": session_id}
        claims |= {"exp": datetime.now(UTC) + timedelta(minutes=5)}
        return jwt.encode(claims, key, algorithm="EdDSA", headers={"kid": kid})


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth() -> Authenticator:
    return Authenticator()


@pytest.fixture
async def often(auth: Authenticator, accounts: Accounts, clock: Clock) -> AsyncIterator[TrustFollower]:
    """Asks all the time."""
    follower = TrustFollower(auth, accounts.get_trust, 0.005, clock)
    async with follower.running():
        yield follower


async def comes(condition: object) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.002)


async def test_keys_and_ends_arrive_by_themselves(auth: Authenticator, accounts: Accounts, often: object) -> None:
    await comes(lambda: accounts.asked)
    token = accounts.token()
    assert (await auth.identify(token)).user_id == "u1"
    accounts.ended.append("s1")
    await comes(lambda: auth.is_revoked("s1"))
    with pytest.raises(InvalidToken, match="ended"):
        await auth.identify(token)
    await comes(lambda: len(accounts.asked) > 3)
    assert accounts.asked[:3] == [None, AT + timedelta(seconds=1), AT + timedelta(seconds=2)]


async def test_a_process_is_unready_until_it_knows_whom_to_trust(
    auth: Authenticator, accounts: Accounts, clock: Clock
) -> None:
    accounts.away = ConnectionError("nobody there")
    async with TrustFollower(auth, accounts.get_trust, 0.005, clock).running():
        await comes(lambda: accounts.asked)
        assert "accounts" in str(await auth.find_problem())
        with pytest.raises(TrustAway) as refused:
            await auth.identify(accounts.token())
        assert refused.value.status == 503, "not 401: who is logged in stays so"
        accounts.away = None
        await comes(lambda: auth._keys)
        assert await auth.find_problem() is None


async def test_what_is_known_goes_on_while_accounts_is_away(
    auth: Authenticator, accounts: Accounts, often: object
) -> None:
    await comes(lambda: auth._keys)
    accounts.away = ConnectionError("gone")
    count = len(accounts.asked)
    await comes(lambda: len(accounts.asked) > count + 3)
    assert (await auth.identify(accounts.token())).user_id == "u1"
    assert await auth.find_problem() is None


async def test_an_unknown_key_makes_it_ask_at_once_and_all_share_the_answer(
    auth: Authenticator, accounts: Accounts, clock: Clock
) -> None:
    async with TrustFollower(auth, accounts.get_trust, 3600, clock).running():
        await comes(lambda: auth._keys)
        new = accounts.token("two")
        clock.now += 10
        assert all(identity.user_id == "u1" for identity in await asyncio.gather(*(auth.identify(new),) * 10))
        assert len(accounts.asked) == 2
        accounts.keys.pop("two")
        forged = [accounts.token(f"of somebody else {number}") for number in range(50)]
        for number in range(50):
            accounts.keys.pop(f"of somebody else {number}")
        for token in forged:
            with pytest.raises(InvalidToken):
                await auth.identify(token)
        assert len(accounts.asked) == 2, "whoever makes keys up does not make it ask"
        clock.now += 10
        with pytest.raises(InvalidToken):
            await auth.identify(forged[0])
        assert len(accounts.asked) == 3
        for nonsense in ("", "a.b.c", "é", "x" * 5000):
            clock.now += 10
            with pytest.raises(InvalidToken):
                await auth.identify(nonsense)
        assert len(accounts.asked) == 3


async def test_whoever_asks_and_leaves_spoils_nothing(auth: Authenticator, accounts: Accounts, clock: Clock) -> None:
    async with TrustFollower(auth, accounts.get_trust, 3600, clock).running():
        await comes(lambda: auth._keys)
        clock.now += 10
        accounts.hang = asyncio.Event()
        new = accounts.token("two")
        leaving, staying = (asyncio.create_task(auth.identify(new)) for _ in range(2))
        await comes(lambda: len(accounts.asked) == 2)
        leaving.cancel()
        accounts.hang.set()
        assert (await asyncio.wait_for(staying, LIMIT_S)).user_id == "u1"


class KeyDesk:
    """Accounts, as far as API keys go."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known = {"tutti_a": Identity("u1", "ada", "admin", "k1", ("read",))}

    async def __call__(self, key: str) -> Identity:
        self.asked.append(key)
        if key not in self.known:
            raise InvalidToken("This API key is not valid.")
        return self.known[key]


async def test_an_api_key_is_asked_about_every_few_seconds(clock: Clock) -> None:
    desk = KeyDesk()
    check = RememberedApiKeys(desk, 5, clock)
    for _ in range(10):
        assert (await check("tutti_a")).session_id == "k1"
    assert len(desk.asked) == 1
    desk.known.clear()
    clock.now += 5
    with pytest.raises(InvalidToken):
        await check("tutti_a")
    with pytest.raises(InvalidToken):
        await check("tutti_a")
    assert len(desk.asked) == 3, "refusals are not remembered: a key that is made now is good now"


async def test_an_api_key_that_was_deleted_is_refused_though_it_is_remembered(
    auth: Authenticator, clock: Clock
) -> None:
    auth.use_api_keys(RememberedApiKeys(KeyDesk(), 300, clock))
    assert (await auth.identify("tutti_a")).user_id == "u1"
    auth.revoke(["k1"])
    with pytest.raises(InvalidToken, match="deleted"):
        await auth.identify("tutti_a")

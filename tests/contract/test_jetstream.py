"""What is particular to JetStream: bounded memory, what is forgotten when, changes to and from solo, who is let in."""

import asyncio
import base64
import binascii
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contract.transports import QUICK, Counted, Wiring, eventually, wiring
from support.nats import Nats, running_nats
from tutti.kit.clock import now
from tutti.kit.events.event import seal
from tutti.kit.events.jetstream import shelf
from tutti.kit.events.jetstream.credentials import Credentials
from tutti.kit.events.jetstream.transport import JetStreamTransport
from tutti.kit.events.tables import outbox
from tutti.kit.settings import BadSetting, Base

pytestmark = pytest.mark.parametrize("engines", ["jetstream"], indirect=True)


def transport_of(wires: Wiring) -> JetStreamTransport:
    assert isinstance(wires.transport, JetStreamTransport)
    return wires.transport


async def count_outbox(wires: Wiring) -> int:
    return await wires.db.read(lambda db: db.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one())


async def test_a_slow_consumer_lags_and_holds_an_event_for_each_lane(base: Base) -> None:
    gate = asyncio.Event()

    async def wait(_: Counted) -> None:
        await gate.wait()

    async with wiring(base) as wires:
        wires.subscribe(wait, "slow")
        wires.hear("quick")
        async with wires.transport.running():
            for _ in range(10):
                await wires.tell(*(Counted(subject=f"s{n}", number=n) for n in range(50)))

            async def quick_is_done() -> bool:
                return sum(map(len, (await wires.effects("quick")).values())) == 500

            await eventually(quick_is_done)
            desk = transport_of(wires)._desks["slow"]

            async def only_slow_is_behind() -> bool:
                behind = {lag.consumer: lag.behind for lag in await wires.transport.lag()}
                assert len(desk._gate.in_hand) <= QUICK.nats_partitions
                return behind == {"quick": 0, "slow": 500} and len(desk._gate.in_hand) == QUICK.nats_partitions

            await eventually(only_slow_is_behind)  # what was handled last is acknowledged a moment later
            assert all(lane._pull is not None and not lane._pull._arrived for lane in desk._lanes)
            gate.set()
            await wires.settled()


async def test_what_nats_has_had_for_long_is_forgotten_here(base: Base) -> None:
    long_ago = now() - timedelta(days=QUICK.relayed_days + 1)
    async with wiring(base) as wires:
        wires.hear()
        aged = [msgspec.structs.replace(seal(Counted(subject="s", number=n)), occurred_at=long_ago) for n in range(5)]
        await wires.db.write(wires.transport.append, aged)
        await transport_of(wires).purge()
        assert await count_outbox(wires) == 5, "NATS does not have them yet"
        async with wires.transport.running():
            await wires.tell(*(Counted(subject="s", number=n) for n in range(5, 9)))
            await wires.settled()

            async def nats_is_known_to_have_all() -> bool:
                return await wires.db.read(shelf.measure_behind) == 0

            await eventually(nats_is_known_to_have_all)  # the relay notes it after others may have handled it
        await transport_of(wires).purge()
        assert await count_outbox(wires) == 4
        assert await wires.effects() == {"s": list(range(9))}


async def test_from_solo_to_jetstream_and_back_nothing_is_lost_or_done_twice(base: Base) -> None:
    alone = msgspec.structs.replace(base, nats_url="")
    jobs: list[int] = []

    async def work(event: Counted) -> None:
        jobs.append(event.number)

    for round_, carried_by in enumerate((alone, base, alone, base)):
        async with wiring(carried_by) as wires:
            wires.hear()
            wires.employ(work)
            await wires.tell(*(Counted(subject="s", number=n) for n in range(10 * round_, 10 * round_ + 5)))
            async with wires.transport.running():
                await wires.tell(*(Counted(subject="s", number=n) for n in range(10 * round_ + 5, 10 * round_ + 10)))
                await wires.settled()
            assert await wires.effects() == {"s": list(range(10 * round_ + 10))}
    assert jobs == list(range(40))


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Nats]:
    with running_nats(tmp_path / "nats", "--user", "tutti", "--pass", "open sesame") as own:
        yield own


async def test_a_password_in_the_url_lets_us_in(base: Base, guarded: Nats) -> None:
    let_in = msgspec.structs.replace(base, nats_url=guarded.url.replace("//", "//tutti:open%20sesame@"))
    async with wiring(let_in) as wires:
        wires.hear()
        async with wires.transport.running():
            await wires.tell(Counted(subject="s", number=1))
            await wires.settled()
        assert await wires.effects() == {"s": [1]}


async def test_who_is_not_let_in_is_told(base: Base, guarded: Nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tutti.kit.events.jetstream.link._START_LIMIT_S", 0.5)
    async with wiring(msgspec.structs.replace(base, nats_url=guarded.url)) as wires, wires.transport.running():

        async def is_told() -> bool:
            return "Authorization" in (wires.transport.trouble or "")

        await eventually(is_told)


class Identity:
    """A key of NATS, as `nsc` makes them."""

    def __init__(self, kind: int) -> None:
        self.key = Ed25519PrivateKey.generate()
        raw = self.key.private_bytes_raw()
        public = self.key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public = self.encode(bytes([kind]) + public)
        self.seed = self.encode(bytes([(18 << 3) | (kind >> 5), (kind & 31) << 3]) + raw)

    @staticmethod
    def encode(raw: bytes) -> str:
        checked = raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")
        return base64.b32encode(checked).decode().rstrip("=")

    def certify(self, subject: str, claims: dict[str, object]) -> str:
        head = {"typ": "JWT", "alg": "ed25519-nkey"}
        body = {"jti": subject, "iat": 1, "iss": self.public, "sub": subject, "name": "test", "nats": claims}
        signed = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in (head, body))
        return f"{signed}.{base64.urlsafe_b64encode(self.key.sign(signed.encode())).decode().rstrip('=')}"


OPERATOR, ACCOUNT, USER = 14 << 3, 0, 20 << 3  # the letters O, A and U that their keys begin with
NO_LIMITS = {"subs": -1, "conn": -1, "data": -1, "payload": -1, "mem_storage": -1, "disk_storage": -1}


def write_credentials(folder: Path) -> tuple[Path, list[str]]:
    """Return a credentials file, and the options of a server that takes it."""
    operator, account, system, user = Identity(OPERATOR), Identity(ACCOUNT), Identity(ACCOUNT), Identity(USER)
    known = {
        each.public: operator.certify(each.public, {"type": "account", "version": 2, "limits": limits})
        for each, limits in ((account, NO_LIMITS), (system, {**NO_LIMITS, "mem_storage": 0, "disk_storage": 0}))
    }
    preload = "\n".join(f"{name}: {jwt}" for name, jwt in known.items())
    trusted = operator.certify(operator.public, {"type": "operator", "version": 2, "system_account": system.public})
    config = folder / "nats.conf"
    config.write_text(
        f"operator: {trusted}\nsystem_account: {system.public}\nresolver: MEMORY\nresolver_preload: {{\n{preload}\n}}\n"
    )
    jwt = account.certify(user.public, {"type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1})
    path = folder / "tutti.creds"
    path.write_text(
        f"-----BEGIN NATS USER JWT-----\n{jwt}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )
    return path, ["-c", str(config)]


async def test_a_credentials_file_lets_us_in(base: Base, tmp_path: Path) -> None:
    path, options = write_credentials(tmp_path)
    settings = msgspec.structs.replace(QUICK, nats_credentials=path)
    with running_nats(tmp_path / "nats", *options) as server:
        async with wiring(msgspec.structs.replace(base, nats_url=server.url), settings) as wires:
            wires.hear()
            async with wires.transport.running():
                await wires.tell(Counted(subject="s", number=1))
                await wires.settled()
            assert await wires.effects() == {"s": [1]}


@pytest.mark.parametrize("damage", ["missing", "empty", "seed"])
def test_a_damaged_credentials_file_is_refused(engines: object, tmp_path: Path, damage: str) -> None:
    path, _ = write_credentials(tmp_path)
    if damage == "missing":
        path.unlink()
    else:
        path.write_text("" if damage == "empty" else path.read_text().replace("\nSU", "\nSV"))
    with pytest.raises(BadSetting, match="TUTTI_EVENTS_NATS_CREDENTIALS"):
        Credentials(path)

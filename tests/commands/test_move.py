"""``tutti move``: a solo installation with everything in it goes on on PostgreSQL and S3 as if nothing had happened."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from bench.library import generate

from commands.terminal import Ran, environ_of, shell
from support.audio import audio_bytes
from support.images import cover
from support.nats import running_nats
from support.postgres import Postgres
from support.s3 import S3Server, environment
from support.server import Server, running_server, wait_for
from support.valkey import running_valkey
from tutti.kit.clock import now
from tutti.kit.db.database import SQLITE_FILE
from tutti.kit.events.tables import cursors, dead, outbox, parked
from tutti.kit.ids import new_id

CHEAP = {
    "TUTTI_ACCOUNTS_ARGON2_MEMORY_KIB": "8192",
    "TUTTI_ACCOUNTS_ARGON2_PASSES": "1",
    "TUTTI_ACCOUNTS_REGISTRATION": "open",
}
CLUSTER = {"TUTTI_CLUSTER_SECRETS": "moved " * 8, "TUTTI_CLUSTER_RPC_PORT": "0"}
LISTS = ("/me", "/users", "/libraries", "/albums", "/artists", "/genres", "/tracks", "/uploads", "/me/history")
SEARCHES = ("a", "the", "uplo", "ü", "river", "夜")
LAST_SEQ = 100_000


class Solo:
    """A stopped server: its folder, and what it answered."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.token = ""
        self.cookies: dict[str, str] = {}
        self.answers: dict[str, Any] = {}
        self.sounds: dict[str, bytes] = {}
        self.addresses: dict[str, str] = {}


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    """People, a scanned library, an upload, covers, an avatar, plays, and events that wait or are dead."""
    folder = tmp_path_factory.mktemp("solo")
    generate(folder / "music", tracks=30, seed=5)
    found = Solo(folder / "data")
    with running_server(found.data_dir, **CHEAP) as server:
        found.token = server.set_up()
        with server.client(found.token) as client:
            client.post("/users", json={"name": "eve", "password": "correct horse battery"}).raise_for_status()
            client.put("/me/avatar", content=cover(), headers={"Content-Type": "image/jpeg"}).raise_for_status()
            scan(client, folder / "music")
            upload(client, server.url, audio_bytes("flac", seconds=3))
            play(client, [each["id"] for each in answer(client, "/tracks")["items"][:9]])
            wait_for(lambda: counted(client) == 9, lambda: "the events of listens did not come")
            look(server, client, found)
    leave_events(found.data_dir)
    return found


def scan(client: httpx.Client, music: Path) -> None:
    made = client.post("/libraries", json={"name": "m", "path": str(music), "watch": False}).raise_for_status().json()
    client.post(f"/libraries/{made['id']}/scan", json={}).raise_for_status()
    wait_for(lambda: answer(client, f"/libraries/{made['id']}/scan")["state"] == "done", lambda: "the scan did not end")


def upload(client: httpx.Client, url: str, content: bytes) -> None:
    wish = {"filename": "Uploaded.flac", "sizeBytes": len(content), "contentType": "audio/flac"}
    begun = client.post("/uploads", json=wish).raise_for_status().json()
    httpx.put(httpx.URL(url).join(begun["url"]), content=content, headers=begun["headers"]).raise_for_status()
    client.post(f"/uploads/{begun['uploadId']}/complete").raise_for_status()
    wait_for(
        lambda: answer(client, f"/uploads/{begun['uploadId']}")["state"] == "ready", lambda: "the upload is not ready"
    )


def play(client: httpx.Client, track_ids: list[str]) -> None:
    at = datetime.now(UTC).isoformat()
    for track_id in track_ids:
        start = {"playId": f"play-{track_id}", "trackId": track_id, "playedMs": 0, "positionMs": 0, "occurredAt": at}
        end = start | {"kind": "completed", "playedMs": 600_000, "positionMs": 600_000}
        client.post("/playback/events", json={"events": [start | {"kind": "started"}, end]}).raise_for_status()


def counted(client: httpx.Client) -> int:
    return sum(track["playCount"] for track in answer(client, "/tracks")["items"])


def answer(client: httpx.Client, path: str) -> Any:
    return client.get(path, params={"limit": 200}).raise_for_status().json()


def look(server: Server, client: httpx.Client, found: Solo) -> None:
    """Remember what is answered, and what is heard."""
    found.answers = answers(client)
    tracks = found.answers["/tracks"]["items"]
    uploaded = [each for each in tracks if each["title"] == "Uploaded"]
    for track in [*uploaded, *tracks[:3]]:
        direct = client.post(f"/stream/{track['id']}").raise_for_status().json()["direct"]
        found.addresses[track["id"]] = direct
        found.sounds[track["id"]] = httpx.get(server.url + direct, timeout=60).raise_for_status().content


def answers(client: httpx.Client) -> dict[str, Any]:
    got = {path: answer(client, path) for path in LISTS}
    got |= {word: client.get("/search", params={"q": word}).raise_for_status().json() for word in SEARCHES}
    pictures = [f"/avatars/{got['/me']['avatarId']}"]
    pictures += [f"/covers/{each['cover']['id']}" for each in got["/albums"]["items"] if each["cover"]][:3]
    return got | {path: client.get(path).raise_for_status().content for path in pictures}


def leave_events(data_dir: Path) -> None:
    """An event that waits for its next try, a dead one, one that nobody has handled, and numbers long purged."""
    engine = sa.create_engine(f"sqlite:///{data_dir / SQLITE_FILE}")
    event = {"id": new_id(), "type": "x.Left", "version": 1, "key": "k", "occurred_at": now(), "trace_parent": ""}
    event |= {"payload": '{"title": "Größe \\u2028"}'}
    failed = event | {"consumer": "nobody", "seq": 1, "attempts": 3, "error": "it did not work"}
    with engine.begin() as db:
        db.execute(sa.insert(outbox).values(event | {"seq": LAST_SEQ}))
        db.execute(sa.delete(outbox).where(outbox.c.seq == LAST_SEQ))
        db.execute(sa.insert(cursors).values(consumer="nobody", seq=LAST_SEQ, rewinds=0))
        db.execute(sa.insert(parked).values(failed | {"next_at": None}))
        db.execute(sa.insert(dead).values(failed | {"died_at": now()}))
    engine.dispose()


@pytest.fixture
def target(postgres: Postgres, s3: S3Server) -> Iterator[dict[str, str]]:
    """Settings that name a migrated, empty database and an empty bucket."""
    made = postgres.fresh_database()
    with asyncio.Runner() as runner:
        url = runner.run(made.__aenter__())
        yield {**CHEAP, **CLUSTER, **environment(s3.fresh_bucket()), "TUTTI_DATABASE_URL": url}
        runner.run(made.__aexit__(None, None, None))


def move_command(target: dict[str, str], *more: str) -> tuple[list[str], dict[str, str]]:
    """The tokens, and the environment of a solo installation that knows the keys of the bucket."""
    environ = {name: value for name, value in target.items() if name not in ("TUTTI_DATABASE_URL", "TUTTI_STORAGE_URL")}
    database, bucket = target["TUTTI_DATABASE_URL"], target["TUTTI_STORAGE_URL"]
    return ["move", "--to-database", database, "--to-storage", bucket, *more], environ


def run_move(solo: Solo, target: dict[str, str], *more: str) -> Ran:
    tokens, environ = move_command(target, *more)
    return shell(*tokens, data_dir=solo.data_dir, **environ)


def files_of(folder: Path) -> dict[str, bytes]:
    """What is in a folder, without locks and what SQLite keeps beside its file while somebody reads."""
    kept = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith((".lock", "-shm", "-wal")))
    return {str(path): path.read_bytes() for path in kept}


def expect_the_same(solo: Solo, target: dict[str, str], folder: Path) -> None:
    """On another machine: nothing of the old folder is there but the music."""
    with running_nats(folder / "nats") as nats, running_valkey(folder / "valkey") as valkey, ExitStack() as stack:
        others = {"TUTTI_NATS_URL": nats.url, "TUTTI_REDIS_URL": valkey.url}
        server = stack.enter_context(running_server(folder / "data", **target, **others))
        client = stack.enter_context(server.client(solo.token))
        assert answers(client) == solo.answers
        assert server.setup_token is None
        for track_id, content in solo.sounds.items():
            assert httpx.get(server.url + solo.addresses[track_id], timeout=60).raise_for_status().content == content
        play(client, [next(iter(solo.sounds))])
        wait_for(lambda: counted(client) >= 9, lambda: "no event comes any more")
        server.log_in("eve")


def test_everything_goes_on_elsewhere(solo: Solo, target: dict[str, str], tmp_path: Path) -> None:
    before = files_of(solo.data_dir)
    moved = json.loads(run_move(solo, target, "--json").said())
    assert files_of(solo.data_dir) == before
    rows = {table["name"]: table["rows"] for table in moved["tables"]}
    assert (rows["catalog_tracks"], rows["events_dead"], rows["events_parked"]) == (31, 1, 1)
    assert set(moved["secrets"]) >= {"token-keys", "stream-keys"}
    assert moved["objects"]["objects"] > 3
    expect_the_same(solo, target, tmp_path / "elsewhere")


def test_numbers_of_events_go_on_behind_those_that_were_purged(
    solo: Solo, target: dict[str, str], postgres: Postgres
) -> None:
    """Consumers remember numbers: an event with a smaller one would never be handled."""
    run_move(solo, target).said()
    asked = subprocess.run(
        [postgres.server.binaries / "psql", "-At", "-d", target["TUTTI_DATABASE_URL"]],
        input="SELECT nextval(pg_get_serial_sequence('events_outbox', 'seq'))",
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(asked.stdout) > LAST_SEQ


def test_a_second_time_says_that_all_is_there(solo: Solo, target: dict[str, str]) -> None:
    run_move(solo, target).said()
    again = json.loads(run_move(solo, target, "--json").said())
    assert again["wasThereAlready"]
    assert again["objects"]["alreadyThere"] == again["objects"]["objects"]


def test_a_database_that_holds_something_else_is_refused(
    solo: Solo, target: dict[str, str], postgres: Postgres, tmp_path: Path
) -> None:
    user = ("user", "create", "zoe", "--admin", "--password-stdin")
    shell_in = subprocess.run(
        [sys.executable, "-m", "tutti", *user],
        env=environ_of(tmp_path / "other", **CHEAP, TUTTI_DATABASE_URL=target["TUTTI_DATABASE_URL"]),
        input="correct horse battery\n",
        text=True,
        capture_output=True,
        check=True,
    )
    assert shell_in.stderr == ""
    assert "not empty" in run_move(solo, target).refusal()


def test_a_server_that_goes_away_in_the_middle_is_said(solo: Solo, target: dict[str, str], postgres: Postgres) -> None:
    tokens, environ = move_command(target)
    command = [sys.executable, "-c", CUT, *tokens]
    ran = subprocess.run(command, env=environ_of(solo.data_dir, **environ), capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1), ran.stderr
    assert "run the same command again" in ran.stderr
    assert not json.loads(run_move(solo, target, "--json").said())["wasThereAlready"]


def test_what_cannot_be_moved_is_said(solo: Solo, target: dict[str, str], tmp_path: Path) -> None:
    tokens, environ = move_command(target)
    assert "no Tutti database" in shell(*tokens, data_dir=tmp_path / "none", **environ).refusal()
    for address, said in (
        ("nonsense", "no address"),
        ("postgresql://ada:hunter2@127.0.0.1:9/x", "does not let Tutti in"),
    ):
        refusal = shell("move", "--to-database", address, data_dir=solo.data_dir, **CHEAP).refusal()
        assert said in refusal
        assert "hunter2" not in refusal
    with running_server(tmp_path / "served", **CHEAP):
        assert "Stop it" in shell(*tokens, data_dir=tmp_path / "served", **environ).refusal()


async def test_a_database_without_tables_is_refused(solo: Solo, target: dict[str, str], postgres: Postgres) -> None:
    async with postgres.empty_database() as url:
        ran = await asyncio.to_thread(run_move, solo, target | {"TUTTI_DATABASE_URL": url})
        assert "tutti migrate" in ran.refusal()


@pytest.mark.parametrize("moment", ["the first object", "the keys", "half of the rows"])
def test_a_move_that_is_killed_is_run_again(
    solo: Solo, target: dict[str, str], tmp_path: Path, postgres: Postgres, moment: str
) -> None:
    """SIGKILL: it leaves either nothing in the database or all of it."""
    tokens, environ = move_command(target)
    command = [sys.executable, "-c", KILLED[moment], *tokens]
    killed = subprocess.run(command, env=environ_of(solo.data_dir, **environ), capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    moved = json.loads(run_move(solo, target, "--json").said())
    assert not moved["wasThereAlready"]
    if moment == "half of the rows":
        expect_the_same(solo, target, tmp_path / "elsewhere")


_KILL = """
import os, signal, sys
from tutti.commands import main
def kill(*_): os.kill(os.getpid(), signal.SIGKILL)
"""
KILLED = {
    "the first object": _KILL + "from tutti.kit.storage import Storage; Storage.put_file = kill\nmain(sys.argv[1:])",
    "the keys": _KILL
    + "from tutti.kit.secrets import DatabaseSecrets; DatabaseSecrets.change = kill\nmain(sys.argv[1:])",
    "half of the rows": _KILL
    + "from tutti.commands.moving.target import Target\n"
    + "copy = Target.copy\n"
    + "async def copy_or_die(self, source, table, told):\n"
    + "    return kill() if table.name == 'catalog_files' else await copy(self, source, table, told)\n"
    + "Target.copy = copy_or_die\nmain(sys.argv[1:])",
}

CUT = (
    "import sys\n"
    "from tutti.commands import main\n"
    "from tutti.commands.moving.target import Target\n"
    "copy = Target.copy\n"
    "async def copy_and_cut(self, source, table, told):\n"
    "    if table.name == 'catalog_files':\n"
    "        self._connection.terminate()\n"
    "    return await copy(self, source, table, told)\n"
    "Target.copy = copy_and_cut\n"
    "main(sys.argv[1:])"
)


def test_a_row_that_arrives_altered_is_seen(solo: Solo, target: dict[str, str], postgres: Postgres) -> None:
    """The database itself changes what it is given: nothing is kept."""
    trigger = (
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.bit_rate_kbps := 1; RETURN NEW; END $$;"
        "CREATE TRIGGER spoil BEFORE INSERT ON catalog_tracks FOR EACH ROW EXECUTE FUNCTION spoil()"
    )
    psql = [postgres.server.binaries / "psql", "-q", "-d", target["TUTTI_DATABASE_URL"]]
    subprocess.run(psql, input=trigger, text=True, check=True)
    assert "catalog_tracks" in run_move(solo, target).refusal()
    subprocess.run(psql, input="DROP FUNCTION spoil CASCADE", text=True, check=True, capture_output=True)
    run_move(solo, target).said()

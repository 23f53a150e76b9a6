"""``tutti move``: a solo installation with everything in it goes on on PostgreSQL and S3 as if nothing had happened."""

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from commands.terminal import Ran, environ_of, shell
from support.nats import running_nats
from support.postgres import Postgres
from support.s3 import S3Server, environment
from support.server import running_server, wait_for
from support.solo import CHEAP, LAST_SEQ, Solo, answers, counted, make_solo, play
from support.valkey import running_valkey

CLUSTER = {"TUTTI_CLUSTER_SECRETS": "moved " * 8, "TUTTI_CLUSTER_RPC_PORT": "0"}


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    return make_solo(tmp_path_factory.mktemp("solo"))


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
        play(client, [next(iter(solo.sounds))], "elsewhere")
        wait_for(lambda: counted(client) == 10, lambda: "no event comes any more")
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

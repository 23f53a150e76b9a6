"""``tutti config``, ``tutti migrate``, ``tutti openapi``, and settings that will not do."""

import asyncio
from pathlib import Path

import pytest

from commands.terminal import Tutti
from support.postgres import Postgres
from tutti.kit.settings import Settings

SECRETS = ("hunter2-metrics", "hunter2-database")


def by_name(listed: list[dict[str, object]]) -> dict[str, tuple[object, object]]:
    return {str(each["name"]): (each["value"], each["origin"]) for each in listed}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "tutti.toml"
    path.write_text('host = "::1"\nport = 1\n[accounts]\nregistration = "open"\n[catalog]\nrescan_hours = 5\n')
    return path


def test_every_value_is_listed_with_its_origin(tutti: Tutti, file: Path) -> None:
    environ = {"TUTTI_CONFIG": str(file), "TUTTI_PORT": "2", "TUTTI_ACCOUNTS_REGISTRATION": "closed"}
    known = by_name(tutti("config", "--json", "--data-dir", file.parent, **environ).json())
    assert known["TUTTI_HOST"] == ("::1", f"file {file}")
    assert known["TUTTI_PORT"] == (2, "environment")
    assert known["TUTTI_ACCOUNTS_REGISTRATION"] == ("closed", "environment")
    assert known["TUTTI_CATALOG_RESCAN_HOURS"] == (5, f"file {file}")
    assert known["TUTTI_LOG_LEVEL"] == ("info", "default")
    assert known["TUTTI_DATA_DIR"] == (str(file.parent), "command line")
    assert list(known) == sorted(known)


def test_every_section_is_listed_and_described(tutti: Tutti) -> None:
    listed = tutti("config", "--json").json()
    names = {each["name"] for each in listed}
    for section in ("ACCOUNTS_", "CATALOG_", "COVERS_", "EVENTS_", "STREAMING_"):
        assert any(name.startswith(f"TUTTI_{section}") for name in names), section
    assert [each["name"] for each in listed if not each["description"]] == []


def test_the_table_has_a_line_for_each_setting(tutti: Tutti) -> None:
    names = [each["name"] for each in tutti("config", "--json").json()]
    title, *lines = tutti("config").said().splitlines()
    assert title.split() == ["Setting", "Value", "From", "Meaning"]
    assert [line.split()[0] for line in lines] == names


def test_secrets_stay_hidden(tutti: Tutti) -> None:
    address = f"postgresql://tutti:{SECRETS[1]}@localhost/tutti"
    environ = {"TUTTI_METRICS_TOKEN": SECRETS[0], "TUTTI_DATABASE_URL": address}
    for ran in (tutti("config", **environ), tutti("config", "--json", **environ)):
        assert "TUTTI_METRICS_TOKEN" in ran.said()
        assert "localhost" in ran.out
        assert all(secret not in ran.out for secret in SECRETS)


def test_looking_makes_nothing(tutti: Tutti, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert by_name(tutti("config", "--json", "--data-dir", missing).json())["TUTTI_DATA_DIR"][0] == str(missing)
    assert not missing.exists()


def test_a_name_that_no_setting_has_is_pointed_out(tutti: Tutti) -> None:
    ran = tutti("config", "--json", TUTTI_PROT="1")
    assert ran.code == 0
    assert ran.err == "Warning: TUTTI_PROT is set, and no setting has that name.\n"
    assert tutti("config", "--json", TUTTI_ACCOUNTS_REGISTRATION="open").err == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("port = \n", "not valid TOML"),
        ("port = 'x'\n", "TUTTI_PORT"),
        ("[accounts]\nregistration = 'x'\n", "TUTTI_ACC"),
    ],
)
def test_a_file_that_will_not_do_is_named(tutti: Tutti, file: Path, content: str, said: str) -> None:
    file.write_text(content)
    refusal = tutti("config", TUTTI_CONFIG=str(file)).refusal()
    assert said in refusal
    assert str(file) in refusal


def test_a_file_that_is_not_there_is_named(tutti: Tutti, tmp_path: Path) -> None:
    assert "TUTTI_CONFIG" in tutti("migrate", TUTTI_CONFIG=str(tmp_path / "none.toml")).refusal()
    assert "TUTTI_CONFIG" in tutti("config", TUTTI_CONFIG=str(tmp_path)).refusal()


@pytest.mark.parametrize("name", ["TUTTI_PORT", "TUTTI_ACCOUNTS_REGISTRATION", "TUTTI_STREAMING_TRANSCODES"])
def test_a_value_that_will_not_do_is_named(tutti: Tutti, name: str) -> None:
    refusal = tutti("config", **{name: "[/x]"}).refusal()
    assert name in refusal
    assert "environment" in refusal


@pytest.mark.parametrize("tokens", [["migrate"], ["serve"], ["library", "list"], ["scan"], ["events", "lag"], ["demo"]])
def test_a_data_folder_that_cannot_be_used_is_named(tutti: Tutti, tmp_path: Path, tokens: list[str]) -> None:
    (tmp_path / "file").touch()
    refusal = tutti(*tokens, TUTTI_DATA_DIR=str(tmp_path / "file" / "data")).refusal()
    assert str(tmp_path / "file") in refusal
    assert "Not a directory" in refusal


def test_the_schema_is_made_and_kept(tutti: Tutti, tmp_path: Path) -> None:
    for _ in range(2):
        assert tutti("migrate", "--data-dir", tmp_path / "new").said() == "The schema is up to date.\n"


def test_a_file_that_is_no_database_is_refused(tutti: Tutti, data_dir: Path) -> None:
    (data_dir / "tutti.sqlite3").write_bytes(b"music" * 1000)
    assert "tutti restore" in tutti("migrate").refusal()


def test_an_address_of_no_database_is_refused(tutti: Tutti) -> None:
    for address in ("nonsense", "postgresql://:x"):
        assert "TUTTI_DATABASE_URL" in tutti("migrate", TUTTI_DATABASE_URL=address).refusal()
    unheard = tutti("migrate", TUTTI_DATABASE_URL="postgresql://ada:hunter2@127.0.0.1:9/tutti").refusal()
    assert "TUTTI_DATABASE_URL" in unheard
    assert "hunter2" not in unheard


def test_postgres_is_migrated_too(tutti: Tutti, postgres: Postgres) -> None:
    async def migrate() -> None:
        async with postgres.fresh_database() as url:
            ran = await asyncio.to_thread(tutti, "migrate", TUTTI_DATABASE_URL=url)
            assert ran.said() == "The schema is up to date.\n"
            missing = postgres.url("nowhere")
            assert "nowhere" in (await asyncio.to_thread(tutti, "migrate", TUTTI_DATABASE_URL=missing)).refusal()

    asyncio.run(migrate())


def test_the_openapi_document_is_the_same_each_time(tutti: Tutti) -> None:
    document = tutti("openapi").json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/albums" in document["paths"]
    assert tutti("openapi", TUTTI_PUBLIC_URL="https://music.test").json() == document


def test_the_settings_of_a_test_are_not_those_of_the_next(tutti: Tutti) -> None:
    tutti("config", "--data-dir", "/nowhere").said()
    assert Settings({}).base.data_dir == Path("data")
    assert by_name(tutti("config", "--json").json())["TUTTI_DATA_DIR"][1] == "environment"

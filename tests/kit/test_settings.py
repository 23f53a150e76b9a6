"""Settings: which of three places wins, what is said of a wrong value, and what is never shown."""

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from tutti.kit.settings import BadSetting, Base, Setting, Settings, variable_name


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """A section such as a service has."""

    chairs: Annotated[int, Meta(ge=1, le=9, description="How many may sit")] = 4
    open: Annotated[bool, Meta(description="Whether anybody may enter")] = False
    warmth: Annotated[float, Meta(gt=0)] = 0.5
    door: Literal["wide", "ajar"] = "ajar"
    names: tuple[str, ...] = ()
    folder: Path | None = None
    api_key: str = ""
    spare_keys: tuple[str, ...] = ()
    feed: str = ""


def room(environ: dict[str, str]) -> Room:
    return Settings(environ).section("room", Room)


def shown(settings: Settings) -> dict[str, Setting]:
    return {setting.name: setting for setting in settings.known()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tutti.toml"


def with_file(file: Path, content: str, **environ: str) -> Settings:
    file.write_text(content, "utf-8")
    return Settings({"TUTTI_CONFIG": str(file), **environ})


def test_the_environment_goes_over_the_file_and_the_file_over_the_default(file: Path) -> None:
    content = "host = '::1'\nport = 1\n[room]\nchairs = 2\nopen = true\n"
    settings = with_file(file, content, TUTTI_PORT="2", TUTTI_ROOM_CHAIRS="3")
    section = settings.section("room", Room)
    assert (settings.base.host, settings.base.port, settings.base.log_level) == ("::1", 2, "info")
    assert (section.chairs, section.open, section.warmth) == (3, True, 0.5)
    origins = {name: setting.origin for name, setting in shown(settings).items()}
    assert origins["TUTTI_PORT"] == origins["TUTTI_ROOM_CHAIRS"] == "environment"
    assert origins["TUTTI_HOST"] == origins["TUTTI_ROOM_OPEN"] == f"file {file}"
    assert origins["TUTTI_LOG_LEVEL"] == origins["TUTTI_ROOM_WARMTH"] == "default"


def test_the_command_line_goes_over_everything(file: Path) -> None:
    file.write_text("port = 1\n")
    settings = Settings({"TUTTI_CONFIG": str(file), "TUTTI_PORT": "2"}, {"port": 3})
    assert settings.base.port == 3
    assert shown(settings)["TUTTI_PORT"].origin == "command line"


def test_all_is_well_without_any_setting() -> None:
    settings = Settings({"PATH": "/bin", "MY_TUTTI_PORT": "1"})
    assert settings.base == Base()
    assert {setting.origin for setting in settings.known()} == {"default"}
    assert settings.unknown() == []


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("chairs", "9", 9),
        ("open", "true", True),
        ("open", "1", True),
        ("open", "false", False),
        ("warmth", "2", 2.0),
        ("door", "wide", "wide"),
        ("names", "a, b ,,c", ("a", "b", "c")),
        ("names", "", ()),
        ("folder", "~/music", Path.home() / "music"),
        ("feed", "", ""),
        ("feed", "007", "007"),
    ],
)
def test_a_variable_is_read_as_its_type(name: str, raw: str, value: object) -> None:
    assert getattr(room({variable_name("room", name): raw}), name) == value


def test_the_file_gives_values_of_their_types(file: Path) -> None:
    content = "[room]\nchairs = 9\nopen = true\nwarmth = 2.5\nnames = ['a,b', 'c']\nfolder = '/m'\nfeed = '7'\n"
    section = with_file(file, content).section("room", Room)
    assert section == Room(chairs=9, open=True, warmth=2.5, names=("a,b", "c"), folder=Path("/m"), feed="7")


@pytest.mark.parametrize(
    ("name", "raw", "problem"),
    [
        ("chairs", "0", ">= 1"),
        ("chairs", "10", "<= 9"),
        ("chairs", "four", "Expected `int`"),
        ("chairs", "", "Expected `int`"),
        ("chairs", "4.5", "Expected `int`"),
        ("open", "perhaps", "Expected `bool`"),
        ("warmth", "0", "> 0"),
        ("warmth", "nan", "> 0"),
        ("door", "shut", "shut"),
        ("folder", "~nobody-of-that-name/music", "home directory"),
    ],
)
def test_a_wrong_variable_is_named_with_what_is_wrong(name: str, raw: str, problem: str) -> None:
    variable = variable_name("room", name)
    with pytest.raises(BadSetting) as bad:
        room({variable: raw})
    assert str(bad.value).startswith(f"{variable} (environment): ")
    assert problem in str(bad.value)


@pytest.mark.parametrize(
    ("line", "variable", "problem"),
    [
        ("chairs = 0", "TUTTI_ROOM_CHAIRS", ">= 1"),
        ("chairs = [1]", "TUTTI_ROOM_CHAIRS", "Expected `int`"),
        ("names = 'a'", "TUTTI_ROOM_NAMES", "Expected `array`"),
        ("names = [1]", "TUTTI_ROOM_NAMES", "Expected `str`"),
        ("folder = 5", "TUTTI_ROOM_FOLDER", "path"),
    ],
)
def test_a_wrong_value_in_the_file_is_named_with_its_place(file: Path, line: str, variable: str, problem: str) -> None:
    settings = with_file(file, f"[room]\n{line}\n")
    with pytest.raises(BadSetting) as bad:
        settings.section("room", Room)
    assert str(bad.value).startswith(f"{variable} (file {file}): ")
    assert problem in str(bad.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(BadSetting, match=f"TUTTI_CONFIG: cannot read {missing}: No such file"):
        Settings({"TUTTI_CONFIG": str(missing)})
    with pytest.raises(BadSetting, match="Is a directory"):
        Settings({"TUTTI_CONFIG": str(tmp_path)})


@pytest.mark.parametrize("content", [b"port =", b"\xff\xfe", "host = 'Größe'".encode("latin-1"), b"port = 1\nport = 2"])
def test_a_file_that_is_not_toml_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(BadSetting, match=f"{file}: not valid TOML"):
        Settings({"TUTTI_CONFIG": str(file)})


def test_unknown_names_are_found_wherever_they_stand(file: Path) -> None:
    content = "prot = 1\nhost = '::1'\n[room]\nchars = 3\nchairs = 3\n[rome]\nchairs = 3\n"
    settings = with_file(file, content, TUTTI_PROT="1", TUTTI_ROOM_OPEN="1", TUTTI_ROOM_CHARS="3")
    settings.section("room", Room)
    assert settings.unknown() == [
        "TUTTI_PROT",
        "TUTTI_ROOM_CHARS",
        f"prot in {file}",
        f"rome.chairs in {file}",
        f"room.chars in {file}",
    ]


def test_a_section_that_is_no_table_is_unknown(file: Path) -> None:
    settings = with_file(file, "room = 5\n")
    assert settings.section("room", Room) == Room()
    assert settings.unknown() == [f"room in {file}"]


def test_a_table_cannot_pass_for_a_value(file: Path) -> None:
    with pytest.raises(BadSetting, match="TUTTI_PORT"):
        with_file(file, "[port]\nnumber = 1\n")


def test_what_is_known_says_what_it_means() -> None:
    settings = Settings({})
    settings.section("room", Room)
    known = shown(settings)
    assert known["TUTTI_ROOM_CHAIRS"] == Setting(
        name="TUTTI_ROOM_CHAIRS", value=4, origin="default", description="How many may sit"
    )
    assert list(known) == sorted(known)


def value_shown(name: str, value: Any) -> object:
    settings = Settings({variable_name("room", name): value})
    settings.section("room", Room)
    return shown(settings)[variable_name("room", name)].value


def test_secrets_are_not_shown() -> None:
    settings = Settings({"TUTTI_METRICS_TOKEN": "hunter2", "TUTTI_ROOM_API_KEY": "hunter2"})
    settings.section("room", Room)
    assert settings.base.metrics_token == "hunter2"
    assert "hunter2" not in str(shown(settings))
    assert shown(settings)["TUTTI_METRICS_TOKEN"].value == "(set, hidden)"
    assert "hunter2" not in str(value_shown("spare_keys", "hunter2,hunter2"))


def test_a_secret_that_is_not_set_is_seen_not_to_be() -> None:
    settings = Settings({})
    assert shown(settings)["TUTTI_METRICS_TOKEN"].value == ""


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("postgresql://tutti:hunter2@db/tutti", "postgresql://tutti:…@db/tutti"),
        ("postgresql://tutti:hun/ter2@db/tutti", "postgresql://tutti:…@db/tutti"),
        ("postgresql://tutti:hun@ter2@db/tutti", "postgresql://tutti:…@db/tutti"),
        ("postgresql://:hunter2@db/tutti", "postgresql://:…@db/tutti"),
        ("postgresql://db/tutti?user=u&password=hunter2&ssl=1", "postgresql://db/tutti?user=u&password=…&ssl=1"),
        ("postgresql://tutti@db:5432/tutti", "postgresql://…@db:5432/tutti"),
        ("nats://hunter2@nats:4222", "nats://…@nats:4222"),
        ("nats://hunter2@one:4222,nats://hun:ter2@two:4222", "nats://…@two:4222"),
        ("http://localhost:4318/v1", "http://localhost:4318/v1"),
    ],
)
def test_a_password_inside_an_address_is_not_shown(address: str, seen: str) -> None:
    assert value_shown("feed", address) == seen


def test_a_path_is_shown_as_text() -> None:
    assert value_shown("folder", "/srv/music") == "/srv/music"


def test_every_setting_of_every_process_is_described() -> None:
    assert [setting.name for setting in Settings({}).known() if not setting.description] == []

"""Storage as the settings want it, and what is wrong with settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from tutti.kit.secrets import FileSecrets
from tutti.kit.settings import BadSetting, Settings
from tutti.kit.storage import LocalIncoming, StorageSettings, open_incoming, open_storage

S3 = {"TUTTI_STORAGE_URL": "s3://music", "TUTTI_STORAGE_KEY_ID": "id", "TUTTI_STORAGE_SECRET_KEY": "top secret"}


def read(variables: dict[str, str]) -> StorageSettings:
    return Settings(variables).section("storage", StorageSettings)


def test_without_settings_objects_are_files(tmp_path: Path) -> None:
    storage = open_storage(read({}), tmp_path)
    assert storage.local_path("a/b") == tmp_path / "objects/a/b"
    assert isinstance(open_incoming(read({}), tmp_path, FileSecrets(tmp_path), lambda *_: ""), LocalIncoming)


def test_the_secret_comes_from_the_environment_or_a_file_and_is_shown_nowhere(tmp_path: Path) -> None:
    settings = Settings(S3)
    assert settings.section("storage", StorageSettings).read_secret_key() == "top secret"
    assert "top secret" not in repr([each.value for each in settings.known()])
    (tmp_path / "secret").write_text("from a file\n")
    from_file = {"TUTTI_STORAGE_SECRET_KEY": "", "TUTTI_STORAGE_SECRET_KEY_FILE": str(tmp_path / "secret")}
    assert read(S3 | from_file).read_secret_key() == "from a file"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TUTTI_STORAGE_URL": "gs://music"}, "TUTTI_STORAGE_URL"),
        ({"TUTTI_STORAGE_URL": "s3://"}, "TUTTI_STORAGE_URL"),
        ({"TUTTI_STORAGE_URL": "s3://music/folder"}, "TUTTI_STORAGE_URL"),
        ({"TUTTI_STORAGE_KEY_ID": ""}, "TUTTI_STORAGE_KEY_ID"),
        ({"TUTTI_STORAGE_KEY_ID": "", "TUTTI_STORAGE_SECRET_KEY_FILE": "any"}, "TUTTI_STORAGE_KEY_ID"),
        ({"TUTTI_STORAGE_SECRET_KEY": ""}, "TUTTI_STORAGE_SECRET_KEY"),
        ({"TUTTI_STORAGE_SECRET_KEY_FILE": "none/such"}, "TUTTI_STORAGE_SECRET_KEY_FILE"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, str], named: str, tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=named) as refusal:
        open_storage(read(S3 | changes), tmp_path)
    assert "top secret" not in str(refusal.value)


def test_solo_has_no_http_client_in_its_memory(tmp_path: Path) -> None:
    """Ten megabytes that only S3 needs; what loads by name is not loaded."""
    code = (
        "import sys; from tutti.main import build_process; from tutti.kit.settings import Settings;"
        "build_process(Settings({}, {'data_dir': __import__('pathlib').Path(sys.argv[1])}));"
        "print('tutti.kit.storage.s3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"

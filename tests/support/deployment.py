"""What deployment files may say, and how commands in them are tried as plain processes."""

import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tutti.kit.cluster import ClusterSettings
from tutti.kit.gateway import GatewaySettings
from tutti.kit.settings import CONFIG_VARIABLE, Settings
from tutti.main import build_process


@cache
def known_settings() -> frozenset[str]:
    """The names of all settings, as `tutti config` lists them."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings({}, {"data_dir": Path(folder)})
        build_process(settings)
    settings.section("cluster", ClusterSettings)
    settings.section("gateway", GatewaySettings)
    return frozenset(each.name for each in settings.known())


def unknown_settings(names: Iterable[str]) -> list[str]:
    """Those of ``names`` that look like settings of ours and are none."""
    return [name for name in names if name.startswith("TUTTI_") and name not in known_settings() | {CONFIG_VARIABLE}]

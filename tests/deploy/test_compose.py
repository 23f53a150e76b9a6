"""The compose files: what they name exists, what they expose is the gateway, and their commands start."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from deploy.composing import FOLDER, SOLO, SPLIT, TLS, load
from support.deployment import unknown_settings
from tutti.main import SERVICES

EXAMPLE = (FOLDER / ".env.example").read_text()
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::?([-?])([^}]*))?\}")
CONDITIONS = {"service_healthy", "service_completed_successfully", "service_started"}
ENDS = {"migrate", "gateway-config", "bucket", "volumes"}
"""What runs to its end, once."""


@pytest.fixture(scope="module", params=[SOLO, SPLIT], ids=["solo", "split"])
def compose(request: pytest.FixtureRequest) -> dict[str, Any]:
    return load(request.param)


@pytest.fixture(scope="module")
def split() -> dict[str, Any]:
    return load(SPLIT)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    else:
        yield str(value)


def image_of(service: Mapping[str, Any]) -> str:
    return VARIABLE.sub(lambda found: found[3], service["image"])


def test_images_are_pinned(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        tag = image_of(service).rpartition(":")[2]
        assert re.match(r"v?\d+\.\d+", tag), name


def test_every_service_is_confined(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["cap_drop"] == ["ALL"], name
        assert "privileged" not in service, name


def test_what_runs_on_says_whether_it_is_well(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        if name in ENDS:
            assert service["restart"] == "no", name
        elif not service.get("profiles"):
            assert service["healthcheck"]["test"][0] == "CMD", name
            assert service["restart"] == "unless-stopped", name


def test_what_is_waited_for_is_there_and_can_come(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS
            assert (other in ENDS) == (how["condition"] == "service_completed_successfully"), (name, other)
            assert "healthcheck" in services[other] or other in ENDS


def test_volumes_networks_secrets_and_configs_are_declared(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        for volume in service.get("volumes", []):
            source = VARIABLE.sub("./variable", volume).partition(":")[0]
            assert source.startswith((".", "/")) or source in compose["volumes"], (name, source)
            if source.startswith("../observability"):
                assert (FOLDER / source).exists(), source
        assert set(service.get("networks", [])) <= set(compose.get("networks", {})), name
        for kind in ("secrets", "configs"):
            used = {each if isinstance(each, str) else each["source"] for each in service.get(kind, [])}
            assert used <= set(compose.get(kind, {})), name


def test_the_gateway_alone_is_open_to_others(split: dict[str, Any]) -> None:
    assert split["networks"]["inner"] == {"internal": True, "ipam": split["networks"]["inner"]["ipam"]}
    for name, service in split["services"].items():
        for port in service.get("ports", []):
            assert name == "gateway" or port.startswith("127.0.0.1:"), name
        outside = set(service.get("networks", [])) - {"inner"}
        assert outside <= {"gateway": {"outer"}, "grafana": {"operators"}}.get(name, set()), name


def test_every_service_of_ours_runs_and_is_waited_for(split: dict[str, Any]) -> None:
    running = [each["command"][1] for each in split["services"].values() if each.get("command", [""])[0] == "serve"]
    assert sorted(running) == sorted(SERVICES)
    assert set(SERVICES) < set(split["services"]["gateway"]["depends_on"])
    for name in SERVICES:
        assert split["services"][name]["command"] == ["serve", name], "its name is where the others look for it"


@pytest.mark.parametrize("path", [SOLO, SPLIT, TLS], ids=["solo", "split", "tls"])
def test_settings_are_settings(path: Path) -> None:
    for name, service in load(path)["services"].items():
        environment = service.get("environment", {})
        assert unknown_settings(environment) == [], name


@pytest.mark.parametrize("path", [SOLO, SPLIT], ids=["solo", "split"])
def test_what_has_to_be_filled_in_is_in_the_example(path: Path) -> None:
    needed = {found[1] for text in texts(load(path)) for found in VARIABLE.finditer(text) if found[2] == "?"}
    named = set(re.findall(r"^#? ?([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert needed <= named
    assert not re.search(r"^\w*(?:PASSWORD|TOKEN|SECRET)\w*=.+$", EXAMPLE, re.MULTILINE), "no secret that many share"


def test_https_changes_nothing_else_of_the_gateway(split: dict[str, Any]) -> None:
    plain = split["services"]["gateway-config"]["command"]
    secured = load(TLS)["services"]["gateway-config"]["command"]
    assert [each for each in plain if not each.startswith("--listen=")] == [
        each for each in secured if not each.startswith(("--listen", "--tls", "--server-name="))
    ]

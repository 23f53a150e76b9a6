"""What other programs read has the keys that they know, and names what there is beside it.

Their own checkers are containers and binaries that not every machine has; the pipeline asks ``docker compose`` and
``promtool``. The schemas here know what our files use and no more, so that a misspelt key is found by `make test`.
"""

import fnmatch
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jsonschema
import pytest
import yaml

from deploy.composing import FOLDER, SOLO, SPLIT, TLS, load
from tutti.kit.settings import Base
from tutti.main import SERVICES

SCHEMAS = Path(__file__).with_name("schemas")
WATCHING = FOLDER.parent / "observability"
GRAFANA = WATCHING / "grafana" / "provisioning"
READ_BY = {
    SOLO: "compose",
    SPLIT: "compose",
    TLS: "compose",
    WATCHING / "prometheus.yaml": "prometheus",
    WATCHING / "collector.yaml": "collector",
    WATCHING / "loki.yaml": "loki",
    GRAFANA / "datasources" / "tutti.yaml": "datasources",
    GRAFANA / "dashboards" / "tutti.yaml": "dashboards",
}
OWN_PORTS = {"prometheus": 9090, "jaeger": 16686}
"""Where the images listen that are told no other port."""
OTLP_PORT = 4317
SERVICES_OF = load(SPLIT)["services"]


def schema_of(path: Path) -> jsonschema.Draft7Validator:
    schema = yaml.safe_load((SCHEMAS / f"{READ_BY[path]}.yaml").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def mounted(service: str) -> dict[str, str]:
    """Sources by their places in the container."""
    parts = [volume.removesuffix(":ro").rpartition(":") for volume in SERVICES_OF[service]["volumes"]]
    return {target: source for source, _, target in parts}


def port_of_loki() -> int:
    return load(WATCHING / "loki.yaml")["server"]["http_listen_port"]


@pytest.mark.parametrize("path", list(READ_BY), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_keys_are_known_and_values_fit(path: Path) -> None:
    schema_of(path).validate(load(path))


def test_no_file_is_left_out() -> None:
    rules = set((WATCHING / "rules").glob("*.yaml"))  # promtool and test_observability read them
    assert {*FOLDER.glob("*.yaml"), *WATCHING.rglob("*.yaml")} - rules == set(READ_BY)


@pytest.mark.parametrize(
    ("path", "where", "wrong"),
    [
        (SPLIT, ("services", "nats"), {"comand": []}),
        (SPLIT, ("services", "nats"), {"restart": "sometimes"}),
        (SPLIT, ("services", "nats", "healthcheck"), {"interval": 5}),
        (WATCHING / "prometheus.yaml", ("global",), {"scrape_intervall": "15s"}),
        (WATCHING / "collector.yaml", ("service", "pipelines", "logs"), {"exporter": []}),
        (WATCHING / "loki.yaml", ("limits_config",), {"retention": "30d"}),
        (GRAFANA / "datasources" / "tutti.yaml", ("datasources", 0), {"uid": "a b"}),
        (GRAFANA / "dashboards" / "tutti.yaml", ("providers", 0, "options"), {"paht": "/"}),
    ],
)
def test_what_is_wrong_is_found(path: Path, where: tuple[str | int, ...], wrong: dict[str, Any]) -> None:
    document = load(path)
    place: Any = document
    for step in where:
        place = place[step]
    place |= wrong
    with pytest.raises(jsonschema.ValidationError):
        schema_of(path).validate(document)


def test_prometheus_scrapes_every_service_at_its_port() -> None:
    for job in load(WATCHING / "prometheus.yaml")["scrape_configs"]:
        (targets,) = job["dns_sd_configs"]
        assert sorted(targets["names"]) == sorted(SERVICES)
        assert set(targets["names"]) <= set(SERVICES_OF)
        assert targets["port"] == Base().port
        told = [SERVICES_OF[name].get("environment", {}) for name in targets["names"]]
        assert not any("TUTTI_PORT" in environment for environment in told)
        given = {f"/run/secrets/{secret['target']}" for secret in SERVICES_OF["prometheus"]["secrets"]}
        assert job["authorization"]["credentials_file"] in given


def test_prometheus_finds_the_rules() -> None:
    places = mounted("prometheus")
    for pattern in load(WATCHING / "prometheus.yaml")["rule_files"]:
        folder, _, name = pattern.rpartition("/")
        found = [path for path in (FOLDER / places[folder]).iterdir() if fnmatch.fnmatch(path.name, name)]
        assert found, pattern


def test_what_flows_through_the_collector_is_defined_and_used() -> None:
    collector = load(WATCHING / "collector.yaml")
    pipelines = collector["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        used = {name for pipeline in pipelines for name in pipeline.get(kind, [])}
        assert used == set(collector[kind]), kind
    for pipeline in pipelines:
        assert pipeline["processors"][0] == "memory_limiter", "it has to be the first to refuse"


def test_the_collector_sends_to_those_who_are_there() -> None:
    exporters = load(WATCHING / "collector.yaml")["exporters"]
    addresses = [urlsplit("//" + exporter["endpoint"].removeprefix("http://")) for exporter in exporters.values()]
    assert {(each.hostname, each.port) for each in addresses} == {("jaeger", OTLP_PORT), ("loki", port_of_loki())}
    assert {each.hostname for each in addresses} <= set(SERVICES_OF)


def test_processes_are_told_where_the_collector_listens() -> None:
    listens = urlsplit("//" + load(WATCHING / "collector.yaml")["receivers"]["otlp"]["protocols"]["http"]["endpoint"])
    assert f"TUTTI_OTLP_ENDPOINT=http://collector:{listens.port}" in SPLIT.read_text()


def test_loki_keeps_all_in_its_volume() -> None:
    loki = load(WATCHING / "loki.yaml")
    assert mounted("loki")[loki["common"]["path_prefix"]] in load(SPLIT)["volumes"]


@pytest.mark.parametrize("name", ["prometheus", "loki", "collector"])
def test_a_container_is_told_to_read_the_file_that_it_is_given(name: str) -> None:
    (target,) = [place for place, source in mounted(name).items() if source.endswith(f"/{name}.yaml")]
    assert any(word.endswith(f"={target}") for word in SERVICES_OF[name]["command"])


def test_grafana_asks_those_who_are_there() -> None:
    ports = OWN_PORTS | {"loki": port_of_loki()}
    for source in load(GRAFANA / "datasources" / "tutti.yaml")["datasources"]:
        address = urlsplit(source["url"])
        assert address.hostname in SERVICES_OF
        assert address.port == ports[address.hostname or ""], source["name"]


def test_grafana_finds_its_dashboards() -> None:
    places = mounted("grafana")
    assert (FOLDER / places["/etc/grafana/provisioning"]).resolve() == GRAFANA
    for provider in load(GRAFANA / "dashboards" / "tutti.yaml")["providers"]:
        assert list((FOLDER / places[provider["options"]["path"]]).glob("*.json"))

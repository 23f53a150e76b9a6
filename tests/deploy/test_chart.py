"""The Helm chart: rendered with several values, held against Kubernetes' own schemas, and its commands tried."""

import copy
import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from support.deployment import unknown_settings
from support.gotemplate import Chart, TemplateError
from support.nginx import write_config
from tutti.kit.settings import Settings
from tutti.main import SERVICES

CHART = Path(__file__).parents[2] / "deploy" / "helm" / "tutti"
OLDEST, NEWEST = "1.29", "1.37"
SECRETS = {
    "databaseUrl": "postgresql://tutti:secret@postgres/tutti",
    "natsUrl": "nats://token@nats:4222",
    "redisUrl": "redis://:secret@valkey:6379/0",
    "storageSecretKey": 'quote"me',
    "clusterSecrets": "c" * 32,
    "metricsToken": "m" * 32,
}
VARIANTS: dict[str, dict[str, Any]] = {
    "own secret": {"secrets": {"existingSecret": "tutti-secrets"}},
    "secret of the chart": {"secrets": SECRETS},
    "everything": {
        "secrets": {"existingSecret": "tutti-secrets"},
        "library": {"existingClaim": "music"},
        "ingress": {"enabled": True, "tlsSecret": "tls"},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "imagePullSecrets": [{"name": "registry"}],
        "storage": {"endpoint": "http://minio:9000", "publicEndpoint": "https://s3.example"},
    },
    "as little as can be": {
        "secrets": {"existingSecret": "tutti-secrets"},
        "autoscaling": {"enabled": False},
        "networkPolicies": {"enabled": False},
        "gateway": {"replicas": 1, "serviceType": "LoadBalancer", "trustedProxies": []},
    },
}


CLUSTER_DNS_KEEPS_S = 30
"""CoreDNS keeps its answers for so long as it comes (``cache 30``), those about pods that are gone among them."""
FINISHES_S = 30
"""docs/operations.md: what a process has under way when it is told to stop."""


def merged(base: Any, over: Any) -> Any:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{name: merged(base.get(name), value) for name, value in over.items()}}
    return copy.deepcopy(over)


def values_of(variant: str) -> dict[str, Any]:
    return merged(yaml.safe_load((CHART / "values.yaml").read_text()), VARIANTS[variant])


def render(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    dot = {
        "Values": values,
        "Release": {"Name": "main", "Namespace": "music", "Service": "Helm"},
        "Chart": {"Name": about["name"], "AppVersion": about["appVersion"]},
    }
    chart = Chart()
    files = {path.name: chart.parse(path.read_text()) for path in sorted((CHART / "templates").iterdir())}
    texts = [chart.render(nodes, dot) for name, nodes in files.items() if name.endswith(".yaml")]
    assert chart.render(files["NOTES.txt"], dot).startswith("Tutti is at https://")
    return [document for text in texts for document in yaml.safe_load_all(text) if document]


@pytest.fixture(params=list(VARIANTS))
def documents(request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    return render(values_of(request.param))


def of_kind(documents: list[dict[str, Any]], *kinds: str) -> list[dict[str, Any]]:
    return [document for document in documents if document["kind"] in kinds]


def pods(documents: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each["spec"]["template"] for each in of_kind(documents, "Deployment", "Job")}


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_knows_every_field(documents: list[dict[str, Any]], version: str) -> None:
    for document in documents:
        if document["kind"] != "ServiceMonitor":  # of the Prometheus operator
            kubernetes_validate.validate(document, version, strict=True)
    named = Counter((each["kind"], each["metadata"]["name"]) for each in documents)
    assert set(named.values()) == {1}


@pytest.mark.parametrize("variant", list(VARIANTS))
def test_values_are_described_by_their_schema(variant: str) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(values_of(variant), schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"publicUrl": "music.example"},
        {"secrets": {"clusterSecrets": "short"}},
        {"services": {"catalog": {"replicas": 0}}},
        {"settings": {"LOG_LEVEL": "info"}},
        {"imagee": {}},
        {"gateway": {"trustedProxies": ["everybody"]}},
    ],
)
def test_values_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(merged(values_of("own secret"), wrong), schema)


def test_a_secret_that_is_missing_is_asked_for() -> None:
    with pytest.raises(TemplateError, match=r"secrets\.databaseUrl"):
        render(yaml.safe_load((CHART / "values.yaml").read_text()))


def test_every_service_is_there(documents: list[dict[str, Any]]) -> None:
    commands = [pod["spec"]["containers"][0].get("args", [""]) for pod in pods(documents).values()]
    assert sorted(args[1] for args in commands if args[0] == "serve") == sorted(SERVICES)
    for kind in ("Service", "PodDisruptionBudget"):
        assert len(of_kind(documents, kind)) == len(SERVICES) + 1


def test_nobody_may_do_more_than_needed(documents: list[dict[str, Any]]) -> None:
    for name, pod in pods(documents).items():
        spec = pod["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            confined = container["securityContext"]
            assert confined["readOnlyRootFilesystem"] is True, name
            assert confined["allowPrivilegeEscalation"] is False, name
            assert confined["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name


def test_labels_that_choose_are_labels_that_are_there(documents: list[dict[str, Any]]) -> None:
    labelled = [pod["metadata"]["labels"] for pod in pods(documents).values()]
    for document in of_kind(documents, "Service", "PodDisruptionBudget", "Deployment"):
        selector = document["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        chosen = [labels for labels in labelled if wanted.items() <= labels.items()]
        assert len(chosen) == 1, document["metadata"]["name"]


def test_the_gateway_learns_of_a_new_pod_before_an_old_one_is_gone(
    documents: list[dict[str, Any]], tmp_path: Path
) -> None:
    text = write_config(tmp_path, {}, upstream=("catalog=catalog.example:4600",), resolver=("10.96.0.10",)).read_text()
    (asked_again_s,) = re.findall(r"valid=(\d+)s", text)
    learns_s = CLUSTER_DNS_KEEPS_S + int(asked_again_s)
    serving = [each for each in of_kind(documents, "Deployment") if each["metadata"]["name"] != "main-tutti-gateway"]
    assert len(serving) == len(SERVICES)
    for deployment in serving:
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        drain_s = float(next(each["value"] for each in container["env"] if each["name"] == "TUTTI_DRAIN_S"))
        assert deployment["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
        assert deployment["spec"]["minReadySeconds"] > learns_s
        assert drain_s > learns_s
        assert pod["terminationGracePeriodSeconds"] >= drain_s + FINISHES_S
        assert Settings({"TUTTI_DRAIN_S": str(drain_s)}).base.drain_s == drain_s


def test_volumes_and_ports_that_are_named_exist(documents: list[dict[str, Any]]) -> None:
    for name, pod in pods(documents).items():
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]:
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes, name
            ports = {port["name"] for port in container.get("ports", [])}
            probes = [container[key] for key in container if key.endswith("Probe")]
            assert {probe["httpGet"]["port"] for probe in probes} <= ports, name


def test_all_that_processes_are_told_are_settings(documents: list[dict[str, Any]]) -> None:
    """A name that no setting has would be believed to work, and do nothing."""
    for name, pod in pods(documents).items():
        for container in [*pod["spec"]["containers"], *pod["spec"].get("initContainers", [])]:
            told = [each["name"] for each in container.get("env", [])]
            assert len(set(told)) == len(told), f"{name}: one is told twice"
            assert unknown_settings(told) == [], name


def test_the_printed_configuration_fits_the_pod(documents: list[dict[str, Any]], tmp_path: Path) -> None:
    pod = pods(documents)["main-tutti-gateway"]["spec"]
    (config,) = pod["initContainers"]
    assert config["args"][0] == "nginx"
    upstreams = [argument.partition("=")[2] for argument in config["args"] if argument.startswith("--upstream=")]
    services = {each["metadata"]["name"] for each in of_kind(documents, "Service")}
    for upstream in upstreams:
        name, _, address = upstream.partition("=")
        host, _, port = address.rpartition(":")
        assert (host.split(".")[0], port) == (f"main-tutti-{name}", "4600")
        assert host.split(".")[0] in services
        assert host.endswith(".music.svc.cluster.local")
    text = write_config(tmp_path, {}, upstream=tuple(upstreams), resolver=("10.96.0.10",)).read_text()
    assert text.count(" resolve;") == 2 * len(SERVICES)


def test_settings_of_the_chart_are_settings() -> None:
    assert Settings(yaml.safe_load((CHART / "values.yaml").read_text())["settings"]).base.log_level == "info"

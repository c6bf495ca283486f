"""The chart: lint, templates, schemas, hardening, and the words of our settings."""

import shutil
from pathlib import Path
from typing import Any, Final

import helm_python
import kubernetes_validate
import pytest

from deploy.helm import __main__ as copies
from deploy.image import alive
from deploy.setup.layout import Shape
from services.cli.settings_list import SERVICES
from tests.support.chart import CHART, FULL, RELEASE, Manifest, environment, pods, render
from tests.support.containers import compose
from tests.support.settings import missing, unknown

VALUES: Final[dict[str, dict[str, Any]]] = {"defaults": {}, "full": FULL}
RENDERED: Final = {name: render(values) for name, values in VALUES.items()}
EACH: Final = [(values, name) for values in VALUES for name in pods(RENDERED[values])]
KUBERNETES: Final = ("1.29", "1.34")
WARNING: Final = 2


def of(values: str, name: str) -> Manifest:
    """Give a pod."""
    return pods(RENDERED[values])[name]


def service_of(name: str) -> str:
    """Give which of our programs a deployment or a job runs."""
    kind = name.removeprefix(f"{RELEASE}-dualwatch-").partition("-")[0]
    return kind if kind in SERVICES else "setup"


@pytest.mark.parametrize("values", VALUES)
def test_lint_finds_nothing(values: str) -> None:
    """Helm's own rules."""
    found = helm_python.lint(str(CHART), VALUES[values], strict=True)

    assert [] == [told for told in found["messages"] if told["severity"] >= WARNING]
    assert [] == found["errors"]


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", VALUES)
def test_kubernetes_knows_every_word(values: str, version: str) -> None:
    """Its own schemas, strictly, in an old and a new version."""
    for manifest in RENDERED[values]:
        if "monitoring.coreos.com" not in manifest["apiVersion"]:
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("wrong", [{"intak": {}}, {"partitions": 0}, {"mongo": {"url": "x"}}])
def test_values_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    """Also a password in MongoDB's address: it would stand in the release."""
    with pytest.raises(helm_python.HelmError):
        render(wrong)
    with pytest.raises(helm_python.HelmError):
        render({"mongo": {"url": "mongodb://intake:secret@mongo/?replicaSet=rs0"}})


@pytest.mark.parametrize(("values", "name"), EACH)
def test_every_variable_is_a_setting(values: str, name: str) -> None:
    """And all that is required is given."""
    told = environment(of(values, name))

    assert set() == unknown(service_of(name), told)
    assert set() == missing(service_of(name), told)


@pytest.mark.parametrize(("values", "name"), EACH)
def test_pods_are_hardened(values: str, name: str) -> None:
    """What the strictest of Kubernetes' own pod security standards asks for, and more."""
    spec = of(values, name)["spec"]
    (container,) = spec["containers"]
    inside = container["securityContext"]

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert inside["readOnlyRootFilesystem"] is True
    assert inside["allowPrivilegeEscalation"] is False
    assert inside["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]) == {"requests", "limits"}
    writable = [m["mountPath"] for m in container["volumeMounts"] if not m.get("readOnly")]
    assert set(writable) <= {"/tmp", "/backups", "/var/lib/dualwatch/checkpoints"}  # noqa: S108 - in the pod


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("values", VALUES)
def test_services_bear_the_loss_of_a_pod(values: str, service: str) -> None:
    """Several, spread, probed, never all gone at once."""
    name = f"{RELEASE}-dualwatch-{service}"
    spec = of(values, name)["spec"]
    (container,) = spec["containers"]
    by = {(one["kind"], one["metadata"]["name"]): one for one in RENDERED[values]}

    assert by["Deployment", name]["spec"]["replicas"] >= 2
    assert by["PodDisruptionBudget", name]["spec"]["maxUnavailable"] == 1
    assert len(spec["topologySpreadConstraints"]) == 2
    assert container["ports"][0]["containerPort"] == alive.PORTS[service]
    probes = {
        kind: container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "liveness", "readiness")
    }
    assert {probe["scheme"] for probe in probes.values()} == {"HTTPS"}
    assert probes["readiness"]["path"] == "/readyz"
    assert probes["liveness"]["path"] == probes["startup"]["path"] == "/livez"


def test_nothing_goes_in_or_out_but_what_is_named() -> None:
    """All of our pods are denied all but names, and each has a policy of its own."""
    policies = {
        one["metadata"]["name"].removeprefix(f"{RELEASE}-dualwatch-"): one["spec"]
        for one in RENDERED["defaults"]
        if one["kind"] == "NetworkPolicy"
    }
    deny = policies["default-deny"]

    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in deny
    assert {port["port"] for way in deny["egress"] for port in way["ports"]} == {53}
    assert set(policies) == {"default-deny", "setup", "operator", *SERVICES}
    console = [port["port"] for way in policies["console"]["egress"] for port in way["ports"]]
    assert sorted(console) == [8101, 8102, 8103, 8104]
    asking = [port["port"] for way in policies["analysis"]["egress"] for port in way["ports"]]
    assert sorted(asking) == [9092, 9094, 27017]


@pytest.mark.parametrize(
    ("variable", "value", "port"),
    [
        ("DUALWATCH_ALERTS__SMTP__PORT", 465, 465),
        ("DUALWATCH_ALERTS__SMTP__PORT", "25", 25),
        ("DUALWATCH_ALERTS__WEBHOOKS__PORTS", "443, 9443,8000-8999", 9443),
    ],
)
def test_what_alerts_may_call_it_can_call(variable: str, value: object, port: int) -> None:
    """Mail and webhooks on other ports than usual."""
    told = {"alerts": {"env": {variable: value}}}

    with pytest.raises(helm_python.HelmError, match=str(port)):
        render(told)
    assert render(told | {"networkPolicy": {"outside": {"ports": [443, port]}}})
    assert render({"alerts": {"env": {variable: {25: 587}.get(port, 443)}}})


def test_a_port_is_known_whatever_kind_of_value_it_is(tmp_path: Path) -> None:
    """By --set it is another kind of number than in a file of values; here it is a text."""
    chart = Path(shutil.copytree(CHART, tmp_path / "chart"))
    (chart / "values.schema.json").unlink()
    values = {
        "alerts": {"env": {"DUALWATCH_ALERTS__SMTP__PORT": 25}},
        "networkPolicy": {"outside": {"ports": ["443", "25"]}},
    }
    with helm_python.Chart.load(str(chart)) as loaded:
        assert loaded.render(values, name=RELEASE, is_install=True)


def test_names_are_asked_for_where_they_are_answered() -> None:
    """OpenShift's pods listen on another port."""
    found = render({"networkPolicy": {"dns": {"ports": [53, 5353]}}})
    (deny,) = (one for one in found if one["metadata"]["name"].endswith("default-deny"))

    assert {53, 5353} == {port["port"] for way in deny["spec"]["egress"] for port in way["ports"]}


def test_a_service_may_stay_at_its_release() -> None:
    """While those that read what it writes are upgraded."""
    images = {
        name: pod["spec"]["containers"][0]["image"]
        for name, pod in pods(render({"image": {"tag": "0.2"}, "intake": {"tag": "0.1"}})).items()
    }

    assert images[f"{RELEASE}-dualwatch-intake"].endswith(":0.1")
    assert images[f"{RELEASE}-dualwatch-analysis"].endswith(":0.2")


@pytest.mark.parametrize("own", ["", "INTAKE__"])
@pytest.mark.parametrize("service", [None, "intake"])
@pytest.mark.parametrize("part", ["oidc", "traces"])
def test_what_services_are_told_to_ask_they_can_ask(
    part: str, service: str | None, own: str
) -> None:
    """A provider or a collector that no policy lets them reach is told at once.

    Whether all services are told of it or one alone, by the shared variable or by its own.
    """
    name = {"oidc": "OIDC__ISSUER", "traces": "TRACES__ENDPOINT"}[part]
    variable = f"DUALWATCH_{own}{name}"
    env = {"env": {variable: "https://example.org"}}
    told: dict[str, Any] = env if service is None else {service: env}

    with pytest.raises(helm_python.HelmError, match=variable):
        render(told)
    assert render(told | {"networkPolicy": {part: {"ports": [443]}}})
    assert render(told | {"networkPolicy": {"enabled": False}})


def test_an_operator_reaches_all_that_the_doctor_asks() -> None:
    """No pod of it runs by itself; policies on both sides let it ask every service and store."""
    by = {(one["kind"], one["metadata"]["name"]): one for one in RENDERED["defaults"]}
    name = f"{RELEASE}-dualwatch-operator"
    label = {"app.kubernetes.io/component": "operator"}
    told = environment(of("defaults", name))

    assert by["Deployment", name]["spec"]["replicas"] == 0
    assert label.items() <= of("defaults", name)["metadata"]["labels"].items()
    out = [p["port"] for way in by["NetworkPolicy", name]["spec"]["egress"] for p in way["ports"]]
    assert sorted(out) == [8100, 8101, 8102, 8103, 8104, 9092, 9094, 27017]
    for service in SERVICES:
        policy = by["NetworkPolicy", f"{RELEASE}-dualwatch-{service}"]["spec"]
        asking = [
            peer["podSelector"]["matchLabels"]
            for way in policy["ingress"]
            for peer in way["from"]
            if "podSelector" in peer
        ]
        assert any(label.items() <= each.items() for each in asking), service
        url = told[f"DUALWATCH_{service.upper()}__URL"]
        assert url == f"https://{RELEASE}-dualwatch-{service}:{alive.PORTS[service]}"


def test_it_tells_an_operator_what_compose_tells_him() -> None:
    """But for where things are."""
    chart = environment(of("defaults", f"{RELEASE}-dualwatch-operator"))
    composed = dict(compose()["operator"].environ)
    places = {name for name in composed if name.endswith(("__URL", "_SERVERS"))}

    assert set(chart) == set(composed)
    assert {k: v for k, v in chart.items() if k not in places} == {
        k: v for k, v in composed.items() if k not in places
    }


def test_every_pod_is_denied_by_default() -> None:
    """Jobs as well as services carry the labels that the policy asks for."""
    wanted = {"app.kubernetes.io/name": "dualwatch", "app.kubernetes.io/instance": RELEASE}
    for pod in pods(RENDERED["full"]).values():
        assert wanted.items() <= pod["metadata"]["labels"].items()


def test_topics_are_made_before_an_upgrade() -> None:
    """Consumers of a new release find what they read."""
    (job,) = [one for one in RENDERED["defaults"] if one["kind"] == "Job"]

    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == ["setup", "kafka"]


def test_each_service_is_scraped_by_the_name_in_its_certificate() -> None:
    """Rules and boards find `job` and `service`."""
    monitors = [one for one in RENDERED["full"] if one["kind"] == "ServiceMonitor"]
    for service, monitor in zip(SERVICES, monitors, strict=True):
        (endpoint,) = monitor["spec"]["endpoints"]
        labels = {one["targetLabel"]: one["replacement"] for one in endpoint["relabelings"]}

        assert labels == {"job": "dualwatch", "service": service}
        assert endpoint["tlsConfig"]["serverName"] == f"{RELEASE}-dualwatch-{service}"


def test_certificates_speak_for_a_release_of_the_default_name() -> None:
    """`helm install dualwatch` finds its services under names that the certificates have."""
    named = {
        one["metadata"]["name"]
        for one in render({}, release="dualwatch")
        if one["kind"] == "Service"
    }

    assert named == {f"dualwatch-{service}" for service in SERVICES}
    assert all(f"dualwatch-{service}" in Shape().hosts(service) for service in SERVICES)


def test_rules_are_those_that_are_tested() -> None:
    """`python -m deploy.helm` copies them."""
    groups = {
        group["name"]
        for one in RENDERED["full"]
        if one["kind"] == "PrometheusRule"
        for group in one["spec"]["groups"]
    }

    assert copies.main(["--check"]) == 0
    assert groups


@pytest.mark.parametrize("service", SERVICES)
def test_it_tells_services_what_compose_tells_them(service: str) -> None:
    """But for where things are, and what is a deployment's own."""
    chart = environment(of("defaults", f"{RELEASE}-dualwatch-{service}"))
    composed = dict(compose()[f"{service}-1"].environ)
    own = {name for name in composed if name.endswith(("__URL", "_SERVERS", "ALLOW_IPS"))}
    # Without a claim there are none.
    own |= {name for name in composed if "CHECKPOINT" in name}

    assert {k: v for k, v in composed.items() if k not in own} == {
        k: v for k, v in chart.items() if k not in own
    }
    assert set(composed) - set(chart) <= own

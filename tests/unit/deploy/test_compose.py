"""compose.yaml: valid, hardened, pinned, and in the words of our settings."""

import ipaddress
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from deploy.image import alive
from deploy.local import access, mongo_access
from deploy.setup import layout
from deploy.setup.layout import Shape
from services.cli.settings_list import SERVICES, settings_classes
from tests.architecture.repository import ROOT, pyproject
from tests.support.containers import COMPOSE, compose
from tests.support.settings import missing, unknown

CHECK: Final = Path(sys.executable).with_name("check-jsonschema")
FOLDER: Final = COMPOSE.parent
OURS: Final = {name: one for name, one in compose().items() if one.image.startswith("dualwatch")}
TOLD: Final[dict[str, dict[str, Any]]] = yaml.safe_load(COMPOSE.read_text("utf-8"))["services"]
EXAMPLE: Final = dict(
    line.split("=", 1)
    for line in (FOLDER / ".env.example").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


def kind_of(name: str) -> str:
    """Give what runs in a container: a service, or `setup`."""
    kind = name.rpartition("-")[0]
    return kind if kind in SERVICES else "setup"


def test_it_keeps_to_the_specification() -> None:
    """The schema of compose files."""
    command = [str(CHECK), "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - a locked tool

    assert found.returncode == 0, found.stdout + found.stderr


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    """A slip of the pen would be told to nobody."""
    assert set() == unknown(kind_of(name), OURS[name].environ)


@pytest.mark.parametrize("name", OURS)
def test_every_required_setting_is_given(name: str) -> None:
    """No container ends with exit code 78."""
    assert set() == missing(kind_of(name), OURS[name].environ)


def test_each_deployment_draws_its_own_cluster_s_id() -> None:
    """Two that share one could read each other's disks by mistake: without it nothing starts."""
    told = TOLD["kafka-1"]["environment"]["CLUSTER_ID"]

    assert told.startswith("${DUALWATCH_CLUSTER_ID:?")
    assert "meta.properties" in told
    assert not EXAMPLE["DUALWATCH_CLUSTER_ID"]


def test_a_lost_member_keeps_nobody_from_starting() -> None:
    """The job asks whichever member is there; that all are well is not asked for."""
    asked = TOLD["setup-mongo"]["depends_on"]

    assert {"service_started"} == {one["condition"] for one in asked.values()}


@pytest.mark.parametrize("name", TOLD)
def test_each_is_hardened(name: str) -> None:
    """Read-only root, no capabilities, no new privileges, limits, a user of its own."""
    told = TOLD[name]

    assert told["read_only"] is True
    assert told["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in told["security_opt"]
    assert set(told["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert "privileged" not in told
    # The image of Kafka has a user of its own; root is who gives secrets away, and it has no net.
    if not name.startswith("kafka"):
        assert (told["user"] == "0:0") == (name == "secrets")
    assert told.get("network_mode") == "none" or name != "secrets"


@pytest.mark.parametrize("name", TOLD)
def test_each_tells_whether_it_is_well(name: str) -> None:
    """Jobs end; all else has a health check."""
    check = TOLD[name]["healthcheck"]

    assert check.get("disable") or check["test"][0] == "CMD"


@pytest.mark.parametrize("name", TOLD)
def test_images_are_pinned(name: str) -> None:
    """No `latest`, and a version for each."""
    _, _, tag = TOLD[name]["image"].rstrip("}").rpartition(":")

    assert re.match(r"v?\d+\.\d+", tag), TOLD[name]["image"]


@pytest.mark.parametrize("name", TOLD)
def test_no_secret_stands_in_the_environment(name: str) -> None:
    """Secrets are files, and each container sees its own folder alone."""
    for variable in TOLD[name].get("environment", {}):
        if re.search(r"PASSWORD|SECRET|KEY(?!STORE)", variable):
            assert re.search(r"_FILE|__FILE|LOCATION|TYPE", variable), variable
    folders = [
        volume.split(":")[0].rpartition("/")[2]
        for volume in compose()[name].mounts.values()
        if "secrets/" in volume
    ]
    assert folders in ([], [kind_of(name)], [name])


def test_volumes_beside_it_are_there() -> None:
    """What is mounted from the repository exists."""
    files = {
        source
        for one in compose().values()
        for source in one.mounts.values()
        if source.startswith("./") and not re.search("secrets|backups", source)
    }

    assert [] == [source for source in files if not (FOLDER / source).exists()]
    home = TOLD["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (FOLDER / "observe" / "dashboards" / Path(home).name).is_file()


def test_there_is_what_the_secrets_are_made_for() -> None:
    """Three brokers, three members, two processes of each service, and every folder."""
    shape = Shape()
    nodes = [name for kind in ("kafka", "mongo", *SERVICES) for name in shape.nodes(kind)]

    assert set(nodes) <= set(TOLD)
    users = {one.environ.get("DUALWATCH_KAFKA__USER") for one in OURS.values()} - {None}
    assert users == set(access.users(()))
    mongo = {one.environ.get("DUALWATCH_MONGO__USER") for one in OURS.values()}
    assert mongo - {None, "admin"} == {*mongo_access.users()}
    assert users == {*layout.STORES, access.OPERATOR}


def test_ports_are_the_defaults() -> None:
    """In addresses of services, targets of Prometheus, the proxy, and the health check."""
    classes = settings_classes()
    default = {name: found.model_fields["port"].default for name, found in classes.items()}
    caddy = (FOLDER / "compose" / "Caddyfile").read_text("utf-8")
    targets = (FOLDER / "compose" / "targets" / "compose.yml").read_text("utf-8")

    assert default == alive.PORTS
    for name, port in default.items():
        for number in (1, 2):
            assert f"https://{name}-{number}:{port}" in caddy
            assert f'"{name}-{number}:{port}"' in targets
        if name != "console":
            told = OURS["console-1"].environ[f"DUALWATCH_{name.upper()}__URL"]
            assert told == f"https://{name}:{port}"


def test_figures_stay_inside() -> None:
    """Every door of the proxy that leads to a service is one of those that shut /metrics."""
    caddy = (FOLDER / "compose" / "Caddyfile").read_text("utf-8")
    _, _, secured = caddy.partition("(secured) {")
    doors = re.findall(r"^:\d+ \{\n(?:\t.*\n)*", caddy, re.MULTILINE)

    assert "respond /metrics* 404" in secured.partition("\n}")[0]
    assert caddy.count("\treverse_proxy ") == len(doors) == len(alive.PORTS)
    assert all("\timport secured\n" in door for door in doors)


def test_nobody_speaks_in_the_clear() -> None:
    """Services, Kafka, MongoDB."""
    for name, one in OURS.items():
        if kind_of(name) in SERVICES:
            assert one.environ["DUALWATCH_TLS__CERTIFICATE_FILE"]
            assert one.environ.get("DUALWATCH_KAFKA__SECURITY_PROTOCOL", "SASL_SSL") == "SASL_SSL"
        for variable, value in one.environ.items():
            assert not value.startswith("http://"), variable
    assert "PLAINTEXT" not in COMPOSE.read_text("utf-8")
    assert "requireTLS" in TOLD["mongo-1"]["command"]


def test_nobody_else_is_given_the_proxys_address() -> None:
    """Whoever starts first: what is given out lies apart from it, and it alone is believed."""
    network = yaml.safe_load(COMPOSE.read_text("utf-8"))["networks"]["services"]
    (told,) = network["ipam"]["config"]
    proxy = ipaddress.ip_address(TOLD["proxy"]["networks"]["services"]["ipv4_address"])

    assert proxy in ipaddress.ip_network(told["subnet"])
    assert proxy not in ipaddress.ip_network(told["ip_range"])
    for name in ("console-1", "console-2"):
        assert OURS[name].environ["FORWARDED_ALLOW_IPS"] == str(proxy)


def test_the_image_is_built_without_what_running_leaves() -> None:
    """Secrets, backups and .env are no part of what Docker reads."""
    told = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert {"deploy/compose/secrets", "deploy/compose/backups", "deploy/.env"} <= set(told)


def test_a_lost_broker_loses_nothing() -> None:
    """Three copies, of which two are needed; none comes back without what was acknowledged."""
    for number in (1, 2, 3):
        told = TOLD[f"kafka-{number}"]["environment"]
        assert (told["KAFKA_DEFAULT_REPLICATION_FACTOR"], told["KAFKA_MIN_INSYNC_REPLICAS"]) == (
            "3",
            "2",
        )
        assert told["KAFKA_NODE_ID"] == str(number)
        assert told["KAFKA_UNCLEAN_LEADER_ELECTION_ENABLE"] == "false"


def test_the_example_says_all_that_can_be_said() -> None:
    """Every variable of compose.yaml stands in .env.example, with the default that it has."""
    used = dict(re.findall(r"\$\{(\w+):-([^}]*)\}", COMPOSE.read_text("utf-8")))

    asked = dict.fromkeys(re.findall(r"\$\{(\w+):\?", COMPOSE.read_text("utf-8")), "")
    used |= asked

    assert used.keys() == EXAMPLE.keys()
    differing = {name for name in used if used[name] != EXAMPLE[name]}
    assert differing == {"DUALWATCH_SITE"}


def test_the_version_is_ours() -> None:
    """The image, the chart and the package are of one version."""
    version = pyproject()["project"]["version"]
    chart = yaml.safe_load((ROOT / "deploy/helm/dualwatch/Chart.yaml").read_text("utf-8"))
    values = yaml.safe_load((ROOT / "deploy/helm/dualwatch/values.yaml").read_text("utf-8"))

    assert chart["appVersion"] == version
    assert OURS["intake-1"].image == f"{values['image']['repository']}:{version}"
    assert f"ARG VERSION={version}" in (FOLDER / "Dockerfile").read_text("utf-8")

"""The chart, rendered by helm's own library."""

from collections.abc import Mapping
from typing import Any, Final

import helm_python
import yaml

from tests.architecture.repository import ROOT

CHART: Final = ROOT / "deploy" / "helm" / "dualwatch"
FULL: Final[dict[str, Any]] = yaml.safe_load((CHART / "ci" / "full-values.yaml").read_text("utf-8"))
RELEASE: Final = "dw"

Manifest = dict[str, Any]


def render(values: Mapping[str, Any], release: str = RELEASE) -> list[Manifest]:
    """Render the chart as an install would."""
    with helm_python.Chart.load(str(CHART)) as loaded:
        loaded.validate_schema(dict(values))
        files = loaded.render(dict(values), name=release, namespace="finance", is_install=True)
    return [
        found
        for name, text in sorted(files.items())
        if name.endswith(".yaml")
        for found in yaml.safe_load_all(text)
        if found
    ]


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """Give the pods of deployments and jobs by the name of who makes them."""
    return {
        one["metadata"]["name"]: one["spec"]["template"]
        for one in manifests
        if one["kind"] in {"Deployment", "Job"}
    }


def environment(pod: Manifest) -> dict[str, str]:
    """Give what a pod's container is told."""
    (container,) = pod["spec"]["containers"]
    return {told["name"]: told["value"] for told in container["env"]}

"""A ledger moves to a deployment with another number of partitions: docs/scale.md, step by step."""

from pathlib import Path

import pytest

from contracts.topics import partition_of
from deploy.local.stack import Stack
from services.cli.environment import KAFKA, MONGO
from tests.fault.drills.scene import SERVICES, Scene
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long
JURISDICTION = "990222"
FORMER, PARTITIONS = 4, 7


def test_figures_alerts_and_streams_are_the_same_over_seven_partitions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Export, write to the new topic, restore the new store; projections follow by themselves."""
    export, again = tmp_path / "ledger.jsonl", tmp_path / "again.jsonl"
    former = tmp_path / "former"
    with Stack(former, ports_from=free_ports_from(), services=SERVICES) as old:
        scene = Scene(old, JURISDICTION)
        scene.fill()
        rows, alerts = scene.rows(), scene.alerts()
        scene.export(export)

    environ = {"DUALWATCH_INTAKE__PARTITIONS": str(PARTITIONS)}
    with Stack(
        tmp_path / "new", ports_from=free_ports_from(), services=SERVICES, environ=environ
    ) as new:
        monkeypatch.setenv(KAFKA, new.endpoints().kafka)
        monkeypatch.setenv(MONGO, new.endpoints().mongo)
        words = ("ledger", "repartition", str(export), "--partitions", str(PARTITIONS))
        written = command(new, *words)
        monkeypatch.delenv(KAFKA)
        monkeypatch.delenv(MONGO)
        new.kill("intake")
        eventually(lambda: command(new, "ledger", "restore"), 120)
        new.wait_ready("intake")

        scene.export(again, new)
        assert written["position"].count("-") == PARTITIONS - 1
        assert command(new, "ledger", "compare", str(export), str(again))["different"] == 0
        assert [] == command(new, "ledger", "verify")["faults"]
        scene.pay(new)
        assert _without(rows, scene.project) == _without(scene.rows(new), scene.project)
        assert [alert[:5] for alert in alerts] == [alert[:5] for alert in scene.alerts(new)]
        assert _moved(scene) > 0


def _without(rows: list[dict[str, object]], project: str) -> list[dict[str, object]]:
    return [row for row in rows if row["project_id"] != project]


def _moved(scene: Scene) -> int:
    """Count the projects that lie on another partition now."""
    names = scene.city.expected
    return sum(partition_of(n, FORMER) != partition_of(n, PARTITIONS) for n in names)

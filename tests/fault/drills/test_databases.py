"""A service's database is lost: it is made anew from the topics that are kept."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.stack import Stack
from tests.fault.drills.scene import SERVICES, Scene, drop_database
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """All services and a city."""
    data = tmp_path_factory.mktemp("databases") / "data"
    with Stack(data, ports_from=free_ports_from(), services=SERVICES) as stack:
        found = Scene(stack, "990221")
        found.fill()
        yield found


def test_the_projection_is_made_anew_by_itself(scene: Scene) -> None:
    """From `ledger`; its numbers on `assessments` go on, and no alert changes."""
    rows, alerts = scene.rows(), scene.alerts()
    assert alerts
    scene.stack.halt("analysis")
    drop_database(scene.stack, "analysis")

    scene.stack.restart("analysis")
    scene.pay()
    paid, former = _by_project(scene.rows()), _by_project(rows)
    assert {name for name in paid if paid[name] != former[name]} == {scene.project}
    assert alerts == scene.alerts()

    scene.open_day("2026-07-01")
    scene.pay()
    assert {alert[:5] for alert in alerts} <= {alert[:5] for alert in scene.alerts()}


def _by_project(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["project_id"]: row for row in rows}


def test_the_ledger_is_made_anew_from_its_topic(scene: Scene, tmp_path: Path) -> None:
    """`dualwatch ledger restore`: byte for byte, to the last hash; nothing is entered before."""
    before = scene.export(tmp_path / "before.jsonl")
    scene.stack.halt("intake")
    drop_database(scene.stack, "intake")
    scene.stack.launch("intake")

    eventually(lambda: command(scene.stack, "ledger", "restore"), 120)
    scene.stack.wait_ready("intake")
    after = scene.export(tmp_path / "after.jsonl")

    assert before.read_bytes() == after.read_bytes()
    assert [] == command(scene.stack, "ledger", "verify")["faults"]
    rows = scene.rows()
    scene.pay()
    assert rows != scene.rows()

"""Kafka is lost with all its topics: begun anew, `dualwatch ledger republish`, and all goes on."""

import shutil
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from tests.fault.drills.scene import SERVICES, Scene
from tests.support.command import command
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long


def test_an_empty_kafka_is_filled_from_the_stores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Figures and alerts stay; what comes after is measured, judged and told as before."""
    data, ports = tmp_path / "data", free_ports_from()
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(data))
    with Stack(data, ports_from=ports, services=SERVICES) as stack:
        scene = Scene(stack, "990223")
        scene.fill()
        rows, alerts, spent = scene.rows(), scene.alerts(), scene.spent()
    shutil.rmtree(data / "kafka")

    with Stack(data, ports_from=ports, services=SERVICES) as stack:
        scene.stack = stack
        again = command(stack, "ledger", "republish")
        assert len(again["done"]) == again["partitions"]
        assert rows == scene.rows()
        assert alerts == scene.alerts()
        scene.pay()
        scene.open_day("2026-07-01")
        # An empty projection has nothing but the topic to go by.
        rebuilt = command(stack, "analysis", "rebuild", "--compare-only")

        assert scene.spent() != spent
        assert rebuilt["equal"]
        assert [] == command(stack, "ledger", "verify")["faults"]

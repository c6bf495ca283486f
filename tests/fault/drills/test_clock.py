"""All services' clocks jump an hour ahead, then an hour back: no figure changes, all goes on."""

import sys
import time
from pathlib import Path

import pytest

from deploy.local.stack import Service, Stack
from tests.fault.drills.recording import passed
from tests.fault.drills.scene import SERVICES, Scene
from tests.support.command import command
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long
HOUR = 3_600
JUMPS = (HOUR, -HOUR, 0)
SKEWED = "tests.fault.drills.skewed"


def test_a_clock_that_jumps_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Business time is the opened day; leases and limits find their way back by themselves."""
    file = tmp_path / "seconds"
    _set(file, 0)
    services = [
        Service(name, (sys.executable, "-m", SKEWED, str(file), f"services.{name}"))
        for name in SERVICES
    ]
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(tmp_path / "data"))
    with Stack(tmp_path / "data", ports_from=free_ports_from(), services=services) as stack:
        scene = Scene(stack, "990225")
        scene.fill()
        rows, alerts = scene.rows(), scene.alerts()
        began = time.monotonic()
        for seconds in JUMPS:
            _set(file, seconds)
            scene.pay()
            assert _others(rows, scene) == _others(scene.rows(), scene)
            assert alerts == scene.alerts()
            # Its lease was taken by the clock before.
            assert command(stack, "ledger", "checkpoint")["number"] >= 1
            assert command(stack, "ledger", "verify")["faults"] == []
        seconds_of_all = time.monotonic() - began
        for part in SERVICES:
            stack.restart(part)
        scene.pay()
        scene.open_day("2026-07-01")
        assert command(stack, "analysis", "rebuild", "--compare-only")["equal"]
    effect = f"{len(JUMPS)} jumps; {len(rows)} rows and {len(alerts)} alerts the same"
    passed("clock step", effect, seconds_of_all / len(JUMPS), lost=0, doubled=0)


def _set(file: Path, seconds: int) -> None:
    beside = file.with_suffix(".new")
    beside.write_text(str(seconds), encoding="utf-8")
    beside.replace(file)


def _others(rows: list[dict[str, object]], scene: Scene) -> list[dict[str, object]]:
    return [row for row in rows if row["project_id"] != scene.project]

"""A rolling upgrade: two releases live at once, of which one does not know the newest contract.

Consumers are upgraded before producers; here one was forgotten. It waits at the first entry that it
cannot read, says so, loses nothing, and goes on once it is upgraded.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.topics import partition_of
from deploy.local.process import Command
from deploy.local.stack import Service, Stack
from tests.fault.drills.recording import passed
from tests.fault.drills.scene import SERVICES, Scene
from tests.fault.drills.sending import Senders
from tests.fault.net.inputlog import InputLog
from tests.support.city import SOURCE, TIME
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

pytestmark = pytest.mark.long
JURISDICTION = "990227"
PARTITIONS = 4
EARLIER = "tests.fault.drills.earlier"
V1 = "dualwatch.target_progress.reported.v1"
V2 = "dualwatch.target_progress.reported.v2"
PER_SECOND = 100
PAYMENTS = 60_000
"""More than the drill takes: it ends the sending."""
WAITED = "dualwatch_analysis_unreadable_entries_total"


def test_a_forgotten_process_waits_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both releases share the partitions; whichever has which, all is measured in the end."""
    hidden = tmp_path / "hidden"
    hidden.write_text(V2, encoding="utf-8")
    old = Service("analysis", (sys.executable, "-m", EARLIER, str(hidden)))
    services = [old if name == "analysis" else Service(name) for name in SERVICES]
    data = tmp_path / "data"
    monkeypatch.setenv("DUALWATCH_DATA_DIR", str(data))
    with Stack(data, ports_from=free_ports_from(), services=services) as stack:
        scene = Scene(stack, JURISDICTION)
        scene.fill()
        projects = _one_each(scene)
        scene.send([_targets(project) for project in projects])
        scene.send([_progress(project, V1, "1") for project in projects])
        assert {"1"} == {_actual(stack, project) for project in projects}

        before, senders = _fen(scene.spent()), _paying(scene)
        _post(stack, [_progress(project, V2, "2") for project in projects])
        eventually(lambda: _metric(stack, WAITED) > 0, 60)
        assert {"1"} == {_actual(stack, project) for project in projects}
        stack.add(_new_release(stack))
        eventually(lambda: "2" in {_actual(stack, project) for project in projects}, 90)

        hidden.unlink()
        waited, began = _metric(stack, WAITED), time.monotonic()
        stack.restart("analysis")
        eventually(lambda: {"2"} == {_actual(stack, project) for project in projects}, 90)
        seconds = time.monotonic() - began
        assert _stopped(scene, senders) == before + 100 * senders.sent
        assert command(stack, "analysis", "rebuild", "--compare-only")["equal"]
    effect = (
        f"{waited:.0f} looks at an entry that the older release cannot read,"
        f" {senders.sent} payments meanwhile"
    )
    passed("rolling upgrade, one forgotten", effect, seconds, lost=0, doubled=0)


def _paying(scene: Scene) -> Senders:
    """Let payments flow all the while."""
    senders = Senders(scene.stack.endpoints(), InputLog())
    senders.start([scene.payment() for _ in range(PAYMENTS)], PER_SECOND)
    return senders


def _stopped(scene: Scene, senders: Senders) -> int:
    """End it; give what is spent, fen, once all is passed."""
    senders.stop()
    scene.settle()
    return _fen(scene.spent())


def _fen(yuan: str) -> int:
    return int(yuan.replace(".", ""))


def _new_release(stack: Stack) -> Command:
    own = {"DUALWATCH_ANALYSIS__PORT": str(free_ports_from())}
    return Command(
        name="analysis-new",
        argv=(sys.executable, "-m", "services.analysis"),
        log_file=stack.data.logs / "analysis-new.log",
        environ={**stack.environment(service="analysis"), **own},
    )


def _one_each(scene: Scene) -> list[str]:
    """Give a project of each partition."""
    found = {partition_of(name, PARTITIONS): name for name in sorted(scene.city.expected)}
    assert len(found) == PARTITIONS
    return list(found.values())


def _event(project: str, name: str, kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{project}-{name}",
        "source": SOURCE,
        "type": kind,
        "subject": project,
        "time": TIME,
        "data": data,
    }


def _targets(project: str) -> dict[str, Any]:
    target = {
        "indicator": "K1",
        "name": "管网长度",
        "behaviour": "progress",
        "target_text": "≥12公里",
        "target": "12",
        "unit": "公里",
        "stages": [{"due": "2026-06-30", "value": "7"}],
    }
    data = {"date": "2026-01-20", "fiscal_year": 2026, "goal": "管网改造", "targets": [target]}
    return _event(project, "targets", "dualwatch.targets.approved.v1", data)


def _progress(project: str, kind: str, value: str) -> dict[str, Any]:
    data = {"date": f"2026-06-0{value}", "fiscal_year": 2026, "indicator": "K1"}
    data |= {"value": value, "value_text": value}
    return _event(project, f"progress-{value}", kind, data)


def _post(stack: Stack, events: list[dict[str, Any]]) -> None:
    """Send and return once the ledger has them: analysis is not to pass them yet."""
    places = stack.endpoints()
    headers = {
        "Authorization": f"Bearer {places.key}",
        "content-type": "application/x-ndjson",
        "prefer": "wait=30",
    }
    lines = "\n".join(json.dumps(event, ensure_ascii=False) for event in events)
    answer = httpx.post(
        f"{places.intake}/v1/events",
        content=lines.encode(),
        headers=headers,
        timeout=40,
        trust_env=False,
    )
    assert answer.json()["counts"]["accepted"] == len(events), answer.text


def _actual(stack: Stack, project: str) -> str | None:
    places = stack.endpoints()
    url = f"{places.analysis}/v1/projects/{project.replace('/', '%2F')}"
    headers = {"Authorization": f"Bearer {places.key}"}
    asked: dict[str, str | int] = {"fiscal_year": 2026, "as_of": "2026-06-30"}
    answer = httpx.get(url, params=asked, headers=headers, timeout=10, trust_env=False)
    assert answer.is_success, answer.text
    [indicator] = answer.json()["assessment"]["attainment"]["indicators"]
    return None if indicator["actual"] is None else str(indicator["actual"])


def _metric(stack: Stack, name: str) -> float:
    answer = httpx.get(f"{stack.endpoints().analysis}/metrics", trust_env=False)
    lines = [line for line in answer.text.splitlines() if line.startswith(name)]
    return sum(float(line.split()[-1]) for line in lines)

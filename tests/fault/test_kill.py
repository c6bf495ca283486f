"""SIGKILL each service in turn while events flow: every figure then equals the recomputation."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.city import YEAR, City, fen
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

PROJECTS = 35
PAYMENTS = 3_000
KILL_AFTER_ENTRIES = 600
PUBLISH_DEADLINE_SECONDS = 150
CLI = Path(sys.executable).with_name("dualwatch")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack, started once for this module."""
    folder = tmp_path_factory.mktemp("kill")
    with Stack(folder / "data", ports_from=free_ports_from()) as running:
        yield running


def _command(stack: Stack, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CLI, *words, "--json"],
        env={"DUALWATCH_DATA_DIR": str(stack.data.path), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _run(stack: Stack, *words: str) -> Any:
    with _command(stack, *words) as process:
        out, err = process.communicate(timeout=PUBLISH_DEADLINE_SECONDS)
        assert process.returncode == 0, err[-3000:]
    return json.loads(out)


def _entries(stack: Stack) -> int:
    endpoints = stack.endpoints()
    answer = httpx.get(
        f"{endpoints.intake}/v1/position", headers={"Authorization": f"Bearer {endpoints.key}"}
    )
    return sum(int(word) for word in answer.json()["position"].split("-"))


@pytest.mark.parametrize("victim", ["intake", "analysis", "alerts", "reporting"])
def test_a_killed_service_loses_and_doubles_nothing(
    stack: Stack, victim: str, tmp_path: Path
) -> None:
    """Kill it in the middle of a file; what was sent is accounted for and every figure exact."""
    city = City(f"KILL-{victim}", PROJECTS, PAYMENTS).build()
    path = city.write(tmp_path / "city.jsonl")
    before = _entries(stack)

    with _command(stack, "publish", str(path)) as publishing:
        eventually(lambda: _entries(stack) > before + KILL_AFTER_ENTRIES, 60)
        stack.kill(victim)
        out, err = publishing.communicate(timeout=PUBLISH_DEADLINE_SECONDS)
        assert publishing.returncode == 0, err[-3000:]
    receipt = json.loads(out)
    _run(stack, "day", "open", city.jurisdiction, "2026-06-30", "--jump")

    _accounted(receipt, len(city.events))
    assert receipt["quarantined"] == 0
    assert _figures(stack, city) == {
        project: (e.budget, e.spent, e.disbursed) for project, e in city.expected.items()
    }
    assert _unbudgeted(stack, city) == {p for p, e in city.expected.items() if e.budget == 0}
    assert _accounted(_run(stack, "publish", str(path)), len(city.events))["accepted"] == 0
    assert _run(stack, "ledger", "verify")["faults"] == []


def _accounted(receipt: dict[str, Any], sent: int) -> dict[str, Any]:
    counted = receipt["accepted"] + receipt["duplicate"] + receipt["quarantined"]
    assert (receipt["sent"], counted) == (sent, sent)
    return receipt


def _figures(stack: Stack, city: City) -> dict[str, tuple[int, int, int]]:
    words = ["analysis", "list", "--jurisdiction", city.jurisdiction]
    rows = _run(stack, *words, "--fiscal-year", str(YEAR), "--as-of", "2026-06-30")
    return {
        row["project_id"]: (fen(row["adjusted_budget"]), fen(row["spent"]), fen(row["disbursed"]))
        for row in rows
    }


def _unbudgeted(stack: Stack, city: City) -> set[str]:
    rows = _run(stack, "alerts", "list", "--jurisdiction", city.jurisdiction)
    return {row["project_id"] for row in rows if row["rule_id"] == "spending_without_budget"}

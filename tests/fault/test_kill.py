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
from tests.support.command import command
from tests.support.eventually import eventually
from tests.support.stack import free_ports_from

PROJECTS = 35
PAYMENTS = 2_000
VICTIMS = ("analysis", "alerts", "reporting", "intake")
KILL_EVERY_ENTRIES = 400
PUBLISH_DEADLINE_SECONDS = 150
CLI = Path(sys.executable).with_name("dualwatch")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack, started once for this module."""
    folder = tmp_path_factory.mktemp("kill")
    with Stack(folder / "data", ports_from=free_ports_from()) as running:
        yield running


def _publishing(stack: Stack, path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CLI, "publish", str(path), "--json"],
        env={"DUALWATCH_DATA_DIR": str(stack.data.path), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def intake(stack: Stack) -> Iterator[httpx.Client]:
    """Somebody who looks often how far intake is."""
    endpoints = stack.endpoints()
    headers = {"Authorization": f"Bearer {endpoints.key}"}
    with httpx.Client(base_url=endpoints.intake, headers=headers) as client:
        yield client


def _entries(intake: httpx.Client) -> int:
    answer = intake.get("/v1/position")
    return sum(int(word) for word in answer.json()["position"].split("-"))


def test_services_killed_in_turn_lose_and_double_nothing(
    stack: Stack, intake: httpx.Client, tmp_path: Path
) -> None:
    """All of them in the middle of a file; what was sent is accounted for, every figure exact."""
    city = City("KILL", PROJECTS, PAYMENTS).build()
    path = city.write(tmp_path / "city.jsonl")
    before = _entries(intake)

    with _publishing(stack, path) as publishing:
        for number, victim in enumerate(VICTIMS, 1):
            _reached(intake, before + number * KILL_EVERY_ENTRIES)
            stack.kill(victim)
        out, err = publishing.communicate(timeout=PUBLISH_DEADLINE_SECONDS)
        assert publishing.returncode == 0, err[-3000:]
    receipt = json.loads(out)
    command(stack, "day", "open", city.jurisdiction, "2026-06-30", "--jump")

    _accounted(receipt, len(city.events))
    assert receipt["quarantined"] == 0
    assert _figures(stack, city) == {
        project: (e.budget, e.spent, e.disbursed) for project, e in city.expected.items()
    }
    assert _unbudgeted(stack, city) == {p for p, e in city.expected.items() if e.budget == 0}
    assert _accounted(command(stack, "publish", str(path)), len(city.events))["accepted"] == 0
    assert command(stack, "ledger", "verify")["faults"] == []


def _reached(intake: httpx.Client, entries: int) -> None:
    eventually(lambda: _entries(intake) > entries, 60)


def _accounted(receipt: dict[str, Any], sent: int) -> dict[str, Any]:
    counted = receipt["accepted"] + receipt["duplicate"] + receipt["quarantined"]
    assert (receipt["sent"], counted) == (sent, sent)
    return receipt


def _figures(stack: Stack, city: City) -> dict[str, tuple[int, int, int]]:
    words = ["analysis", "list", "--jurisdiction", city.jurisdiction]
    rows = command(stack, *words, "--fiscal-year", str(YEAR), "--as-of", "2026-06-30")
    return {
        row["project_id"]: (fen(row["adjusted_budget"]), fen(row["spent"]), fen(row["disbursed"]))
        for row in rows
    }


def _unbudgeted(stack: Stack, city: City) -> set[str]:
    rows = command(stack, "alerts", "list", "--jurisdiction", city.jurisdiction)
    return {row["project_id"] for row in rows if row["rule_id"] == "spending_without_budget"}

"""A synthetic city through the whole system equals the recomputation from what was sent."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.stack import Stack
from tests.oracle.check import compare
from tests.oracle.report import Endpoints, Report
from tests.support.stack import free_ports_from

CLI = Path(sys.executable).with_name("dualwatch")
CITIES = (
    ("--seed", "4", "--projects", "30", "--from", "2025-12-18", "--until", "2026-01-31"),
    pytest.param(
        ("--seed", "5", "--projects", "60", "--from", "2025-12-10", "--until", "2026-02-10"),
        marks=pytest.mark.long,
    ),
)
"""Weeks across a year's end: one year closes, the next waits for its budget."""
DEADLINE_SECONDS = 400
"""Far more than it takes, for a busy machine."""


@pytest.fixture(scope="module", params=CITIES, ids=["30", "60"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Send a city to a stack of its own, then compare all that the stack says."""
    folder = tmp_path_factory.mktemp("oracle")
    log = folder / "city.jsonl"
    _run("simulate", *request.param, "-o", str(log))
    _unbalance(log)
    with Stack(folder / "data", ports_from=free_ports_from()):
        _run("publish", str(log), data_dir=folder / "data")
        return compare(log, Endpoints.read(folder / "data"))


def _unbalance(log: Path) -> None:
    """Add two batches without their other side: one before the last day is opened, one after."""
    lines = log.read_text("utf-8").splitlines()
    approvals = (json.loads(line) for line in lines if "dualwatch.budget.approved.v1" in line)
    approved = next(approvals)
    sides = [
        json.dumps(
            approved
            | {
                "id": f"side-{number}",
                "type": "dualwatch.budget.adjusted.v1",
                "data": {
                    **{name: approved["data"][name] for name in ("date", "fiscal_year", "line")},
                    "adjustment_kind": "virement",
                    "direction": "in",
                    "batch_number": f"TJ-{number}",
                    "amount": "1.00",
                },
            }
        )
        for number in (1, 2)
    ]
    last = max(number for number, line in enumerate(lines) if "open_day" in line)
    told = [*lines[:last], sides[0], *lines[last:], sides[1]]
    log.write_text("".join(f"{line}\n" for line in told), "utf-8")


def _run(*arguments: str, data_dir: Path | None = None) -> None:
    environ = os.environ | ({"DUALWATCH_DATA_DIR": str(data_dir)} if data_dir else {})
    done = subprocess.run(
        [str(CLI), *arguments],
        env=environ,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def test_everything_equals_the_recomputation(report: Report) -> None:
    """Ledger, figures, findings, alerts at every day's end, forms and summaries."""
    assert [] == [str(difference) for difference in report.differences]
    assert report.equal


@pytest.mark.parametrize(
    ("place", "at_least"),
    [
        ("intake.chain", 600),
        ("intake.acked_is_there", 600),
        ("intake.document_once", 100),
        ("intake.batches.listed", 1),
        ("intake.batches.since", 2),
        ("analysis.execution.lines.", 1_500),
        ("analysis.execution.forecast.", 150),
        ("analysis.attainment.indicators.", 1_500),
        ("analysis.earned_value.", 150),
        ("analysis.extended.", 150),
        ("analysis.standing.", 150),
        ("analysis.subtree", 5),
        ("alerts.feed.days", 40),
        ("alerts.open.days", 1),
        ("reporting.form.funding", 30),
        ("reporting.summary.spent", 10),
    ],
)
def test_enough_was_compared(report: Report, place: str, at_least: int) -> None:
    """An empty comparison would be equal as well; a place that ends with a dot is a group."""
    compared = sum(
        count
        for name, count in report.compared.items()
        if name == place or (place.endswith(".") and name.startswith(place))
    )

    assert compared >= at_least


def test_something_was_found_and_raised(report: Report) -> None:
    """The city has deviations planted in it."""
    raised = [place for place in report.compared if place.startswith("alerts.raised.")]

    assert raised
    assert any(place.startswith("analysis.findings") for place in report.compared)

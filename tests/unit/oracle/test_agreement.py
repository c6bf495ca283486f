"""Product and oracle say the same of the same facts: every field of every assessment."""

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from services.cli.city.chance import Chance
from services.cli.city.city import Plan, simulate
from services.cli.city.wire import OpenDay
from tests.oracle.report import Report
from tests.support import chronicle
from tests.unit.oracle.agreement import agree

CITY = "990300"
PROJECTS = 24
YEAR = 2026
COMPARED_MIN = 10_000
"""Values that a comparison covers at least: nothing compared proves nothing."""
CITY_PROJECTS = 25


def check(report: Report) -> None:
    """Fail with the differences in words."""
    assert [] == [str(one) for one in report.differences]
    assert report.equal
    assert report.compared.total() >= COMPARED_MIN


def write(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """Write a log."""
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    return path


def test_where_everything_happens(tmp_path: Path) -> None:
    """Suspended, corrected, double, above standard: as of days before, between and after."""
    jurisdiction = {
        "specversion": "1.0",
        "id": "jurisdiction",
        "source": chronicle.SOURCE,
        "type": "dualwatch.jurisdiction.registered.v1",
        "subject": CITY,
        "time": chronicle.TIME,
        "data": {"date": "2026-01-01", "name": CITY, "clock": "manual"},
    }
    opened = {"open_day": {"jurisdiction": CITY, "date": "2026-06-30"}}
    log = write(tmp_path / "log", [jurisdiction, *chronicle.events(CITY, PROJECTS), opened])
    days = [(1, 31), (3, 31), (4, 9), (4, 20), (5, 6), (5, 15), (6, 30), (9, 30), (12, 31)]

    check(agree(log, [dt.date(YEAR, month, day) for month, day in days]))


@pytest.mark.parametrize("seed", [pytest.param(3, marks=pytest.mark.long), 11])
def test_in_a_city_day_by_day(tmp_path: Path, seed: int) -> None:
    """Facts arrive late, in files, in the wrong order, with deviations planted among them."""
    plan = Plan(seed, CITY_PROJECTS, dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31))
    log = tmp_path / "log"
    with log.open("wb") as out:
        for day in simulate(plan, Chance(seed)):
            for line in day.lines:
                out.write((line.to_bytes() if isinstance(line, OpenDay) else line) + b"\n")

    check(agree(log, [dt.date(YEAR, month, 28) for month in (2, 5, 6, 9, 12)]))

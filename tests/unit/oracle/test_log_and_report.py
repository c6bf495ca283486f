"""The log is read as it is written, and a report hides nothing."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from tests.oracle.log import Opened, Outcome, read
from tests.oracle.report import DIFFERENCES_MAX, PER_PLACE_MAX, Report
from tests.oracle.world import hear_all, log_order

SOURCE = "urn:example:treasury"


def event(number: int, **data: Any) -> dict[str, Any]:
    """A registration of a project, or whatever data say."""
    return {
        "source": SOURCE,
        "id": f"e{number}",
        "type": "dualwatch.payment.requested.v1",
        "subject": "J/P1",
        "data": {"date": "2026-01-05", "fiscal_year": 2026, "amount": "1.00", **data},
    }


def write(tmp_path: Path, *lines: dict[str, Any]) -> Path:
    """Write a log."""
    path = tmp_path / "log.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n", "utf-8")
    return path


def test_bare_lines_count_as_acknowledged(tmp_path: Path) -> None:
    """What `dualwatch simulate -o` writes is a log as well."""
    day = {"open_day": {"jurisdiction": "J", "date": "2026-01-05"}}

    sent, opened = read(write(tmp_path, event(1), day))

    assert Outcome.ACKED is sent.outcome
    assert Opened("J", dt.date(2026, 1, 5), Outcome.ACKED) == opened


def test_only_what_was_accepted_counts_once(tmp_path: Path) -> None:
    """A duplicate, a refused and a lost event, and one whose document is recorded already."""
    paper = {"document": {"kind": "payment_application", "number": "SQ1"}}
    lines: list[dict[str, Any]] = [
        {"event": event(1, **paper), "outcome": "acked", "verdict": "accepted"},
        {"event": event(1, **paper), "outcome": "acked", "verdict": "duplicate"},
        {"event": event(2), "outcome": "failed", "verdict": "invalid"},
        {"event": event(3), "outcome": "unknown", "verdict": None},
        {"event": event(4, **paper), "outcome": "acked", "verdict": "document_repeated"},
        {"event": event(5), "outcome": "acked", "verdict": "accepted"},
    ]
    world = hear_all(read(write(tmp_path, *lines)))

    world.settle(log_order())

    facts = world.jurisdictions["J"].projects["J/P1"].years[2026]
    assert [1, 2] == [fact.sequence for fact in facts]


def test_missed_days_are_opened_in_order(tmp_path: Path) -> None:
    """And opening a day again changes nothing (architecture 3)."""
    days = [
        {"open_day": {"jurisdiction": "J", "date": f"2026-01-0{day}"}, "outcome": "acked"}
        for day in (2, 5, 5, 3)
    ]

    world = hear_all(read(write(tmp_path, *days)))

    assert [2, 3, 4, 5] == [day.day for day in world.jurisdictions["J"].days]


def test_all_differences_are_counted_and_some_are_told() -> None:
    """A bound on words, none on numbers."""
    report = Report()
    for number in range(PER_PLACE_MAX + 5):
        report.compare("there", str(number), expected=1, actual=2)

    assert (PER_PLACE_MAX + 5, PER_PLACE_MAX) == (
        report.differing["there"],
        len(report.differences),
    )
    assert PER_PLACE_MAX < DIFFERENCES_MAX
    assert not report.equal


def test_nothing_compared_is_not_equal() -> None:
    """An empty comparison proves nothing; null is not zero."""
    report = Report()

    assert not report.equal

    report.compare_fields("place", "one", {"a": None}, {"a": 0})

    assert {"place.a": 1} == dict(report.differing)


def test_what_names_an_entry_that_is_not_before_it_is_not_entered(tmp_path: Path) -> None:
    """It waits in the quarantine: the next event has its number."""
    correction = {"type": "dualwatch.fact.corrected.v1"}
    lines = [event(1), *({**event(n, entry=e), **correction} for n, e in ((2, 2), (3, 1)))]
    world = hear_all(read(write(tmp_path, *lines)))

    world.settle(log_order())

    facts = world.jurisdictions["J"].projects["J/P1"].years[2026]
    assert [(1, None), (2, 1)] == [(fact.sequence, fact.data.get("entry")) for fact in facts]

"""Both monitors of a project and fiscal year together, in the words of `AssessmentMade`."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.oracle.dates import FiscalYear
from tests.oracle.exact import WHOLE_BP, half_up
from tests.oracle.facts import Fact, Project
from tests.oracle.findings import findings_at
from tests.oracle.indicators import Judged, due_dates, judge, targets_at, weights
from tests.oracle.money import Book, keep_book
from tests.oracle.standard import Standard, execution

WORST_FIRST: Final = ("red", "yellow", "green", "blue")
BEHIND: Final = frozenset({"red", "yellow"})
RESULT_KINDS: Final = frozenset(
    {"targets.approved", "targets.adjusted", "target_progress.reported"}
)
EFFECTS: Final = frozenset({"progress", "timeliness", "quality"})
"""What money buys directly: enters earned value (domain-rules 15)."""


Memo = dict[tuple[object, ...], tuple[dict[str, Any], list[Judged]]]
"""Attainment by all that it depends on: payments come by the thousand and change nothing of it."""


@dataclass
class Assessment:
    """An assessment as stated, and the exact values behind it that rules look at."""

    stated: dict[str, Any]
    book: Book
    standard: Standard | None
    indicators: list[Judged]
    causes: list[Fact]
    """Of each finding, the entry that brought it about."""


def assess(
    project: Project,
    year: FiscalYear,
    as_of: dt.date,
    *,
    months_before: int | None = None,
    memo: Memo | None = None,
) -> Assessment:
    """Assess what is dated by the as-of date. `months_before` is given at an opened day only."""
    facts = [fact for fact in project.years.get(year.year, ()) if fact.date <= as_of]
    registration = project.registered(as_of) or {}
    book = keep_book(facts, year)
    money_side, standard = execution(facts, book, year, as_of)
    results, indicators = _remembered(facts, year, as_of, {} if memo is None else memo)
    found = findings_at(facts, book, year, as_of)
    lights = (money_side["light"], results["light"])
    stated = {
        "date": as_of.isoformat(),
        "fiscal_year": year.year,
        "project_name": registration.get("name"),
        "lead_unit": registration.get("lead_unit"),
        "department": registration.get("department"),
        "goal": _goal(facts) or registration.get("goal", ""),
        "stream_sequence": project.last_sequence,
        "fiscal_year_start": year.start.isoformat(),
        "fiscal_year_end": year.end.isoformat(),
        "months_completed": year.months_completed(as_of),
        "months_completed_before": months_before or 0,
        "settled": months_before is not None,
        "execution": money_side,
        "attainment": results,
        "light": worst(lights),
        "quadrant": _quadrant(*lights),
        "money_ahead_bp": _money_ahead(money_side, results),
        "findings": [finding for finding, _ in found],
        "findings_total": len(found),
    }
    return Assessment(stated, book, standard, indicators, [cause for _, cause in found])


def worst(lights: Sequence[str | None]) -> str | None:
    """Give the worst light; null where there is none."""
    return min((light for light in lights if light), key=WORST_FIRST.index, default=None)


def _goal(facts: Sequence[Fact]) -> str:
    goals = [fact.data.get("goal") for fact in facts if fact.kind == "targets.approved"]
    return next((goal for goal in reversed(goals) if goal), "")


def _remembered(
    facts: Sequence[Fact], year: FiscalYear, as_of: dt.date, memo: Memo
) -> tuple[dict[str, Any], list[Judged]]:
    facts = [fact for fact in facts if fact.kind in RESULT_KINDS]
    dues = {due for target in targets_at(facts).values() for due in due_dates(target, year)}
    reached = frozenset(due for due in dues if due <= as_of)
    known = tuple(fact.sequence for fact in facts)
    key = (known, year.months_completed(as_of), reached)
    if key not in memo:
        memo[key] = _attainment(facts, year, as_of)
    return memo[key]


def _attainment(
    facts: Sequence[Fact], year: FiscalYear, as_of: dt.date
) -> tuple[dict[str, Any], list[Judged]]:
    targets = targets_at(facts)
    reports: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind == "target_progress.reported":
            reports.setdefault(fact.data["indicator"], []).append(fact)
    by_weight = weights(targets)
    found = [
        judge(target, reports.get(name, ()), year, as_of, by_weight[name])
        for name, target in targets.items()
    ]
    judged = [one for one in found if one.stated["state"] == "judged"]
    stated = {
        "indicators": {one.stated["indicator"]: one.stated for one in found},
        "judged": len(judged),
        "attainment_rate_bp": _rolled_up(judged),
        "effect_rate_bp": _rolled_up([one for one in judged if one.behaviour in EFFECTS]),
        "light": worst([one.stated["light"] for one in judged]),
    }
    return stated, found


def _rolled_up(judged: Sequence[Judged]) -> int | None:
    """Weigh the shares of the judged, their weights renormalised (domain-rules 15)."""
    whole = sum((one.weight for one in judged), Fraction(0))
    if not whole:
        return None
    reached = sum((one.weight * (one.share or 0) for one in judged), Fraction(0))
    return half_up(reached / whole * WHOLE_BP)


def _quadrant(money_light: str | None, results_light: str | None) -> str | None:
    if money_light is None or results_light is None:
        return None
    if money_light in BEHIND:
        return "both_behind" if results_light in BEHIND else "money_behind"
    return "results_behind" if results_light in BEHIND else "on_track"


def _money_ahead(money_side: dict[str, Any], results: dict[str, Any]) -> int | None:
    rate, attained = money_side["money"]["execution_rate_bp"], results["attainment_rate_bp"]
    if rate is None or attained is None or results["effect_rate_bp"] is None:
        return None
    return rate - attained

"""Both monitors of a project and fiscal year together, in the words of `AssessmentMade`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from tests.oracle.book import Book
from tests.oracle.case import Case
from tests.oracle.corrections import Piece, as_charged, charged_on, moves
from tests.oracle.dates import FiscalYear
from tests.oracle.exact import WHOLE_BP, half_up
from tests.oracle.expected import Standard, Yardstick, profile_of
from tests.oracle.facts import Fact, Jurisdiction, Project
from tests.oracle.findings import findings_at
from tests.oracle.indicators import Occasion, due_dates, targets_at, weights
from tests.oracle.judged import Judged, judge
from tests.oracle.money import keep_book
from tests.oracle.setting import Setting
from tests.oracle.standard import execution
from tests.oracle.state import States, states

WORST_FIRST: Final = ("red", "yellow", "green", "blue")
BEHIND: Final = frozenset({"red", "yellow"})
RESULT_KINDS: Final = frozenset(
    {
        "targets.approved",
        "targets.adjusted",
        "target_progress.reported",
        "target_progress.withdrawn",
    }
)
EFFECTS: Final = frozenset({"progress", "timeliness", "quality"})
"""What money buys directly: enters earned value (domain-rules 15)."""
NOWHERE: Final = Jurisdiction("")
"""A jurisdiction that has said nothing."""


@dataclass
class Results:
    """Attainment: as stated, and what it is made of."""

    stated: dict[str, Any]
    indicators: list[Judged]
    effect: Fraction | None
    """Exact attainment of output quantity, timeliness and quality."""


Memo = dict[tuple[object, ...], Results]
"""Attainment by all that it depends on: payments come by the thousand and change nothing of it."""


@dataclass
class Assessment:
    """The two monitors as stated, and the exact values behind them that others look at."""

    stated: dict[str, Any]
    project: Project
    facts: Sequence[Fact]
    """Of the year, dated by the as-of date."""
    registration: Mapping[str, Any]
    book: Book
    yardstick: Yardstick
    standard: Standard | None
    results: Results
    states: States
    setting: Setting
    causes: list[Fact]
    """Of each finding, the entry that brought it about."""

    @property
    def indicators(self) -> list[Judged]:
        """The indicators, in order."""
        return self.results.indicators

    @property
    def occasion(self) -> Occasion:
        """What indicators are judged by."""
        return occasion(self.setting, self.states, self.book.year)


def assess(
    project: Project,
    year: FiscalYear,
    as_of: dt.date,
    *,
    within: Jurisdiction = NOWHERE,
    months_before: int | None = None,
    memo: Memo | None = None,
) -> Assessment:
    """Assess what is dated by the as-of date. `months_before` is given at an opened day only."""
    setting = Setting(within, as_of)
    every = project.years.get(year.year, ())
    facts = [fact for fact in every if fact.date <= as_of]
    registration = project.registered(as_of) or {}
    moved = moves(facts, every)
    charged = as_charged(facts, moved)
    now = {fact.sequence: charged_on(fact, moved, as_of) for fact in facts}
    book = keep_book(facts, year, moved)
    judged_from = setting.undistributed_from(year)
    book.undistributed_judged = judged_from is not None and judged_from <= as_of
    known = states(project, as_of)
    yardstick = _yardstick(charged, known, setting, year, registration)
    money_side, standard = execution(book, yardstick, as_of)
    results = _remembered(facts, occasion(setting, known, year), {} if memo is None else memo)
    case = Case(project.subject, registration, facts, every, now, book, known, setting)
    found = findings_at(case)
    lights = (money_side["light"], results.stated["light"])
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
        "attainment": results.stated,
        "light": worst(lights),
        "quadrant": _quadrant(*lights),
        "money_ahead_bp": _money_ahead(money_side, results.stated),
        "findings": [finding for finding, _ in found],
        "findings_total": len(found),
    }
    causes = [cause for _, cause in found]
    return Assessment(
        stated, project, facts, registration, book, yardstick, standard, results, known, setting,
        causes,
    )  # fmt: skip


def _yardstick(
    charged: Sequence[Piece],
    known: States,
    setting: Setting,
    year: FiscalYear,
    registration: Mapping[str, Any],
) -> Yardstick:
    """Give what the standard is made of: the class's profile, else the table, else months."""
    project_class = registration.get("project_class")
    own = setting.profile(year.year, project_class) if project_class else None
    judged_from = setting.undistributed_from(year)
    table = setting.profile(year.year, None)
    if own:
        return Yardstick(charged, known, judged_from, profile_of(own), "class_profile")
    if table:
        return Yardstick(charged, known, judged_from, profile_of(table), "assessment_table")
    return Yardstick(charged, known, judged_from)


def occasion(setting: Setting, known: States, year: FiscalYear) -> Occasion:
    """Give what indicators are judged by."""
    days = setting.parameters["overdue_working_days"]
    cut_offs = setting.cut_offs(year)
    return Occasion(year, setting.as_of, known, setting.calendar, days, cut_offs)


def worst(lights: Sequence[str | None]) -> str | None:
    """Give the worst light; null where there is none."""
    return min((light for light in lights if light), key=WORST_FIRST.index, default=None)


def _goal(facts: Sequence[Fact]) -> str:
    goals = [fact.data.get("goal") for fact in facts if fact.kind == "targets.approved"]
    return next((goal for goal in reversed(goals) if goal), "")


def _remembered(facts: Sequence[Fact], when: Occasion, memo: Memo) -> Results:
    facts = [fact for fact in facts if fact.kind in RESULT_KINDS]
    targets = targets_at(facts).values()
    dues = {due for one in targets for due in due_dates(one, when.year, when.cut_offs)}
    reached = frozenset(due for due in dues if due <= when.as_of)
    known = tuple(fact.sequence for fact in facts)
    months = when.year.months_completed(when.as_of)
    measured_by = (when.states, when.calendar, when.overdue_working_days, when.cut_offs)
    key = (known, months, reached, *measured_by)
    if key not in memo:
        memo[key] = _attainment(facts, when)
    return memo[key]


def reports_of(facts: Sequence[Fact]) -> dict[str, list[Fact]]:
    """Give the results of each indicator, in order, but for those that were taken back.

    A withdrawal takes back only what stands before it in the stream.
    """
    taken_back = {
        (fact.data["indicator"], entry)
        for fact in facts
        if fact.kind == "target_progress.withdrawn"
        for entry in fact.data["entries"]
        if entry < fact.sequence
    }
    reports: dict[str, list[Fact]] = {}
    for fact in facts:
        if (fact.data.get("indicator"), fact.sequence) in taken_back:
            continue
        if fact.kind == "target_progress.reported":
            reports.setdefault(fact.data["indicator"], []).append(fact)
    return reports


def _attainment(facts: Sequence[Fact], when: Occasion) -> Results:
    targets = targets_at(facts)
    reports = reports_of(facts)
    by_weight = weights(targets)
    found = [
        judge(target, reports.get(name, ()), when, by_weight[name])
        for name, target in targets.items()
    ]
    judged = [one for one in found if one.stated["state"] == "judged"]
    effect = _rolled_up([one for one in judged if one.behaviour in EFFECTS])
    stated = {
        "indicators": {one.stated["indicator"]: one.stated for one in found},
        "judged": len(judged),
        "attainment_rate_bp": _basis_points(_rolled_up(judged)),
        "effect_rate_bp": _basis_points(effect),
        "light": worst([one.stated["light"] for one in judged]),
    }
    return Results(stated, found, effect)


def _basis_points(share: Fraction | None) -> int | None:
    return None if share is None else half_up(share * WHOLE_BP)


def _rolled_up(judged: Sequence[Judged]) -> Fraction | None:
    """Weigh the shares of the judged, their weights renormalised (domain-rules 15)."""
    whole = sum((one.weight for one in judged), Fraction(0))
    if not whole:
        return None
    return sum((one.weight * (one.share or 0) for one in judged), Fraction(0)) / whole


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

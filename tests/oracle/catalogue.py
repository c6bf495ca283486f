"""Rules of the catalogue beyond the first ones, each from its `basis` text (docs/oracle.md).

Amounts are fen, rates basis points, rounded half up once as every rate a rule compares.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.oracle.assessment import Assessment, reports_of
from tests.oracle.dates import day
from tests.oracle.earned import earned_value
from tests.oracle.exact import fen, rate_bp
from tests.oracle.extended import extended
from tests.oracle.indicators import targets_at
from tests.oracle.judged import Judged
from tests.oracle.moment import Answers, Moment, Parameters
from tests.oracle.outlook import outlook
from tests.oracle.pairing import carried_over_years, pairing
from tests.oracle.standing import is_new, lists_of

MEASURED: Final = frozenset({"plan", "contract"})
"""Bases that somebody prepared for the project itself."""
STANDING_STILL: Final = frozenset({"suspended", "completed", "terminated"})


def days_since_approval(moment: Moment) -> int | None:
    """Count days from the year's first approval; None without one."""
    approved = moment.assessment.book.approved_on
    return None if approved is None else (moment.as_of - approved).days


def is_listed(moment: Moment) -> bool:
    """Whether the project is on a priority list."""
    return bool(lists_of(moment.assessment))


def _carryover_unused(moment: Moment, parameters: Parameters) -> Answers:
    if moment.year.months_completed(moment.as_of) < parameters["months"]:
        return
    money = moment.execution["money"]
    carried, whole = fen(money["components"]["carryover"]), fen(money["adjusted_budget"])
    share = rate_bp(carried, whole) if whole > 0 else None
    if share is None or share <= parameters["share_above_bp"]:
        return
    used = 0
    for sums in moment.assessment.book.sums.values():
        of_line = sums.components.get("carryover", 0)
        used += max(0, min(sums.spent, of_line))
    reached = rate_bp(used, carried)
    if reached is not None and reached < parameters["used_below_bp"]:
        yield moment.project, "yellow"


def _unprepared(moment: Moment, parameters: Parameters) -> Answers:
    found = moment.assessment
    months = moment.year.months_completed(moment.as_of)
    since = days_since_approval(moment)
    if not is_new(found) or found.book.judged_budget <= 0:
        return
    if since is None or since <= parameters["days_after_approval"]:
        return
    money = moment.execution["money"]
    if any(fen(money[name]) > 0 for name in ("requested", "committed", "spent")):
        return
    if found.standard is not None and found.standard.basis in MEASURED:
        return
    if months >= parameters["months"]:
        yield moment.project, "yellow" if months >= parameters["yellow_from_months"] else "info"


def _large_adjustment(moment: Moment, parameters: Parameters) -> Answers:
    parts = {name: fen(text) for name, text in moment.execution["money"]["components"].items()}
    changed = parts["supplement"] + parts["passed_down"] + parts["virement"]
    changed -= parts["cut"] + parts["recovered"]
    if parts["original"] > 0:
        share = rate_bp(abs(changed), parts["original"])
        if share is not None and share > parameters["above_bp"]:
            yield moment.project, "yellow"


def _targets_reset(moment: Moment, parameters: Parameters) -> Answers:
    said = pairing(moment.assessment)
    changed = said["targets_changed_on"]
    if changed is None or said["targets_changed_for_cut"]:
        return
    if (moment.as_of - day(changed)).days <= parameters["days"]:
        yield moment.project, "yellow"


def _cut_without_targets(moment: Moment, parameters: Parameters) -> Answers:
    passed = pairing(moment.assessment)["unpaired_cut_working_days"]
    if passed is not None and passed > parameters["working_days"]:
        yield moment.project, "yellow"


def _carried_for_years(moment: Moment, parameters: Parameters) -> Answers:
    if carried_over_years(moment.assessment) >= parameters["years"]:
        yield moment.project, "yellow"


def _undistributed_late(moment: Moment, parameters: Parameters) -> Answers:
    if moment.year.months_completed(moment.as_of) < parameters["months"]:
        return
    book = moment.assessment.book
    for line in book.lines:
        sums = book.sums.get(line)
        if book.is_undistributed(line) and sums is not None and sums.budget > 0:
            yield line, "yellow"


def _not_reported(moment: Moment, _: Parameters) -> Answers:
    for indicator in moment.assessment.indicators:
        overdue = indicator.stated["overdue_on"]
        if overdue is not None and overdue <= moment.as_of.isoformat():
            yield indicator.stated["indicator"], "yellow"


def _milestone_overdue(moment: Moment, parameters: Parameters) -> Answers:
    found = moment.assessment
    if found.states.at(moment.as_of).state in STANDING_STILL:
        return
    if extended(found)["milestones_overdue"] >= parameters["from"]:
        yield moment.project, "yellow"


def _problem_overdue(moment: Moment, parameters: Parameters) -> Answers:
    counted = extended(moment.assessment)
    if counted["problems_overdue"] >= parameters["from"]:
        yield moment.project, "red" if counted["problems_serious"] else "yellow"


def _serious_problem(moment: Moment, _: Parameters) -> Answers:
    if extended(moment.assessment)["problems_serious"]:
        yield moment.project, "red"


def _far_above(moment: Moment, parameters: Parameters) -> Answers:
    for indicator in moment.assessment.indicators:
        stated = indicator.stated
        share = stated["raw_attainment_bp"]
        if stated["state"] == "judged" and share is not None and share > parameters["above_bp"]:
            yield stated["indicator"], "info"


def _misses_target(moment: Moment, parameters: Parameters) -> Answers:
    found = moment.assessment
    likely = _probabilities(found)
    for indicator in found.indicators:
        name = indicator.stated["indicator"]
        share = likely.get(name)
        if share is None or not _is_behind(indicator):
            continue
        if share < parameters["red_below_bp"]:
            yield name, "red"
        elif share < parameters["yellow_below_bp"]:
            yield name, "yellow"


def _is_behind(indicator: Judged) -> bool:
    """Whether a judged indicator does not keep pace today."""
    stated = indicator.stated
    if stated["state"] != "judged":
        return False
    if indicator.by_ratio:
        return bool(stated["ratio_bp"] < 10_000)
    return bool(stated["light"] != "green")


def _probabilities(found: Assessment) -> dict[str, int | None]:
    return {name: said["probability_bp"] for name, said in outlooks(found)}


def outlooks(found: Assessment) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """State how each indicator is heading."""
    reports = reports_of(found.facts)
    for name, target in targets_at(found.facts).items():
        yield name, outlook(target, reports.get(name, ()), found.occasion)


def _low_performance(moment: Moment, parameters: Parameters) -> Answers:
    found = moment.assessment
    earned = earned_value(found)
    cpi = earned["cpi_bp"] if earned else None
    behind = found.results.stated["light"] in {"yellow", "red"}
    if cpi is not None and cpi < parameters["below_bp"] and behind:
        yield moment.project, "yellow"


def _serious_deviation(moment: Moment, _: Parameters) -> Answers:
    found = moment.assessment
    both = moment.execution["light"] == found.results.stated["light"] == "red"
    if both and found.standard is not None and found.standard.basis != "months":
        yield moment.project, "red"


def _targets_missing(moment: Moment, parameters: Parameters) -> Answers:
    found, since = moment.assessment, days_since_approval(moment)
    if found.indicators or found.book.judged_budget <= 0:
        return
    if since is not None and since > parameters["days_after_approval"]:
        yield moment.project, "yellow"


CATALOGUE: Final[Mapping[str, Callable[[Moment, Parameters], Answers]]] = {
    "carryover_unused": _carryover_unused,
    "new_project_unprepared": _unprepared,
    "large_budget_adjustment": _large_adjustment,
    "targets_reset": _targets_reset,
    "cut_without_targets": _cut_without_targets,
    "carryover_two_years": _carried_for_years,
    "undistributed_late": _undistributed_late,
    "indicator_not_reported": _not_reported,
    "milestone_overdue": _milestone_overdue,
    "problem_overdue": _problem_overdue,
    "serious_problem_open": _serious_problem,
    "indicator_far_above_target": _far_above,
    "forecast_misses_target": _misses_target,
    "cost_performance_low": _low_performance,
    "serious_deviation": _serious_deviation,
    "targets_missing": _targets_missing,
}

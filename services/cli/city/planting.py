"""What is planted: deviations of the catalogue, each with what it asks of its project's year.

All sizes are constants of this module and of `incidents`; no rule's parameter is read, so that
the rules cannot be right by construction. From which day a result counts as behind is told by
the standard's own bound (`indicators.BEHIND_BP`): there they can.
"""

from collections.abc import Collection
from typing import Final, NamedTuple

from services.cli.city.chance import Chance
from services.cli.city.curves import CRAWL, FRONT, RUSH, STEADY, UNPREPARED, ZERO, Curve


class Plant(NamedTuple):
    """One kind of deviation."""

    kind: str
    planned: bool | None = None
    """Whether the year has a spending plan; None: as it comes."""
    contract: bool | None = None
    suspicion: bool = False
    """A payment for review: not among subsidies, where payments look alike and are right."""
    least_yuan: int = 0
    """Its year's budget is at least so much."""
    curve: Curve | None = None
    """How its money goes out instead."""
    pace: tuple[int, int] | None = None
    """Share of the curve that is spent, basis points."""
    plan_curve: Curve | None = None
    """What its plan promises, if not what is spent."""
    channel: str | None = None
    carryover: bool = False
    indicator: str | None = None
    """Key of the indicator that goes wrong."""
    incident: str | None = None
    """Name of the thing that happens (incidents.INCIDENTS)."""
    months: tuple[int, int] = (4, 6)
    """Months in which it happens."""
    new: bool = False
    """Only in a project's first year."""
    seen: tuple[int, int] | None = None
    """Month and day from which it is there, for what happens by not happening."""
    implies: tuple[str, ...] = ()
    """Other kinds that the same facts may amount to."""


_SLOW: Final = (3_000, 4_800)
_AHEAD: Final = ("money_ahead_of_results",)

PLANTS: Final = (
    # Timeliness (Art. 10)
    Plant("execution_behind_plan", planned=True, curve=STEADY, pace=_SLOW, seen=(4, 30)),
    Plant("execution_behind_months", planned=False, contract=False, curve=STEADY, pace=_SLOW,
          seen=(6, 30)),
    Plant("zero_execution_half_year", planned=True, contract=False, curve=ZERO,
          plan_curve=STEADY, seen=(6, 30), implies=("execution_behind_plan",)),
    Plant("december_rush", planned=False, contract=False, curve=RUSH, seen=(12, 15),
          implies=("execution_behind_months",)),
    Plant("carryover_unused", planned=False, contract=False, curve=STEADY, carryover=True,
          seen=(6, 30), implies=("execution_behind_months",)),
    Plant("carryover_two_years", incident="carryover_two_years", months=(1, 1)),
    Plant("new_project_unprepared", planned=False, contract=False, curve=UNPREPARED, new=True,
          seen=(4, 30), implies=("execution_behind_months",)),
    Plant("large_adjustment", planned=False, curve=STEADY, incident="large_adjustment",
          months=(5, 8)),
    Plant("targets_reset", incident="targets_reset", months=(5, 9)),
    Plant("report_missing", indicator="quality"),
    Plant("report_late", indicator="cost"),
    # Compliance
    Plant("spending_without_budget", incident="unknown_line"),
    Plant("spending_on_closed_line", incident="closed_line",
          implies=("spending_without_budget",)),
    Plant("spending_without_line", incident="no_line", months=(5, 6),
          implies=("spending_without_budget",)),
    Plant("spending_on_other_project", incident="other_project",
          implies=("spending_without_budget",)),
    Plant("over_budget", incident="over_budget", months=(5, 11), implies=_AHEAD),
    Plant("zero_budget_spending", incident="zero_budget", implies=("over_budget",)),
    Plant("function_class_mismatch", incident="function_mismatch"),
    Plant("economic_class_mismatch", incident="economic_mismatch"),
    Plant("fund_type_mismatch", incident="fund_mismatch"),
    Plant("duplicate_payment", suspicion=True, curve=STEADY, incident="duplicate"),
    Plant("split_payments", suspicion=True, least_yuan=1_500_000, curve=STEADY, incident="split"),
    Plant("round_sum_payments", suspicion=True, curve=STEADY, incident="round_sums"),
    Plant("payee_outside_contract", contract=True, suspicion=True, least_yuan=1_000_000,
          incident="other_payee"),
    Plant("payment_over_contract", contract=True, incident="over_contract", months=(7, 10),
          implies=_AHEAD),
    Plant("spending_above_disbursement", channel="allocation", incident="above_disbursement",
          implies=_AHEAD),
    Plant("spending_above_plan", planned=True, contract=False, curve=STEADY,
          incident="above_plan", implies=_AHEAD),
    Plant("negative_net_spend", incident="negative_net"),
    Plant("budget_period_spans_years", incident="spanning_period", months=(2, 5)),
    Plant("undistributed_late", seen=(9, 30)),
    # Effectiveness
    Plant("indicator_behind", indicator="quantity", implies=_AHEAD),
    Plant("indicator_behind_periodic", indicator="periodic", implies=_AHEAD),
    Plant("quality_below_target", indicator="quality", implies=_AHEAD),
    Plant("value_outside_range", indicator="range", implies=_AHEAD),
    Plant("deadline_missed", indicator="deadline", implies=_AHEAD),
    Plant("acceptance_missed", indicator="acceptance", implies=_AHEAD),
    Plant("cost_above_target", indicator="cost", implies=_AHEAD),
    Plant("zero_target_missed", indicator="accidents", implies=_AHEAD),
    Plant("reverse_indicator_exceeded", indicator="complaints", implies=_AHEAD),
    Plant("qualitative_not_met", indicator="effect", implies=_AHEAD),
    Plant("satisfaction_below_target", indicator="satisfaction", implies=_AHEAD),
    Plant("money_ahead_of_results", planned=True, contract=False, curve=FRONT,
          indicator="quantity", seen=(6, 30), implies=("indicator_behind",)),
    # What comes about of itself (UNASSIGNED)
    Plant("awaiting_budget"),
    Plant("problem_overdue"),
    # Measures that do not come in pairs (Art. 14)
    Plant("cut_without_target_adjustment", incident="unpaired_cut", months=(5, 9)),
)  # fmt: skip
"""Every kind there is."""

UNASSIGNED: Final = frozenset({"undistributed_late", "awaiting_budget", "problem_overdue"})
"""Kinds that no project is chosen for: reserves that stay undistributed, January's payments ahead
of their budget, problems that nobody puts right. They are rare and of projects in order."""
CRAWLING: Final = CRAWL
"""How carried over money goes out that is hardly used."""
EACH_PROJECTS: Final = 2
"""In a small city one project in so many is planted, until every kind is there."""
SHARE_PERCENT: Final = 15
"""In a large city so many of a hundred projects are planted."""


def assigned(
    projects: int, newcomers: set[int], chance: Chance, subsidies: Collection[int] = ()
) -> dict[int, Plant]:
    """Choose which projects (by place) carry which deviation in a year."""
    kinds = [plant for plant in PLANTS if plant.kind not in UNASSIGNED]
    wanted = max(min(len(kinds), projects // EACH_PROJECTS), projects * SHARE_PERCENT // 100)
    places = list(range(projects))
    chance.shuffle(places)
    fresh = [place for place in places if place in newcomers]
    others = [place for place in places if place not in newcomers]
    chance.shuffle(kinds)
    chosen: dict[int, Plant] = {}
    for number in range(wanted):
        plant = kinds[number % len(kinds)]
        pool = fresh if plant.new else others or fresh
        place = _last(pool, subsidies if plant.suspicion else ())
        if place is not None:
            pool.remove(place)
            chosen[place] = plant
    return chosen


def _last(pool: list[int], without: Collection[int]) -> int | None:
    return next((place for place in reversed(pool) if place not in without), None)

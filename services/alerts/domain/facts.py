"""The facts a rule may speak about: names, types, units, meanings. A rule knows nothing else.

Amounts are integer fen, rates integer basis points (the rule language has no decimals and does
not mix integers with floating point). A figure that can be undefined is *nullable*: the rule
sees `has_<name>` beside it and must ask that first. Codes are never null but "" where there is
none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final

FactValue = int | str | bool
Facts = Mapping[str, FactValue]
"""What is known, complete: nullable facts that are null are left out, `has_…` flags are in."""

RawFacts = Mapping[str, FactValue | None]
"""What was measured, with null where a figure is undefined and no `has_…` flags yet."""

HAS: Final = "has_"
TRUTH: Final = {True: "true", False: "false"}


class FactType(StrEnum):
    """Types that facts and parameters have."""

    INT = "int"
    STRING = "string"
    BOOL = "bool"


PYTHON_TYPES: Final[dict[FactType, type]] = {
    FactType.INT: int,
    FactType.STRING: str,
    FactType.BOOL: bool,
}


class Scope(StrEnum):
    """What a rule looks at: every rule sees the project's facts, and those of one thing in it."""

    PROJECT = "project"
    INDICATOR = "indicator"
    FINDING = "finding"
    LINE = "line"
    UNIT = "unit"
    """A unit's lines together (domain-rules 8); no single project's facts are known there."""
    DEPARTMENT = "department"
    """A department's projects together; no single project's facts are known there."""
    QUARANTINE = "quarantine"
    """What intake keeps apart; no project's facts are known there."""
    PAPERS = "papers"
    """What an organisation has to hand in; no project's facts are known there."""


WITHIN_PROJECT: Final = frozenset({Scope.PROJECT, Scope.INDICATOR, Scope.FINDING, Scope.LINE})
"""Scopes in which the project's facts are known too."""


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One word of the rule language."""

    name: str
    """As rules write it; facts of an indicator or finding carry that prefix."""
    type: FactType
    """Its type."""
    unit: str
    """fen, bp, days, months …; empty where it counts or names something."""
    meaning: str
    """One sentence."""
    nullable: bool = False
    """Whether it can be undefined."""

    @property
    def scope(self) -> Scope:
        """Where it is known; a project's facts are known everywhere."""
        prefix, dot, _ = self.name.partition(".")
        return Scope(prefix) if dot else Scope.PROJECT

    @property
    def flag(self) -> str:
        """Name of the boolean that says whether a nullable fact is there."""
        return flag_of(self.name)


def flag_of(name: str) -> str:
    """Name the flag of a nullable fact: ratio_bp → has_ratio_bp, indicator.x → indicator.has_x."""
    prefix, dot, last = name.rpartition(".")
    return f"{prefix}{dot}{HAS}{last}"


def _int(name: str, unit: str, meaning: str, *, nullable: bool = False) -> FactSpec:
    return FactSpec(name, FactType.INT, unit, meaning, nullable)


def _code(name: str, meaning: str) -> FactSpec:
    return FactSpec(name, FactType.STRING, "", meaning)


def _flag(name: str, meaning: str, *, nullable: bool = False) -> FactSpec:
    return FactSpec(name, FactType.BOOL, "", meaning, nullable)


PROJECT_FACTS: Final = (
    _int("fiscal_year", "", "Year assessed, named by the calendar year in which it begins."),
    _int("months_completed", "months", "Completed months of the fiscal year at the date."),
    _int("months_completed_before", "months", "The same at the day opened before; 0 if none."),
    _flag("settled", "True for the state at an opened day, false between day boundaries."),
    _int(
        "days_since_approval",
        "days",
        "Days from the first approval of a budget line of the year to the date.",
        nullable=True,
    ),
    _code("lead_unit", "Unit that answers for the project."),
    _code("department", "Its competent department."),
    _int("adjusted_budget", "fen", "调整后预算数 of the project and year."),
    _int("original_budget", "fen", "年初预算数."),
    _int("carryover", "fen", "上年结转 within the adjusted budget."),
    _int(
        "carryover_spent",
        "fen",
        "Spent of the carryover: of each line with carryover what is spent on it, at most that.",
    ),
    _int("carryover_used_bp", "bp", "The same ÷ carryover.", nullable=True),
    _int(
        "adjusted_after_approval",
        "fen",
        "Supplements, passed down and virements in less cuts, recoveries and virements out; "
        "neither carryover nor what was distributed.",
    ),
    _int(
        "adjustment_share_bp",
        "bp",
        "The same, whatever its sign, ÷ original budget; null without one.",
        nullable=True,
    ),
    _int("undistributed_budget", "fen", "Adjusted budget of undistributed lines (not judged)."),
    _int("judged_budget", "fen", "Adjusted budget less that of undistributed lines."),
    _int("committed", "fen", "Contracts signed, net of releases, whether paid or not."),
    _int("unpaid_committed", "fen", "Commitments that are not yet paid."),
    _int("requested", "fen", "Payment applications filed."),
    _int("disbursed", "fen", "拨付, net of returns."),
    _int("spent", "fen", "执行数, net of reversals."),
    _int("reversed", "fen", "Same-year reversals that `spent` is net of."),
    _int("balance", "fen", "Adjusted budget less spent."),
    _int("expected_spent", "fen", "What should be spent at the date.", nullable=True),
    _int("execution_rate_bp", "bp", "执行率 on the adjusted budget.", nullable=True),
    _int("expected_rate_bp", "bp", "考核进度 on the adjusted budget.", nullable=True),
    _int("ratio_bp", "bp", "Execution rate ÷ expected rate.", nullable=True),
    _int("deviation_points_bp", "bp", "Execution rate − expected rate.", nullable=True),
    _code("expected_basis", "plan, contract, class_profile, assessment_table or months."),
    _code("execution_light", "Light of the money alone."),
    _int("indicators", "", "How many indicators the year's targets have."),
    _int("judged_indicators", "", "How many indicators are judged at the date."),
    _int("attainment_rate_bp", "bp", "Weighted attainment of the judged ones.", nullable=True),
    _int("effect_rate_bp", "bp", "The same over quantity, time and quality.", nullable=True),
    _code("attainment_light", "Worst light of the judged indicators."),
    _code("light", "Light of the project."),
    _code("quadrant", "Execution and attainment side by side."),
    _int("money_ahead_bp", "bp", "Execution rate − attainment.", nullable=True),
    _int("findings", "", "How many compliance findings hold."),
)
STANDING_FACTS: Final = (
    _code("project_class", "recurrent, procurement, construction, subsidy or one_off."),
    _code("control_mode", "What limits payments: allotment or allotment_and_plan."),
    _flag("new_this_year", "Whether its first budget is this year's."),
    _code("state", "active, suspended, completed or terminated."),
    _flag("priority_bureau", "财政重点监控: whether it is on the bureau's list."),
    _flag("priority_department", "部门重点监控: whether it is on a department's list."),
    _flag("frozen", "Its publisher has been silent too long to judge its execution."),
    _int("late_facts", "", "Facts of the year that came after their day had ended."),
    _flag("closed", "Whether the fiscal year is closed."),
    _int(
        "days_since_targets_changed",
        "days",
        "Days since a target that had been stated on an earlier day was stated anew or withdrawn.",
        nullable=True,
    ),
    _flag(
        "targets_changed_for_cut",
        "Whether that was the first change on or after a cut on objective grounds: its pair.",
    ),
    _int(
        "unpaired_cut_working_days",
        "working days",
        "Working days since a cut on objective grounds on or after which no target was stated.",
        nullable=True,
    ),
    _int("carried_over_years", "years", "Years since the oldest money still carried over began."),
    _int("carryover_share_bp", "bp", "上年结转 ÷ adjusted budget.", nullable=True),
    _int("forecast_spent", "fen", "Spending foreseen for the year's end.", nullable=True),
    _int("forecast_rate_bp", "bp", "The same ÷ adjusted budget.", nullable=True),
    _int("forecast_carryover", "fen", "预计结转.", nullable=True),
    _int("forecast_surplus", "fen", "预计结余.", nullable=True),
    _int("cpi_bp", "bp", "Earned value ÷ spent.", nullable=True),
    _int("spi_bp", "bp", "Earned value ÷ planned value.", nullable=True),
    _int("spi_t_bp", "bp", "Earned schedule ÷ actual time.", nullable=True),
    _int("milestones_overdue", "", "Milestones past their day and not met."),
    _int("problems_open", "", "Problems registered and not ended."),
    _int("problems_serious", "", "Of them serious (Art. 14(2))."),
    _int("problems_overdue", "", "Of them past their term 整改期限."),
    _int("problems_amount", "fen", "Money that open problems concern."),
    _int("checks_failed", "", "Checks that found something to put right."),
    _int("plan_changes", "", "Changes of the implementation plan 实施计划调整."),
    _flag("disbursement_stopped", "Whether the last decision about disbursing stops it."),
)
"""What stands beside the two monitors."""
INDICATOR_FACTS: Final = (
    _code("indicator.name", "三级指标."),
    _code("indicator.level_1", "一级指标 (code)."),
    _code("indicator.level_2", "二级指标 (code)."),
    _code("indicator.behaviour", "progress, quality, timeliness, cost, outcome, satisfaction."),
    _code("indicator.direction", "at_least, at_most, equal or range."),
    _code("indicator.unit", "Unit of measure."),
    _code("indicator.target", "Annual target as written."),
    _code("indicator.expected", "What is expected at the date, as a number."),
    _code("indicator.actual", "Last result as written."),
    _code("indicator.grade", "Grade of a qualitative result."),
    _code("indicator.state", "judged, not_yet_due, not_reported or not_judgeable."),
    _flag("indicator.judged_by_ratio", "Whether its light comes from the ratio."),
    _int("indicator.ratio_bp", "bp", "Actual ÷ expected at the date.", nullable=True),
    _int("indicator.attainment_bp", "bp", "Degree of completion, capped.", nullable=True),
    _int(
        "indicator.raw_attainment_bp",
        "bp",
        "Actual ÷ annual target as it is, also below 0 or above 100 %.",
        nullable=True,
    ),
    _flag("indicator.met", "Whether the annual target is met.", nullable=True),
    _int("indicator.weight_bp", "bp", "Weight before renormalising."),
    _code("indicator.light", "Its light."),
    _int("indicator.days_since_report", "days", "Days since the last result.", nullable=True),
    _int("indicator.days_to_due", "days", "Days to the next due date.", nullable=True),
    _int(
        "indicator.days_overdue",
        "days",
        "Days from the day on which the missing result was overdue; null: none is missing.",
        nullable=True,
    ),
    _code("indicator.trend", "rising, steady, falling or not_enough_data."),
    _code("indicator.forecast", "Result foreseen for the year's last due date, as a number."),
    _int("indicator.probability_bp", "bp", "How likely the annual target is met.", nullable=True),
    _code("indicator.possibility", "certain, possible or impossible: 完成目标可能性 proposed."),
)
LINE_FACTS: Final = (
    _code("line.unit", "Its unit."),
    _code("line.account", "Budget it is of."),
    _code("line.channel", "treasury_payment, allocation or own_funds."),
    _code("line.function", "Functional class 功能分类."),
    _flag("line.undistributed", "待分配: shown, not judged."),
    _int("line.adjusted_budget", "fen", "调整后预算数 of the line."),
    _int("line.original_budget", "fen", "年初预算数 of the line."),
    _int("line.carryover", "fen", "上年结转 within it."),
    _int("line.committed", "fen", "Contracts signed on it, net of releases."),
    _int("line.requested", "fen", "Payment applications filed on it."),
    _int("line.disbursed", "fen", "拨付 on it, net of returns."),
    _int("line.spent", "fen", "执行数 of it, net of reversals."),
    _int("line.balance", "fen", "Its adjusted budget less spent."),
    _int("line.expected_spent", "fen", "What should be spent on it at the date.", nullable=True),
    _code("line.expected_basis", "What that rests on."),
    _int("line.execution_rate_bp", "bp", "执行率 of the line.", nullable=True),
)
FINDING_FACTS: Final = (
    _code("finding.kind", "What is found."),
    _code("finding.nature", "finding, information, suspicion or for_review: how much it claims."),
    _code("finding.subject", "Line, document or entry it is about."),
    _int("finding.amount", "fen", "Amount at fault."),
    _int("finding.entry_sequence", "", "Ledger entry that brought it about."),
    _int("finding.days_since", "days", "Days from that entry's business date to the date."),
    _flag("finding.provisional", "True until the next opened day confirms it."),
)


def _rollup_facts(scope: Scope) -> tuple[FactSpec, ...]:
    """Name the facts of a unit's lines, or of the projects that a department answers for."""
    return tuple(
        FactSpec(f"{scope}.{spec.name}", spec.type, spec.unit, spec.meaning, spec.nullable)
        for spec in (
            _code("code", "Its code."),
            _code("name", "Its name; empty while it is not registered."),
            _int("fiscal_year", "", "Year assessed."),
            _int("months_completed", "months", "Completed months of the year at the date."),
            _int("months_completed_before", "months", "The same at the day opened before."),
            _int("projects", "", "Projects with a budget in the year."),
            _int("judged_projects", "", "Of them those that have a light."),
            _int("red_projects", "", "Of these red."),
            _int("yellow_projects", "", "Of these yellow."),
            _int("red_share_bp", "bp", "Red ÷ judged projects.", nullable=True),
            _int("adjusted_budget", "fen", "调整后预算数 together."),
            _int("judged_budget", "fen", "The same without undistributed lines."),
            _int("spent", "fen", "执行数 together."),
            _int(
                "expecting_projects",
                "",
                "Projects whose execution is judged: something is expected of them, they are not "
                "frozen, and, where months alone say what is, not within the days after approval "
                "(90) for which their own alerts wait.",
            ),
            _int("frozen_projects", "", "Projects whose publisher has been silent too long."),
            _int(
                "expected_spent",
                "fen",
                "What should be spent on those judged at the date.",
                nullable=True,
            ),
            _int("spent_of_expecting", "fen", "执行数 of those judged."),
            _int("unpaid_committed", "fen", "Commitments of those judged, not yet paid."),
            _int("execution_rate_bp", "bp", "执行率 together.", nullable=True),
            _int("ratio_bp", "bp", "Spent ÷ expected, of those judged.", nullable=True),
            _int(
                "firm_ratio_bp",
                "bp",
                "The same of those whose expectation rests on more than months.",
                nullable=True,
            ),
            _int("indicators_overdue", "", "Indicators whose result is overdue."),
        )
    )


UNIT_FACTS: Final = _rollup_facts(Scope.UNIT)
DEPARTMENT_FACTS: Final = _rollup_facts(Scope.DEPARTMENT)
QUARANTINE_FACTS: Final = (
    _code("quarantine.reason", "Why: conflict, document_repeated, invalid and so on."),
    _int("quarantine.open", "", "Open entries of this reason, project and year."),
    _code("quarantine.publisher", "Who stated the last one."),
    _code("quarantine.code", "Code of the last one's problem."),
    _code("quarantine.door", "Door the last one came through."),
)
PAPERS_FACTS: Final = (
    _code("papers.kind", "What is to be handed in: form or report."),
    _code("papers.campaign", "Name of the campaign that asks for it."),
    _code("papers.dueness", "How it stands: coming, overdue, done."),
    _code("papers.due_on", "Day it is due on."),
    _int("papers.days_left", "days", "Calendar days until then; negative: days it is overdue."),
    _int("papers.missing", "", "How many papers are missing."),
    _int("papers.asked", "", "How many are asked for.", nullable=True),
)
SPECS: Final[Mapping[str, FactSpec]] = {
    spec.name: spec
    for spec in (
        *PROJECT_FACTS,
        *STANDING_FACTS,
        *INDICATOR_FACTS,
        *FINDING_FACTS,
        *LINE_FACTS,
        *UNIT_FACTS,
        *DEPARTMENT_FACTS,
        *QUARANTINE_FACTS,
        *PAPERS_FACTS,
    )
}
"""Every fact by name."""

FLAGS: Final[Mapping[str, str]] = {name: spec.flag for name, spec in SPECS.items() if spec.nullable}
"""Flag of every nullable fact."""


@cache
def known_to(scope: Scope) -> Mapping[str, FactSpec]:
    """Return the facts that a rule of this scope may use, without their flags."""
    shared = {Scope.PROJECT} if scope in WITHIN_PROJECT else set()
    found = {name: spec for name, spec in SPECS.items() if spec.scope in {*shared, scope}}
    return MappingProxyType(found)


def types_of(scope: Scope) -> dict[str, FactType]:
    """Return name → type of everything a rule of this scope may write, flags included."""
    specs = known_to(scope).values()
    flags = {spec.flag: FactType.BOOL for spec in specs if spec.nullable}
    return {spec.name: spec.type for spec in specs} | flags


def complete(raw: RawFacts) -> dict[str, FactValue]:
    """Make measured facts ready for rules: null ones become a false flag and nothing else.

    A null fact is left out rather than given as 0, so that a rule which forgets to ask for the
    flag fails (and is counted) instead of seeing a figure that nobody measured.
    """
    facts: dict[str, FactValue] = {}
    for name, value in raw.items():
        flag = FLAGS.get(name)
        if flag is not None:
            facts[flag] = value is not None
        if value is not None:
            facts[name] = value
    return facts


def describe(name: str, value: FactValue) -> str:
    """Write a fact as a person reads it, with its unit: "5999 bp", "123450 fen", "true"."""
    word = TRUTH[value] if isinstance(value, bool) else str(value)
    unit = SPECS[name].unit
    return f"{word} {unit}" if unit else word

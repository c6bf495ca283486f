"""Closed lists of what Dualwatch says about a project."""

from enum import StrEnum


class ExpectedBasis(StrEnum):
    """What the expected progress rests on, in order of authority (domain-rules 10)."""

    PLAN = "plan"
    CONTRACT = "contract"
    CLASS_PROFILE = "class_profile"
    ASSESSMENT_TABLE = "assessment_table"
    MONTHS = "months"


class AttainmentState(StrEnum):
    """Whether an indicator can be judged at a date (domain-rules 14, 15)."""

    JUDGED = "judged"
    NOT_YET_DUE = "not_yet_due"
    NOT_REPORTED = "not_reported"
    NOT_JUDGEABLE = "not_judgeable"


class Light(StrEnum):
    """Traffic light; worst first: red > yellow > green > blue (domain-rules 12)."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"


class Quadrant(StrEnum):
    """Execution and attainment side by side (Art. 2)."""

    ON_TRACK = "on_track"
    """Both on standard."""
    MONEY_BEHIND = "money_behind"
    """Results on standard, execution behind."""
    RESULTS_BEHIND = "results_behind"
    """Execution on standard, results behind: 花钱没办成事."""
    BOTH_BEHIND = "both_behind"


class Aspect(StrEnum):
    """The three kinds of monitoring of Art. 10."""

    TIMELINESS = "timeliness"
    COMPLIANCE = "compliance"
    EFFECTIVENESS = "effectiveness"


class Severity(StrEnum):
    """How much an alert demands; red before yellow before info."""

    INFO = "info"
    YELLOW = "yellow"
    RED = "red"


class FindingKind(StrEnum):
    """What a compliance finding says; judged from facts alone (Art. 10, domain-rules 17)."""

    SPENDING_WITHOUT_BUDGET = "spending_without_budget"
    """无预算开支."""
    AWAITING_BUDGET = "awaiting_budget"
    """Spending without a line before the approval's grace period ends (domain-rules 17a)."""
    OVER_BUDGET = "over_budget"
    """超预算开支: a line's spending exceeds its adjusted budget."""
    NEGATIVE_NET_SPEND = "negative_net_spend"
    """More reversed than spent (domain-rules 13)."""
    BUDGET_PERIOD_SPANS_YEARS = "budget_period_spans_years"
    """A budget whose period is not within one fiscal year: recorded, not counted."""

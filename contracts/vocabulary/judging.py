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
    ABOVE_PLAN = "above_plan"
    """超计划支付: spending exceeds the plan's periods begun; in control mode
    `allotment_and_plan` alone (domain-rules 17e)."""
    ABOVE_DISBURSEMENT = "above_disbursement"
    """An allocation line spent more than it was disbursed (domain-rules 1)."""
    DIVERSION = "diversion"
    """挤占挪用: a payment's budget or class is not that of its line (domain-rules 17c)."""
    ASSET_ABOVE_STANDARD = "asset_above_standard"
    """超标准配置资产 (Art. 8(3), 10)."""
    SPENDING_AFTER_END = "spending_after_end"
    """Spending dated after the project was completed or terminated (closed pro_code), or went on
    as others."""
    SPENDING_WHILE_SUSPENDED = "spending_while_suspended"
    """Spending while the project is suspended, or its disbursing is stopped (Art. 14(2),
    domain-rules 18)."""
    DUPLICATE_PAYMENT = "duplicate_payment"
    """疑似重复支付: one payee, one day, one amount, several payments (domain-rules 17d)."""
    SPLIT_PAYMENT = "split_payment"
    """疑似拆分支付: several payments to one payee on one day, each below a limit that their sum
    reaches (domain-rules 17d)."""
    ROUND_PAYMENT = "round_payment"
    """疑似整数支付: a large payment of a round sum (domain-rules 17d)."""
    YEAR_END_RUSH = "year_end_rush"
    """年底突击花钱: the last month's share of the year's spending is large."""
    PAYMENT_OVER_CONTRACT = "payment_over_contract"
    """疑似超合同支付: more was paid under a contract than is signed of it for the year (17d)."""
    PAYEE_OUTSIDE_CONTRACT = "payee_outside_contract"
    """疑似向合同外主体付款: a payment names a contract and goes to none of its parties (17d)."""
    DISBURSED_WHILE_STOPPED = "disbursed_while_stopped"
    """暂停、停拨或终结后拨付: disbursing that is not spending at once while the project is
    suspended or its disbursing is stopped, or after its end (Art. 14(2), domain-rules 18)."""


class FindingNature(StrEnum):
    """How much a finding claims (domain-rules 17d, 18)."""

    FINDING = "finding"
    """It follows from the facts."""
    INFORMATION = "information"
    """Lawful or awaited; shown, not judged (domain-rules 17a)."""
    SUSPICION = "suspicion"
    """疑点: for review, never called a violation (domain-rules 17d)."""
    FOR_REVIEW = "for_review"
    """A person decides: procurement had begun before a suspension (domain-rules 18)."""


class ForecastMethod(StrEnum):
    """How spending at the year's end is foreseen."""

    RUN_RATE = "run_rate"
    """Spent in the completed months ÷ their number × 12."""
    PLAN_FOLLOWING = "plan_following"
    """Spent so far, and what the standard still expects by the year's last day; also where a
    project's facts do not allow another method, and once it is completed or terminated."""
    SEASONAL_SHARE = "seasonal_share"
    """Spent in the completed months ÷ the share of the year that its class had spent by then in
    past years."""
    COMMITTED = "committed"
    """Spent so far and unpaid commitments due, or what was requested if that is more."""
    EARNED_VALUE = "earned_value"
    """Budget ÷ CPI: what the results reached so far cost, carried on."""


class NoInterval(StrEnum):
    """Why a forecast has no interval."""

    NO_MODEL = "no_model"
    """No forecast model is published for the jurisdiction: nothing was tested on past years."""
    YEAR_IN_MODEL = "year_in_model"
    """The model was fitted on this very year: it may not judge it."""
    CLASS_NOT_IN_MODEL = "class_not_in_model"
    """The model knows too few past years of this class."""
    YEAR_OVER = "year_over"
    """The year has ended: nothing is left to foresee."""


class Trend(StrEnum):
    """Where an indicator's results are heading (robust slope)."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"
    NOT_ENOUGH_DATA = "not_enough_data"
    """Fewer results than a slope takes: an answer, not a failure."""


class ProjectState(StrEnum):
    """What a project is at a date, by its latest change (domain-rules 8)."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    """暂停实施: what falls due meanwhile is not expected (Art. 14(2))."""
    COMPLETED = "completed"
    TERMINATED = "terminated"
